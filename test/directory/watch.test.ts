import type { Socket } from 'node:net'
import { BerWriter } from 'ldapts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BindRefused, DirectoryUnreachable, type DirectoryOptions } from '../../src/directory/connection.ts'
import { canonicalJson } from '../../src/model/canonical.ts'
import { contextCsns, LdapSyncError, watch, type RawEntry } from '../../src/directory/watch.ts'
import { Proxy } from '../support/proxy.ts'
import { startSlapd, type TestSlapd } from '../support/slapd.ts'
import { Follower } from './follower.ts'

const PEOPLE = 'ou=people,dc=dolores,dc=test'
const DEPARTMENTS = 'ou=departments,dc=dolores,dc=test'

const person = (uid: string, more = '') =>
  `dn: uid=${uid},${PEOPLE}\nobjectClass: inetOrgPerson\nobjectClass: dlrPerson\nuid: ${uid}\ncn: ${uid}\nsn: ${uid}\n${more}\n`
const department = (dn: string) =>
  `dn: ${dn}\nobjectClass: organizationalUnit\nobjectClass: dlrDepartmentEntry\n\n`
const replace = (dn: string, attribute: string, value: string) =>
  `dn: ${dn}\nchangetype: modify\nreplace: ${attribute}\n${attribute}: ${value}\n\n`
const remove = (dn: string) => `dn: ${dn}\nchangetype: delete\n\n`

let slapd: TestSlapd
let follower: Follower
beforeEach(async () => {
  follower = new Follower()
  slapd = await startSlapd()
})
afterEach(async () => {
  await follower.stop().catch(() => {})
  await slapd.stop()
})

/** The entries as a fresh refresh of everything gives them. */
async function truth(): Promise<Map<string, string>> {
  const fresh = new Follower()
  fresh.start(slapd.options)
  await fresh.live()
  await fresh.stop()
  return contents(fresh)
}

function contents(of: Follower): Map<string, string> {
  const text = (e: RawEntry) =>
    canonicalJson([
      e.dn,
      Object.fromEntries([...e.attributes].map(([name, values]) => [name, values.map(String)])),
    ])
  return new Map([...of.entries.values()].map((e) => [e.id, text(e)] as const))
}

