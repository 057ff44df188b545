import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BindRefused } from '../../src/directory/connection.ts'
import { filter } from '../../src/directory/names.ts'
import { LdapPool } from '../../src/directory/pool.ts'
import { readPhoto } from '../../src/directory/photo.ts'
import { Proxy } from '../support/proxy.ts'
import { freePort, startSlapd, type TestSlapd } from '../support/slapd.ts'

const person = (uid: string, more = '') =>
  `dn: uid=${uid},ou=people,dc=dolores,dc=test\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\nsn: ${uid}\n${more}\n`

let slapd: TestSlapd
let pool: LdapPool
beforeEach(async () => {
  slapd = await startSlapd({ ldif: Array.from({ length: 20 }, (_, i) => person(`p${i}`)).join('') })
  pool = new LdapPool(slapd.options)
})
afterEach(async () => {
  await pool.close()
  await slapd.stop()
})

async function find(uid: string, by = pool): Promise<string[]> {
  const { searchEntries } = await by.use(
    async (client) =>
      await client.search('ou=people,dc=dolores,dc=test', {
        filter: filter`(uid=${uid})`,
        attributes: ['uid'],
      }),
    { idempotent: true },
  )
  return searchEntries.map((e) => String(e['uid']))
}

describe('the pool', () => {
  it('a first use by many at once serves them all', async () => {
    const found = await Promise.all(Array.from({ length: 50 }, (_, i) => find(`p${i % 20}`)))
    expect(found).toEqual(Array.from({ length: 50 }, (_, i) => [`p${i % 20}`]))
  })

  it('[T62] reads go on over kill -9 of slapd under load: none fails, none is answered wrongly', async () => {
    let running = true
    let served = 0
    const wrong: unknown[] = []
    const readers = Array.from({ length: 8 }, async (_, r) => {
      for (let i = 0; running; i++) {
        const uid = `p${(r + i) % 20}`
        const found = await find(uid).catch((e: unknown) => [String(e)])
        served++
        if (found.join() !== uid) wrong.push(found)
      }
    })
    for (let kill = 0; kill < 5; kill++) {
      const goal = served + 100
      while (served < goal) await find('p0')
      await slapd.kill9()
      await slapd.restart()
    }
    running = false
    await Promise.all(readers)
    expect(wrong).toEqual([])
    expect(served).toBeGreaterThan(500)
  })

  it('[T62] heals after an answer that was cut in the middle of a message', async () => {
    let cuts = 0
    const proxy = await Proxy.before(slapd.url, (client, chunk) => {
      if (cuts < 3 && chunk.includes('uid=p')) {
        cuts++
        client.write(chunk.subarray(0, chunk.length - 5))
        client.destroySoon()
      } else client.write(chunk)
    })
    const cut = new LdapPool({ ...slapd.options, urls: [proxy.url], size: 1 })
    expect(await find('p1', cut)).toEqual(['p1'])
    expect(cuts).toBe(3)
    await cut.close()
    proxy.close()
  })

  it('work that may not be repeated is not, and says that nobody knows', async () => {
    const proxy = await Proxy.before(slapd.url)
    const cut = new LdapPool({ ...slapd.options, urls: [proxy.url] })
    let runs = 0
    const work = cut.use(async (client) => {
      runs++
      const answer = client.search('dc=dolores,dc=test')
      proxy.cut()
      return await answer
    })
    await expect(work).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/may have been made or not/),
    })
    expect(runs).toBe(1)
    await cut.close()
    proxy.close()
  })

  it('never goes on without being signed in', async () => {
    const proxy = await Proxy.before(slapd.url)
    const cut = new LdapPool({ ...slapd.options, urls: [proxy.url], size: 1 })
    const reused = cut.use(async (client) => {
      await client.search('dc=dolores,dc=test', { scope: 'base' })
      proxy.cut()
      while (client.isConnected) await new Promise((resolve) => setImmediate(resolve))
      return await client.search('', { scope: 'base' })
    })
    await expect(reused).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await cut.close()
    proxy.close()
  })

  it('[T62] a directory that is away is UNAVAILABLE, at once for those who come after, and back by itself', async () => {
    await find('p0')
    await slapd.kill9()
    await expect(find('p0')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const started = performance.now()
    await expect(Promise.all([find('p1'), find('p2')])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(performance.now() - started).toBeLessThan(200)
    await slapd.restart()
    let found: string[] = []
    while (found.length === 0) found = await find('p3').catch(() => [])
    expect(found).toEqual(['p3'])
  })

  it('[T65] moves to the next server that answers, and stays there', async () => {
    const other = await Proxy.before(slapd.url)
    const urls = [`ldap://127.0.0.1:${await freePort()}`, other.url, slapd.url]
    const many = new LdapPool({ ...slapd.options, urls })
    const found = await Promise.all(Array.from({ length: 8 }, (_, i) => find(`p${i}`, many)))
    expect(found.flat()).toHaveLength(8)
    other.close()
    expect(await find('p1', many)).toEqual(['p1'])
    await many.close()
  })

  it('a refused service account is told at once, with the settings to check', async () => {
    const refused = new LdapPool({ ...slapd.options, bindPassword: 'wrong' })
    const error: unknown = await find('p0', refused).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(BindRefused)
    expect(error).toMatchObject({ code: 'UNAVAILABLE', detail: expect.stringMatching(/LDAP_BIND_DN/) })
    expect(error instanceof BindRefused && error.message).not.toContain('wrong')
    await refused.close()
  })

  it('errors of the work come through as they are and cost no connection', async () => {
    await expect(pool.use(async () => Promise.reject(new TypeError('a bug')))).rejects.toThrow(TypeError)
    await expect(
      pool.use(async (c) => await c.search('ou=nowhere,dc=dolores,dc=test')),
    ).rejects.toMatchObject({
      code: 32,
    })
    expect(await find('p0')).toEqual(['p0'])
  })

  it('is of no use after it was closed', async () => {
    await pool.close()
    await expect(find('p0')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})

const NAUGHTY_LOGINS = [
  '*',
  '*)(uid=*))(|(uid=*',
  'p0)(objectClass=*',
  ')(|(uid=*))',
  '\\2a',
  '\\',
  '\\\\',
  'p0\\00',
  '(',
  ')',
  '&(uid=p0)',
  '|',
  '!',
  'p*',
  '(uid=*)',
  '*)(mail=*',
  '%2a',
  '\u00c0\u00aa',
  '\u0000',
  'p0\u0000*',
  '../*',
  "' or 1=1",
  '"*"',
  '=*',
  '>=',
  '~=p0',
  ':dn:=p0',
  'uid:caseIgnoreMatch:=p0',
  '\n(uid=*)',
  '李*',
  '\ud83d\ude00*',
]

it('[T58] a filter value finds what is called so and nothing else', async () => {
  const at = 'cn=target,ou=people,dc=dolores,dc=test'
  for (const login of NAUGHTY_LOGINS) {
    expect(await find(login), login).toEqual([])
    if (login.includes('\0')) continue // no directory string holds it
    const attributes = { objectClass: 'inetOrgPerson', cn: 'target', sn: 'x', uid: login }
    await pool.use(async (client) => await client.add(at, attributes))
    expect(await find(login), login).toEqual([login])
    await pool.use(async (client) => await client.del(at))
  }
})

it('reads a picture when it is wanted; null without one or without a person', async () => {
  const bytes = Buffer.from('ffd8ffe000104a4649460001', 'hex')
  await slapd.ldapmodify(person('ann', `jpegPhoto:: ${bytes.toString('base64')}`))
  expect(await readPhoto(pool, await slapd.idOf('uid=ann,ou=people,dc=dolores,dc=test'))).toEqual(bytes)
  expect(await readPhoto(pool, await slapd.idOf('uid=p0,ou=people,dc=dolores,dc=test'))).toBeNull()
  expect(await readPhoto(pool, '*')).toBeNull()
})
