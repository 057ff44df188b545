import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'ldapts'
import { afterEach, describe, expect, it } from 'vitest'
import { signal } from '../../src/local/child.ts'
import { PrivateSlapd } from '../../src/local/slapd.ts'
import { startSlapd, type TestSlapd } from '../support/slapd.ts'

let slapd: TestSlapd
afterEach(async () => await slapd.stop())

const person = (uid: string, more = '') =>
  `dn: uid=${uid},ou=people,dc=dolores,dc=test\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\nsn: ${uid}\n${more}\n`

describe('a private slapd', () => {
  it('makes the layout at its first start and keeps what was written over a restart', async () => {
    slapd = await startSlapd()
    const before = await slapd.ldapsearch('(ou=*)', 'ou')
    for (const ou of ['departments', 'people', 'roles', 'rules', 'types', 'fields', 'trash', 'policies']) {
      expect(before).toContain(`dn: ou=${ou},dc=dolores,dc=test`)
    }
    await slapd.ldapmodify(person('ann'))
    await slapd.restart()
    expect(await slapd.ldapsearch('(uid=ann)', 'uid')).toContain('uid: ann')
    expect(await slapd.ldapsearch('(cn=recovered*)', 'cn')).toBe('')
  })

  it('[trap 1] a kill -9 loses no acknowledged write, and the next start moves contextCSN past it', async () => {
    slapd = await startSlapd()
    for (let i = 0; i < 20; i++) await slapd.ldapmodify(person(`p${i}`))
    await slapd.kill9()
    expect(existsSync(join(slapd.local.dir, 'running'))).toBe(true)
    await slapd.restart()
    const csns = await slapd.ldapsearch('(objectClass=*)', 'entryCSN', 'contextCSN')
    const newest = [...csns.matchAll(/^entryCSN: (.*)$/gm)]
      .map((m) => m[1] ?? '')
      .sort()
      .at(-1)
    expect(/^contextCSN: (.*)$/m.exec(csns)?.[1]).toBe(newest)
    expect(csns.match(/^dn: uid=/gm)?.length).toBe(20)
    expect(csns).toContain('cn=recovered ')
  })

  it('lets nobody but the service account read', async () => {
    slapd = await startSlapd({ ldif: person('ann', 'userPassword: secret-of-ann') })
    const read = async (bindDn: string, password: string) => {
      const client = new Client({ url: slapd.url, timeout: 5000 })
      try {
        if (bindDn !== '') await client.bind(bindDn, password)
        return await client.search('dc=dolores,dc=test', { filter: '(uid=ann)' })
      } finally {
        await client.unbind()
      }
    }
    await expect(read('', '')).rejects.toThrow(/0x20/)
    await expect(read('uid=ann,ou=people,dc=dolores,dc=test', 'secret-of-ann')).rejects.toThrow(/0x20/)
    await expect(read('uid=ann,ou=people,dc=dolores,dc=test', 'wrong')).rejects.toThrow(/0x31/)
    const { bindDn, bindPassword } = slapd.options
    expect((await read(bindDn, bindPassword)).searchEntries).toHaveLength(1)
  })

  it('keeps its configuration to its own account and without a password in clear', async () => {
    slapd = await startSlapd()
    const conf = join(slapd.local.dir, 'slapd.conf')
    expect(statSync(conf).mode & 0o777).toBe(0o600)
    expect(statSync(slapd.local.dir).mode & 0o777).toBe(0o700)
    expect(readFileSync(conf, 'utf8')).not.toContain(slapd.options.bindPassword)
  })

  it('[trap 2] runs no overlay that changes entries without telling', async () => {
    slapd = await startSlapd()
    const overlays = readFileSync(join(slapd.local.dir, 'slapd.conf'), 'utf8').match(/^overlay .*$/gm)
    expect(overlays).toEqual(['overlay unique', 'overlay ppolicy', 'overlay syncprov'])
  })

  it('stops a server that an earlier life has left on the folder', async () => {
    slapd = await startSlapd()
    const old = slapd.pid
    const second = await PrivateSlapd.start(slapd.local)
    expect(signal(old, 0)).toBe(false)
    expect(second.pid).not.toBe(old)
    await second.stop()
  })

  it('says why it could not start when the port is taken', async () => {
    slapd = await startSlapd()
    const other = { ...slapd.local, dir: join(slapd.local.dir, 'second') }
    await expect(PrivateSlapd.start(other)).rejects.toThrow(/slapd ended at once: .*bind/s)
  })

  it('refuses two people with one login', async () => {
    slapd = await startSlapd()
    await slapd.ldapmodify(person('ann'))
    const twin = person('ann').replace('dn: uid=ann', 'dn: cn=twin+uid=ann').replace('cn: ann', 'cn: twin')
    await expect(slapd.ldapmodify(twin)).rejects.toThrow(/non-unique attributes/)
  })
})

it('a bulk load that fails leaves no half database', async () => {
  slapd = await startSlapd()
  const local = { ...slapd.local, dir: join(slapd.local.dir, 'fresh') }
  await expect(PrivateSlapd.load(local, `${person('ann')}dn: nonsense\n\n`)).rejects.toThrow(
    /slapadd ended with/,
  )
  expect(PrivateSlapd.isNew(local.dir)).toBe(true)
  await PrivateSlapd.load(local, person('ann'))
  await PrivateSlapd.load(local, person('bob'))
  expect(PrivateSlapd.isNew(local.dir)).toBe(false)
})