describe('a watch', () => {
  it('brings everything, then each change of any tool as it happens', async () => {
    await slapd.ldapmodify(person('ann') + department(`ou=Sales,${DEPARTMENTS}`))
    follower.start(slapd.options)
    await follower.live()
    expect(follower.events.find((e) => e.kind === 'refreshed')).toMatchObject({ namesAll: true })
    expect(follower.dns()).toContain(`uid=ann,${PEOPLE}`)
    expect(follower.byDn(`uid=ann,${PEOPLE}`)?.id).toBe(await slapd.idOf(`uid=ann,${PEOPLE}`))

    await slapd.ldapmodify(replace(`uid=ann,${PEOPLE}`, 'title', 'Engineer'))
    await follower.until(() => follower.value(`uid=ann,${PEOPLE}`, 'title') === 'Engineer')
    await slapd.ldapmodify(person('bob'))
    await follower.until(() => follower.dns().includes(`uid=bob,${PEOPLE}`))
    await slapd.ldapmodify(remove(`uid=ann,${PEOPLE}`))
    await follower.until(() => !follower.dns().includes(`uid=ann,${PEOPLE}`))
    expect(contents(follower)).toEqual(await truth())
  })

  it('[T66] a moved department is one event of that entry alone, with its id kept', async () => {
    const a = `ou=A,${DEPARTMENTS}`
    await slapd.ldapmodify(department(a) + department(`ou=B,${DEPARTMENTS}`) + department(`ou=C,${a}`))
    follower.start(slapd.options)
    await follower.live()
    const id = follower.byDn(a)?.id
    const seen = follower.events.length
    await slapd.ldapmodify(
      `dn: ${a}\nchangetype: modrdn\nnewrdn: ou=A2\ndeleteoldrdn: 1\nnewsuperior: ou=B,${DEPARTMENTS}\n\n`,
    )
    await follower.until(() => follower.dns().includes(`ou=A2,ou=B,${DEPARTMENTS}`))
    expect(follower.byDn(`ou=A2,ou=B,${DEPARTMENTS}`)?.id).toBe(id)
    const events = follower.events.slice(seen).filter((e) => e.kind !== 'cookie')
    expect(events).toHaveLength(1)
  })

  it('resumes where its cookie stands: what was added, changed, renamed and deleted meanwhile', async () => {
    await slapd.ldapmodify(['a', 'b', 'c', 'd', 'e'].map((uid) => person(uid)).join(''))
    follower.start(slapd.options)
    await follower.live()
    await follower.stop()
    await slapd.ldapmodify(
      ['a', 'b'].map((uid) => remove(`uid=${uid},${PEOPLE}`)).join('') +
        person('f') +
        replace(`uid=c,${PEOPLE}`, 'title', 'Lead') +
        `dn: uid=d,${PEOPLE}\nchangetype: modrdn\nnewrdn: uid=dd\ndeleteoldrdn: 1\n\n`,
    )
    const seen = follower.events.length
    follower.start(slapd.options)
    await follower.live()
    expect(contents(follower)).toEqual(await truth())
    expect(follower.events.slice(seen).filter((e) => e.kind === 'entry')).toHaveLength(3)
  })

  it('[trap 1] resumes after a kill -9 of slapd with changes and deletes that were never seen', async () => {
    await slapd.ldapmodify(Array.from({ length: 30 }, (_, i) => person(`p${i}`)).join(''))
    follower.start(slapd.options)
    await follower.live()
    await slapd.ldapmodify(replace(`uid=p0,${PEOPLE}`, 'title', 'seen'))
    await follower.until(() => follower.value(`uid=p0,${PEOPLE}`, 'title') === 'seen')
    await follower.stop()
    await slapd.ldapmodify(replace(`uid=p1,${PEOPLE}`, 'title', 'unseen') + remove(`uid=p2,${PEOPLE}`))
    await slapd.kill9()
    await slapd.restart()
    follower.start(slapd.options)
    await follower.live()
    expect(contents(follower)).toEqual(await truth())
    expect(follower.value(`uid=p1,${PEOPLE}`, 'title')).toBe('unseen')
    expect(follower.dns()).not.toContain(`uid=p2,${PEOPLE}`)
  })

  it('[trap 1] a provider that is behind the cookie ends the sync with code 53', async () => {
    const ahead = 'rid=000,csn=20990101000000.000000Z#000000#001#000000'
    follower.start(slapd.options, ahead)
    const error: unknown = await follower.ended().catch((e: unknown) => e)
    expect(error).toBeInstanceOf(LdapSyncError)
    expect(error).toMatchObject({ code: 53 })
  })

  it('[trap 4] gives out cookies only where a whole state was reached, and they never go back', async () => {
    await slapd.ldapmodify(Array.from({ length: 20 }, (_, i) => person(`p${i}`)).join(''))
    follower.start(slapd.options)
    await follower.live()
    await Promise.all(
      Array.from({ length: 8 }, (_, w) =>
        slapd.ldapmodify(
          Array.from({ length: 30 }, (_, i) =>
            replace(`uid=p${w}`.concat(`,${PEOPLE}`), 'title', `t${i}`),
          ).join(''),
        ),
      ),
    )
    await follower.until(() =>
      Array.from({ length: 8 }, (_, w) => follower.value(`uid=p${w},${PEOPLE}`, 'title')).every(
        (t) => t === 't29',
      ),
    )
    const refreshed = follower.events.findIndex((e) => e.kind === 'refreshed')
    for (const e of follower.events.slice(0, refreshed)) expect('cookie' in e ? e.cookie : null).toBeNull()
    const cookies = follower.events.slice(refreshed).map((e) => ('cookie' in e ? (e.cookie ?? '') : ''))
    expect(cookies.length).toBeGreaterThan(200)
    for (const cookie of cookies) expect(cookie).toMatch(/^rid=000,csn=[^,]+$/)
    expect(cookies).toEqual([...cookies].sort())
  })

  it('[trap 5] carries neither password hashes nor pictures, and an equal value is an event like another', async () => {
    await slapd.ldapmodify(
      person('ann', 'userPassword: a long enough secret\njpegPhoto:: /9j/4AAQ\ntitle: Lead'),
    )
    follower.start(slapd.options)
    await follower.live()
    expect(follower.value(`uid=ann,${PEOPLE}`, 'title')).toBe('Lead')
    const names = follower.events.flatMap((e) => (e.kind === 'entry' ? [...e.entry.attributes.keys()] : []))
    expect(names).not.toContain('userpassword')
    expect(names).not.toContain('jpegphoto')
    const before = follower.byDn(`uid=ann,${PEOPLE}`)?.csn
    await slapd.ldapmodify(replace(`uid=ann,${PEOPLE}`, 'title', 'Lead'))
    await follower.until(() => follower.byDn(`uid=ann,${PEOPLE}`)?.csn !== before)
    expect(follower.value(`uid=ann,${PEOPLE}`, 'title')).toBe('Lead')
  })

  it('handles one event at a time and holds the server back while many wait', async () => {
    await slapd.stop()
    slapd = await startSlapd({ ldif: Array.from({ length: 3000 }, (_, i) => person(`p${i}`)).join('') })
    let handling = 0
    let most = 0
    let entries = 0
    const stop = new AbortController()
    await watch(
      slapd.options,
      null,
      async (e) => {
        most = Math.max(most, ++handling)
        await new Promise((resolve) => setImmediate(resolve))
        handling--
        if (e.kind === 'entry') entries++
        if (e.kind === 'refreshed') stop.abort()
      },
      stop.signal,
    )
    expect(most).toBe(1)
    expect(entries).toBeGreaterThan(3000)
  })

  it('ends with what the handler threw, and handles nothing afterwards', async () => {
    let events = 0
    const failing = watch(
      slapd.options,
      null,
      async () => {
        events++
        throw new Error('the handler cannot go on')
      },
      new AbortController().signal,
    )
    await expect(failing).rejects.toThrow('the handler cannot go on')
    expect(events).toBe(1)
  })

  it('resolves at once when it is stopped before it began', async () => {
    await watch(slapd.options, null, async () => {}, AbortSignal.abort())
  })

  it('[L9] reads the newest CSN of a provider per server id', async () => {
    follower.start(slapd.options)
    await follower.live()
    const csns = await contextCsns(slapd.options)
    expect([...csns.keys()]).toEqual(['001'])
    expect(follower.cookie).toBe(`rid=000,csn=${csns.get('001')}`)
  })
})

