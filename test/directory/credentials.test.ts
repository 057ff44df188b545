import { afterAll, beforeAll, expect, it } from 'vitest'
import { Credentials } from '../../src/directory/credentials.ts'
import { ldifEntry } from '../../src/directory/ldif.ts'
import { hashPassword } from '../../src/directory/layout.ts'
import { LdapPool } from '../../src/directory/pool.ts'
import { startSlapd, type TestSlapd } from '../support/slapd.ts'

const person = (uid: string, password: string | null, at = 'ou=people') =>
  ldifEntry(`cn=${uid},${at},dc=dolores,dc=test`, {
    objectClass: 'inetOrgPerson',
    uid,
    cn: uid,
    sn: uid,
    ...(password === null ? {} : { userPassword: hashPassword(password) }),
  })

let slapd: TestSlapd
let pool: LdapPool
let credentials: Credentials
beforeAll(async () => {
  slapd = await startSlapd({
    ldif:
      person('ann', 'correct horse') +
      person('李雷', '密码 with ünïcode') +
      person('nobody', null) +
      person('gone', 'correct horse', 'ou=trash'),
  })
  pool = new LdapPool(slapd.options)
  credentials = new Credentials(slapd.options, pool)
})
afterAll(async () => {
  await pool.close()
  await slapd.stop()
})

it('the right password gives the entryUUID, in any case of the login', async () => {
  const id = await slapd.idOf('cn=ann,ou=people,dc=dolores,dc=test')
  expect(await credentials.verify('ann', 'correct horse')).toBe(id)
  expect(await credentials.verify(' ANN ', 'correct horse')).toBe(id)
  expect(await credentials.verify('李雷', '密码 with ünïcode')).not.toBeNull()
})

it.each([
  ['a wrong password', 'ann', 'wrong horse'],
  ['a login that nobody has', 'ghost', 'correct horse'],
  ['a person without a password', 'nobody', 'x'],
  ['a person in the trash', 'gone', 'correct horse'],
  ['[T61] an empty password', 'ann', ''],
  ['[T61] a password of NUL', 'ann', '\0'],
  ['[T61] an empty password with a login that nobody has', 'ghost', ''],
  ['[T92] a password of 1 MB', 'ann', 'x'.repeat(1_000_000)],
  ['a login of 1 MB', 'x'.repeat(1_000_000), 'correct horse'],
  ['an empty login', '', 'correct horse'],
  ['[T58] a login that is a filter', '*)(uid=ann', 'correct horse'],
  ['[T58] a login that is a wildcard', 'a*', 'correct horse'],
  ['[T59] a login that is a DN', 'ann,ou=people,dc=dolores,dc=test', 'correct horse'],
])('%s is nobody', async (_, login, password) => {
  expect(await credentials.verify(login, password)).toBeNull()
})

it('[T61] slapd itself would take an empty password for anonymous and say yes to a client that asks', async () => {
  const { openConnection } = await import('../../src/directory/connection.ts')
  const connection = await openConnection(slapd.options, slapd.url)
  const bind = connection.client.bind('cn=ann,ou=people,dc=dolores,dc=test', '')
  // The private slapd refuses it too (`unwilling to perform`): two locks on one door.
  await expect(bind).rejects.toMatchObject({ code: 53 })
  await connection.close()
})

it('[T91] a login that nobody has takes as long as a wrong password', async () => {
  const times: Record<string, number[]> = { ann: [], ghost: [] }
  for (let i = 0; i < 300; i++) {
    for (const login of ['ann', 'ghost']) {
      const started = performance.now()
      await credentials.verify(login, `wrong ${i}`)
      times[login]?.push(performance.now() - started)
    }
  }
  const median = (login: string) => times[login]?.sort((a, b) => a - b)[150] ?? 0
  const ratio = median('ann') / median('ghost')
  expect(ratio).toBeGreaterThan(0.8)
  expect(ratio).toBeLessThan(1.25)
})

it('[trap 5] a failed sign-in is no event and locks nobody out', async () => {
  const before = await slapd.ldapsearch('(uid=ann)', 'entryCSN')
  for (let i = 0; i < 20; i++) await credentials.verify('ann', 'wrong')
  expect(await slapd.ldapsearch('(uid=ann)', 'entryCSN')).toBe(before)
  expect(await credentials.verify('ann', 'correct horse')).not.toBeNull()
})

it('[T62] UNAVAILABLE when the directory is away', async () => {
  const away = new LdapPool({ ...slapd.options, urls: ['ldap://127.0.0.1:1'] })
  const unknown = new Credentials({ ...slapd.options, urls: ['ldap://127.0.0.1:1'] }, away)
  await expect(unknown.verify('ann', 'correct horse')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  const halfway = new Credentials({ ...slapd.options, urls: ['ldap://127.0.0.1:1'] }, pool)
  await expect(halfway.verify('ann', 'correct horse')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await away.close()
})
