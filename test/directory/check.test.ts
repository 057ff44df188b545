import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { checkDirectory } from '../../src/directory/check.ts'
import type { DirectoryOptions } from '../../src/directory/connection.ts'
import { layoutOf } from '../../src/directory/names.ts'
import { LdapPool } from '../../src/directory/pool.ts'
import { startSlapd, type TestSlapd } from '../support/slapd.ts'

let slapd: TestSlapd
let pool: LdapPool | null = null
beforeAll(async () => {
  slapd = await startSlapd()
})
afterEach(async () => await pool?.close())
afterAll(async () => await slapd.stop())

async function check(options: Partial<DirectoryOptions> = {}): Promise<void> {
  const all = { ...slapd.options, ...options }
  pool = new LdapPool(all)
  await checkDirectory(pool, layoutOf(all.baseDn))
}

it('our own directory is fine', async () => await check())

it('a base that does not exist is named, with what to do', async () => {
  await expect(check({ baseDn: 'dc=elsewhere,dc=test' })).rejects.toMatchObject({
    exitCode: 78,
    message: expect.stringMatching(/LDAP_BASE_DN dc=elsewhere,dc=test does not exist.*npm run ldap:init/s),
  })
})

it('a base without the layout is named, with what is missing', async () => {
  await expect(check({ baseDn: 'ou=people,dc=dolores,dc=test' })).rejects.toThrow(
    /Missing in the directory: ou=departments,ou=people,dc=dolores,dc=test.* 4 more.*npm run ldap:init/s,
  )
})

it('a refused account is named, without its password', async () => {
  const error: unknown = await check({ bindPassword: 'not this one' }).catch((e: unknown) => e)
  expect(String(error)).toMatch(/refuses LDAP_BIND_DN cn=dolores.*LDAP_BIND_PASSWORD/s)
  expect(String(error)).not.toContain('not this one')
})

it('nobody there is UNAVAILABLE, not a mistake in the settings', async () => {
  await expect(check({ urls: ['ldap://127.0.0.1:1'] })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