describe('a watch whose directory fails', () => {
  let proxy: Proxy | undefined
  afterEach(() => proxy?.close())

  async function through(down: (client: Socket, chunk: Buffer) => void): Promise<DirectoryOptions> {
    proxy = await Proxy.before(slapd.url, down)
    return { ...slapd.options, urls: [proxy.url] }
  }

  it('[T62] rejects when slapd dies, and when nobody listens', async () => {
    follower.start(slapd.options)
    await follower.live()
    await slapd.kill9()
    await expect(follower.ended()).rejects.toBeInstanceOf(DirectoryUnreachable)
    follower.start(slapd.options)
    await expect(follower.ended()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await slapd.restart()
  })

  it('[T62] notices a slapd that hangs', async () => {
    const stop = new AbortController()
    let refreshed = () => {}
    const live = new Promise<void>((resolve) => (refreshed = resolve))
    const watching = watch(
      slapd.options,
      null,
      async (e) => {
        if (e.kind === 'refreshed') refreshed()
      },
      stop.signal,
      { silenceMs: 100 },
    )
    await live
    slapd.pause()
    await expect(watching).rejects.toBeInstanceOf(DirectoryUnreachable)
  })

  it('stays with a slapd that is only silent', async () => {
    const stop = new AbortController()
    let probes = 0
    const options = await through((client, chunk) => {
      if (chunk.includes(Buffer.from('0a0100', 'hex'))) probes++
      client.write(chunk)
      if (probes > 8) stop.abort()
    })
    await watch(options, null, async () => {}, stop.signal, { silenceMs: 20 })
    expect(probes).toBeGreaterThan(8)
  })

  it('reads bytes dealt out one by one', async () => {
    const options = await through((client, chunk) => {
      for (const byte of chunk) client.write(Buffer.of(byte))
    })
    await slapd.ldapmodify(person('ann'))
    follower.start(options)
    await follower.live()
    expect(follower.dns()).toContain(`uid=ann,${PEOPLE}`)
  })

  it('[T62] rejects on a connection cut in the middle of a message, and a new one resumes', async () => {
    await slapd.ldapmodify(Array.from({ length: 50 }, (_, i) => person(`p${i}`)).join(''))
    let left = 6000
    const options = await through((client, chunk) => {
      client.write(chunk.subarray(0, left))
      left -= chunk.length
      if (left < 0) client.destroySoon()
    })
    follower.start(options)
    await expect(follower.ended()).rejects.toBeInstanceOf(DirectoryUnreachable)
    expect(follower.cookie).toBeNull()
    expect(follower.entries.size).toBe(0)
    follower.start(slapd.options)
    await follower.live()
    expect(follower.dns().filter((dn) => dn.endsWith(`,${PEOPLE}`))).toHaveLength(50)
  })

  it('rejects what is no LDAP server', async () => {
    const options = await through((client) => client.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    follower.start(options)
    await expect(follower.ended()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      cause: { message: expect.stringMatching(/LDAP message/) },
    })
  })

  /** A server that takes every sign-in and answers the search with this. */
  async function answering(operation: number, write: (w: BerWriter) => void): Promise<DirectoryOptions> {
    const message = (id: number, tag: number, content: (w: BerWriter) => void) => {
      const w = new BerWriter()
      w.startSequence()
      w.writeInt(id)
      w.startSequence(tag)
      content(w)
      w.endSequence()
      w.endSequence()
      return Buffer.from(w.buffer)
    }
    proxy = await Proxy.listen((client) => {
      client.once('data', () => {
        client.write(message(1, 0x61, (w) => writeResult(w, 0)))
        client.once('data', () => client.write(message(2, operation, write)))
      })
    })
    return { ...slapd.options, urls: [proxy.url] }
  }
  const writeResult = (w: BerWriter, code: number) => {
    w.writeEnumeration(code)
    w.writeString('')
    w.writeString('')
  }

  it.each([
    [3, 'time limit'],
    [4, 'size limit'],
    [10, 'referral'],
    [11, 'administrative limit'],
    [51, 'busy'],
    [80, 'other'],
    [4096, 'refresh required'],
    [0, 'an end that nobody asked for'],
  ])(
    '[T63] [L6] code %i (%s) ends the sync without an end of the refresh: nothing is known to be gone',
    async (code) => {
      follower.start(await answering(0x65, (w) => writeResult(w, code)))
      await expect(follower.ended()).rejects.toMatchObject({ name: 'LdapSyncError', code })
      expect(follower.events).toEqual([])
    },
  )

  it('[T63] [L6] a reference to another server is an incomplete answer', async () => {
    follower.start(await answering(0x73, (w) => w.writeString('ldap://elsewhere.test/')))
    await expect(follower.ended()).rejects.toMatchObject({ name: 'LdapSyncError', code: 10 })
    expect(follower.events).toEqual([])
  })

  it('[L6] a referral object in the tree is an entry like others, and the answer complete', async () => {
    await slapd.ldapmodify(
      `dn: ou=branch,${DEPARTMENTS}\nobjectClass: referral\nobjectClass: extensibleObject\nou: branch\nref: ldap://elsewhere.test/dc=x\n\n`,
    )
    follower.start(slapd.options)
    await follower.live()
    expect(follower.dns()).toContain(`ou=branch,${DEPARTMENTS}`)
  })

  it('names the setting when the service account is refused', async () => {
    follower.start({ ...slapd.options, bindPassword: 'wrong' })
    const error: unknown = await follower.ended().catch((e: unknown) => e)
    expect(error).toBeInstanceOf(BindRefused)
    expect(error instanceof BindRefused && error.detail).toContain('LDAP_BIND_PASSWORD')
  })
})
