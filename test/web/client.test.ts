import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/changelog/database.ts'
import { prune } from '../../src/changelog/prune.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { LogoutDocument } from '../../web/generated/graphql.ts'
import type { DirectoryClientOptions } from '../../web/sdk/client.ts'
import type { Rows } from '../../web/sdk/copy.ts'
import { addRows } from '../../web/sdk/digest.ts'
import { fileStore } from '../../web/sdk/node/file-store.ts'
import { memoryStore } from '../../web/sdk/store.ts'
import { Administrator } from '../edit/world.ts'
import { Device } from '../support/device.ts'
import { clientFor, tokenFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { freePort, TEST_BASE } from '../support/slapd.ts'
import { Watched } from './watched.ts'

/** The client of the SDK against a whole server that it can be cut from. */
let server: TestServer
let settings: Record<string, string>
beforeAll(async () => {
  settings = { PORT: String(await freePort()), HEARTBEAT_SECONDS: '1' }
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join(''), settings })
})
afterAll(async () => {
  const { slapd, database } = server
  await server?.closeInstance()
  await database?.drop()
  await slapd?.stop()
})

const watched: Watched[] = []
const folders: string[] = []
afterEach(async () => {
  await Promise.all(watched.splice(0).map((client) => client.close()))
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

function watch(o: Omit<DirectoryClientOptions, 'url'>): Watched {
  const client = new Watched({ url: server.url, ...o })
  watched.push(client)
  return client
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dolores-client-'))
  folders.push(folder)
  return folder
}

const setTitle = (login: string, title: string) =>
  server.slapd.ldapmodify(
    `dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: ${title}\n`,
  )
async function setRole(login: string, role: string): Promise<void> {
  const id = await server.slapd.idOf(`cn=${role},ou=roles,${TEST_BASE}`)
  await server.slapd.ldapmodify(
    `dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\nreplace: dlrRole\ndlrRole: ${id}\n`,
  )
}
const restart = async () => {
  await server.closeInstance()
  await start()
}
const start = async () => {
  const { slapd, database } = server
  server = await startServer({ slapd, database, settings })
}
/** Somebody without a part in other tests, with a role. */
let nth = 0
async function somebody(role: string): Promise<string> {
  await server.until(() => server.instance.replica.version > 0)
  const logins = [...server.instance.replica.state.all('staff')]
    .filter((s) => s.status === 'ACTIVE' && !['hr', 'staff', 'guest'].includes(s.login))
    .map((s) => s.login)
  const login = logins[nth++] ?? ''
  const { version } = server.instance.replica
  await setRole(login, role)
  await server.until(() => server.instance.replica.version > version)
  return login
}

/** What the server shows to somebody now, by another way. */
async function expectTrue(rows: Rows, login: string): Promise<void> {
  const device = new Device(await clientFor(server, login))
  const copy = await device.load()
  const sorted = (map: ReadonlyMap<string, object>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  expect(sorted(rows.departments)).toEqual(sorted(copy.departments))
  expect(sorted(rows.staff)).toEqual(sorted(copy.staff))
  expect(rows.staffTypes).toEqual(copy.staffTypes)
}

describe('a client', () => {
  it('[S1] [S3] loads everything, then shows each change as it happens', async () => {
    const hr = watch({ token: await tokenFor(server, 'hr') })
    const rows = await hr.client.ready()
    expect(rows.staff.size).toBeGreaterThan(190)
    await setTitle('staff', 'Live')
    await hr.untilTitle('staff', 'Live')
    expect(hr.news.at(-1)).toMatchObject({
      kind: 'step',
      changes: [{ category: 'STAFF', before: { login: 'staff' }, after: { title: 'Live' } }],
    })
    await expectTrue(hr.rows, 'hr')
    expect(hr.asked).toEqual(['Snapshot', 'ChangesSince'])
    expect(hr.states).toEqual(['loading', 'catchingUp', 'subscribing', 'live'])
  })

  it('[K1] starts with what it kept and asks for nothing but what has changed meanwhile', async () => {
    const folder = await newFolder()
    const token = await tokenFor(server, 'hr')
    const first = watch({ token, store: fileStore(folder) })
    await first.client.ready()
    await first.close()
    await setTitle('staff', 'While it was closed')
    await server.until(() =>
      [...server.instance.replica.state.all('staff')].some((s) => s.title === 'While it was closed'),
    )
    const second = watch({ token, store: fileStore(folder) })
    await second.live()
    expect(second.asked).toEqual(['ChangesSince'])
    expect(second.news.map(({ kind }) => kind)).toEqual(['reset', 'step'])
    expect(second.person('staff')?.title).toBe('While it was closed')
    await expectTrue(second.rows, 'hr')
  })

  it('[K1] shows what it kept while there is no server, and goes on when there is one', async () => {
    const folder = await newFolder()
    const token = await tokenFor(server, 'hr')
    const first = watch({ token, store: fileStore(folder) })
    await first.client.ready()
    await first.close()
    await server.closeInstance()
    const offline = watch({ token, store: fileStore(folder) })
    await offline.until(({ status }) => status.kind === 'waiting')
    expect(offline.rows.staff.size).toBeGreaterThan(190)
    expect(offline.client.status.error?.code).toBe('UNREACHABLE')
    await start()
    await offline.live()
    await setTitle('staff', 'Back')
    await offline.untilTitle('staff', 'Back')
    await offline.until(({ status }) => status.error === null)
    await expectTrue(offline.rows, 'hr')
  })

  it('[P4] comes back by itself when the server restarts, with a version that is up to date', async () => {
    const hr = watch({ token: await tokenFor(server, 'hr') })
    await hr.client.ready()
    await setTitle('staff', 'Before the restart')
    await hr.untilTitle('staff', 'Before the restart')
    await restart()
    await setTitle('staff', 'After the restart')
    await hr.untilTitle('staff', 'After the restart')
    expect(hr.asked.filter((name) => name === 'Snapshot')).toHaveLength(1)
    expect(hr.states).toContain('waiting')
  })

  it('[P4] [T48] gets another token when its own runs out, and goes on where it was', async () => {
    const refused: (string | null)[] = []
    const getToken = async (old: string | null) => {
      refused.push(old === null ? null : 'refused')
      return tokenFor(server, 'hr', old === null ? 4000 : undefined)
    }
    const hr = watch({ getToken })
    await hr.client.ready()
    await hr.until(({ status }) => status.kind === 'renewing')
    await hr.live()
    await setTitle('staff', 'With a new token')
    await hr.untilTitle('staff', 'With a new token')
    expect(refused).toEqual([null, 'refused'])
    expect(hr.asked.filter((name) => name === 'Snapshot')).toHaveLength(1)
  })

  it('[P4] [K2] [T85] loses everything at once, on the disk too, when its session ends', async () => {
    const folder = await newFolder()
    const session = await server.login('hr', 'dolores')
    const hr = watch({ token: session.tokens?.accessToken ?? '', store: fileStore(folder) })
    await hr.client.ready()
    await session.query('mutation { logout }')
    await hr.until(({ status, rows }) => status.kind === 'ended' && rows === null)
    expect(hr.news.at(-1)).toEqual({ kind: 'reset', rows: null })
    expect(hr.client.status.error?.code).toBe('UNAUTHENTICATED')
    await hr.close()
    expect(await readdir(folder)).toEqual([])
  })

  it('[D5] [K2] [P3] deletes what a lost role showed, on the disk too, and says so to the server', async () => {
    const login = await somebody('administrator')
    const folder = await newFolder()
    const client = watch({ token: await tokenFor(server, login), store: fileStore(folder) })
    await client.client.ready()
    const mobiles = [...client.rows.staff.values()].flatMap(({ id, mobile }) =>
      mobile ? [{ id, mobile }] : [],
    )
    const before = client.rows.staff.size
    await setRole(login, 'guest')
    await client.until(({ rows, status }) => status.kind === 'live' && (rows?.staff.size ?? before) < before)
    const kept = (
      await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))
    ).join('')
    const shown = JSON.stringify([...client.rows.staff.values()])
    const gone = mobiles.filter(({ mobile }) => !shown.includes(mobile))
    expect(gone.length).toBeGreaterThan(10)
    for (const { mobile } of gone) expect(kept.includes(mobile)).toBe(false)
    await expectTrue(client.rows, login)
    await client.until(() => client.asked.includes('AcknowledgePurge'))
    const told = () =>
      server.database.sql(`SELECT 1 FROM audit WHERE action = 'copy.purge' AND actor_login = $1`, [login])
    await expect.poll(told, { timeout: 10_000 }).toHaveLength(1)
  })

  it('[K3] waits for the version that an edit has answered, and then has it', async () => {
    const hr = watch({ token: await tokenFor(server, 'hr'), times: { hopeMs: 0 } })
    await hr.client.ready()
    const editor = new Administrator(await server.login('hr', 'dolores'))
    for (let n = 0; n < 8; n++) {
      const { id = '', revision } = hr.person('staff') ?? {}
      const { version } = await editor.edit('updateStaff', { id, ifRevision: null, title: `Edited ${n}` })
      expect(await hr.client.waitFor(version ?? null)).toBe(true)
      expect(hr.person('staff')?.title).toBe(`Edited ${n}`)
      expect(hr.person('staff')?.revision).not.toBe(revision)
    }
    expect(await hr.client.waitFor(null)).toBe(false)
    await hr.live()
    await expectTrue(hr.rows, 'hr')
  })

  it('[K2] [T119] does not open a copy that has not reached the server for the time of its lease', async () => {
    const store = memoryStore()
    const token = await tokenFor(server, 'hr')
    const first = watch({ token, store, copyLeaseSeconds: 3600 })
    await first.client.ready()
    await first.close()
    await server.closeInstance()
    const later = (ms: number) => watch({ token, store, copyLeaseSeconds: 3600, now: () => Date.now() + ms })
    const inTime = later(3_000_000)
    await inTime.until(({ status }) => status.kind === 'waiting')
    expect(inTime.client.rows).not.toBeNull()
    await inTime.close()
    const tooLate = later(3_700_000)
    await tooLate.until(({ status }) => status.kind === 'waiting')
    expect([tooLate.client.rows, tooLate.client.status.isLapsed]).toEqual([null, true])
    expect(tooLate.news).toEqual([{ kind: 'reset', rows: null }])
    const setBack = later(-3_700_000)
    await setBack.until(({ status }) => status.kind === 'waiting')
    expect(setBack.client.status.isLapsed).toBe(true)
    await start()
    await tooLate.live()
    expect(tooLate.asked).not.toContain('Snapshot')
    expect(tooLate.client.status.isLapsed).toBe(false)
    await expectTrue(tooLate.rows, 'hr')
  })

  it('[R2] [T61] never shows the copy of somebody else, whoever tells first', async () => {
    const store = memoryStore()
    const owner = watch({ token: await tokenFor(server, 'hr'), store, account: 'hr' })
    await owner.client.ready()
    await owner.close()
    const other = watch({ token: await tokenFor(server, 'guest'), store, account: 'guest' })
    await other.live()
    expect(other.news.filter(({ rows }) => (rows?.staff.size ?? 0) > 190)).toEqual([])
    await expectTrue(other.rows, 'guest')
    await other.close()
    // Here the token is the first to tell, after the copy of the guest was opened.
    const third = watch({ token: await tokenFor(server, 'hr'), store })
    await third.live()
    expect(third.asked[0]).toBe('Snapshot')
    await expectTrue(third.rows, 'hr')
  })

  it('stops where it cannot store, shows nothing any more, and says why', async () => {
    const store = memoryStore()
    const full = { ...store, write: () => Promise.reject(new Error('No room left on the device')) }
    const hr = watch({ token: await tokenFor(server, 'hr'), store: full })
    await hr.client.ready()
    await setTitle('staff', 'Too much')
    await hr.until(({ status, rows }) => status.kind === 'failed' && rows === null)
    expect(hr.client.status.error).toMatchObject({ code: 'STORE_FAILED' })
    await expect(hr.client.ready()).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await hr.close()
    expect(await store.load()).toBeNull()
  })

  it('that is closed has ended everything, and answers no more', async () => {
    const hr = watch({ token: await tokenFor(server, 'hr') })
    await hr.client.ready()
    const waiting = hr.client.waitFor('a version that never comes')
    const refused = expect(waiting).rejects.toBeDefined()
    await hr.close()
    await refused
    expect(hr.client.status.kind).toBe('closed')
    const { length } = hr.news
    await setTitle('staff', 'Nobody hears')
    const other = watch({ token: await tokenFor(server, 'hr') })
    await other.untilTitle('staff', 'Nobody hears')
    expect(hr.news).toHaveLength(length)
  })

  it('asks the API with the same session', async () => {
    const session = await server.login('staff', 'dolores')
    const staff = watch({ token: session.tokens?.accessToken ?? '' })
    await staff.client.ready()
    expect(await staff.client.request(LogoutDocument)).toEqual({ logout: true })
    await staff.until(({ status }) => status.kind === 'ended')
  })
})

describe('[R1] [R2] told to start again', () => {
  it('PRUNED: what may stay is shown until the new copy is there, and nothing else ever', async () => {
    const login = await somebody('administrator')
    const folder = await newFolder()
    const first = watch({ token: await tokenFor(server, login), store: fileStore(folder) })
    await first.client.ready()
    await first.close()
    const interns = await server.slapd.idOf(`cn=staff-intern,ou=types,${TEST_BASE}`)
    await server.slapd.ldapmodify(`dn: cn=staff-intern,ou=types,${TEST_BASE}\nchangetype: delete\n`)
    await server.until(() => server.instance.replica.state.get('staffType', interns) === undefined)
    await server.database.sql(`UPDATE log_version SET committed_at = committed_at - interval '40 days'`)
    const db = await openDatabase(server.database.url)
    await prune(db, { maxAgeDays: 30, maxVersions: 1_000_000 })
    await db.close()
    await restart()
    const client = watch({ token: await tokenFor(server, login), store: fileStore(folder) })
    await client.live()
    expect(client.states).toEqual(['catchingUp', 'waiting', 'loading', 'catchingUp', 'subscribing', 'live'])
    const isIntern = ({ typeId }: { typeId: string }) => typeId === interns
    const [, left, whole] = client.news
    const kept = [...(left?.rows?.staff.values() ?? [])]
    expect(kept.length).toBeGreaterThan(100)
    expect(kept.some(isIntern)).toBe(false)
    expect(whole?.kind).toBe('reset')
    await client.until(() => client.asked.includes('AcknowledgePurge'))
    await expectTrue(client.rows, login)
  })

  it('DIVERGED: nothing of it is shown', async () => {
    const store = memoryStore()
    const login = await somebody('administrator')
    const first = watch({ token: await tokenFor(server, login), store })
    await first.client.ready()
    await first.close()
    const stored = (await store.load()) ?? failed()
    // A history that is not this one's, as after a restore.
    await store.replace(
      { ...stored, sum: BigInt(`0x${stored.digest}`), cursor: 'of another history' },
      stored.note,
    )
    const client = watch({ token: await tokenFor(server, login), store })
    await client.live()
    expect(client.news.map(({ rows }) => rows === null)).toEqual([false, true, false])
    await expectTrue(client.rows, login)
  })

  it('[D8] a copy that does not add up is shown no longer, reported, and made anew', async () => {
    const store = memoryStore()
    const token = await tokenFor(server, 'hr')
    const first = watch({ token, store })
    await first.client.ready()
    await first.close()
    const stored = (await store.load()) ?? failed()
    // Somebody is missing, and the digest was made to say so: only the server can tell.
    const [gone] = stored.staff.keys()
    const staff = new Map([...stored.staff].filter(([id]) => id !== gone))
    const sum = addRows(addRows(0n, staff.values()), stored.departments.values())
    await store.replace({ ...stored, staff, sum }, stored.note)
    await setTitle('staff', 'It shows with the next change')
    const client = watch({ token, store })
    await client.live()
    expect(client.asked.slice(0, 3)).toContain('ReportDigest')
    expect(client.news.map(({ rows }) => rows === null)).toEqual([false, true, false])
    expect(client.rows.staff.has(gone ?? '')).toBe(true)
    await expectTrue(client.rows, 'hr')
  })

  it('[K1] [D8] a store that does not add up is shown no longer once that is known, and nothing is asked with its cursor', async () => {
    const store = memoryStore()
    const token = await tokenFor(server, 'hr')
    const first = watch({ token, store })
    await first.client.ready()
    await first.close()
    const stored = (await store.load()) ?? failed()
    const damaged = {
      ...store,
      load: () => Promise.resolve({ ...stored, staff: new Map([...stored.staff].slice(1)) }),
    }
    const client = watch({ token, store: damaged })
    await client.live()
    expect(client.asked[0]).toBe('Snapshot')
    expect(client.news.map(({ rows }) => rows !== null)).toEqual([true, false, true])
    expect(client.rows.staff.size).toBe(stored.staff.size)
  })
})

function failed(): never {
  throw new Error('nothing was stored')
}
