import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { demoLdif } from '../../src/local/demo/company.ts'
import { operation } from '../support/device.ts'
import { clientFor } from '../support/pass.ts'
import { startServer, type TestServer, type TestServerOptions } from '../support/server.ts'
import { startSlapd, TEST_BASE, type TestSlapd } from '../support/slapd.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { Wire } from '../support/wire.ts'

/** Many at once. The numbers are small; what they show does not depend on them. */
let slapd: TestSlapd
let database: TestDatabase
let server: TestServer

beforeAll(async () => {
  slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  database = await createDatabase()
})
afterAll(async () => {
  await database?.drop()
  await slapd?.stop()
})
afterEach(() => server?.close())

async function start(options: TestServerOptions = {}): Promise<void> {
  server = await startServer({ slapd, database, ...options })
}

let edits = 0
const edit = () =>
  slapd.ldapmodify(
    `dn: uid=hr,ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: Edit ${++edits}\n`,
  )

interface Answer {
  readonly __typename: 'Delta' | 'Resync'
  readonly changes: readonly unknown[]
  readonly from: string
  readonly to: string
  readonly reason: string
  readonly delayMs: number
  readonly keepOld: boolean
}

/** The next answer of a subscription. */
async function answer(wire: Wire): Promise<Answer> {
  const { type, payload } = await wire.next()
  expect(type).toBe('next')
  const { data } = payload as { data: { changes: Answer } }
  return data.changes
}

/** The next one that is no heartbeat. */
async function news(wire: Wire): Promise<Answer> {
  for (;;) {
    const told = await answer(wire)
    if (told.__typename === 'Resync' || told.changes.length > 0) return told
  }
}

async function cursorOf(login: string): Promise<string> {
  const client = await clientFor(server, login)
  const { snapshot } = await client.query('{ snapshot(first: 1) { ... on SnapshotPage { version } } }')
  return (snapshot as { version: string }).version
}

/** Sockets of these people, opened all at once, that follow from the cursors. */
async function followers(logins: readonly string[], since: ReadonlyMap<string, string>): Promise<Wire[]> {
  const clients = new Map(
    await Promise.all([...new Set(logins)].map(async (l) => [l, await clientFor(server, l)] as const)),
  )
  return Promise.all(
    logins.map(async (login) => {
      const wire = await clients.get(login)?.socket()
      if (!wire) throw new Error(login)
      wire.subscribe('live', operation('Changes'), { since: since.get(login) })
      return wire
    }),
  )
}

const everybody = (n: number) => Array.from({ length: n }, (_, i) => ['hr', 'staff', 'guest'][i % 3] ?? '')

describe('admission', () => {
  it('[T44] [T54] over the number of sockets of an instance: 503 with Retry-After, those inside hear everything, and who leaves makes room', async () => {
    await start({ limits: { maxSockets: 30 } })
    const client = await clientFor(server, 'hr')
    const since = await cursorOf('hr')
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => client.socket()))
    const inside = outcomes.flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []))
    const outside = outcomes.flatMap((o) => (o.status === 'rejected' ? [String(o.reason)] : []))
    expect(inside).toHaveLength(30)
    expect(new Set(outside)).toEqual(new Set(['Error: Unexpected server response: 503']))
    expect(await refusal()).toEqual([503, '5'])

    for (const wire of inside) wire.subscribe('live', operation('Changes'), { since })
    await Promise.all(inside.map(answer))
    await edit()
    const told = await Promise.all(inside.map(news))
    expect(new Set(told.map(({ to }) => to)).size).toBe(1)
    // Everything but sockets goes on for those outside too.
    expect((await client.ask('{ departments { totalCount } }')).errors).toEqual([])
    await inside[0]?.close()
    await expect
      .poll(async () => (await client.socket().catch(() => null)) !== null, { timeout: 10_000 })
      .toBe(true)
  })

  it('[T44] one person cannot take the place of others: 4429 over their own number', async () => {
    await start({ limits: { maxSocketsPerStaff: 5 } })
    const greedy = await clientFor(server, 'staff')
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => greedy.socket()))
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(5)
    for (const o of outcomes) if (o.status === 'rejected') expect(String(o.reason)).toContain('closed 4429')
    for (const login of ['hr', 'guest']) await (await (await clientFor(server, login)).socket()).close()
  })

  it('[T44] those who never sign in hold few places, and not for long', async () => {
    await start({ limits: { maxPendingPerAddress: 10 } })
    const silent = await Promise.all(Array.from({ length: 30 }, () => Wire.open(`${server.url}/graphql`)))
    const codes = await Promise.all(silent.map(async (wire) => (await wire.closed).code))
    expect(codes.filter((code) => code === 4429)).toHaveLength(20)
    expect(codes.filter((code) => code === 4408)).toHaveLength(10)
    await (await (await clientFor(server, 'hr')).socket()).close()
  })
})

describe('a herd', () => {
  it('[T54] [C2] everybody comes back at once after a restart, and each is told what they missed, once', async () => {
    await start()
    const logins = everybody(120)
    const since = new Map<string, string>()
    for (const login of new Set(logins)) since.set(login, await cursorOf(login))
    const before = await followers(logins, since)
    for (const wire of before) expect(await answer(wire)).toMatchObject({ __typename: 'Delta' })
    await Promise.all([server.close(), ...before.map((wire) => wire.closed)])
    for (const wire of before) expect((await wire.closed).code).toBe(1012)
    await edit()

    await start()
    await server.until(() =>
      JSON.stringify([...server.instance.replica.state.all('staff')]).includes(`Edit ${edits}`),
    )
    const after = await followers(logins, since)
    const told = await Promise.all(after.map(answer))
    for (const [i, login] of logins.entries()) {
      expect(told[i]).toMatchObject({ __typename: 'Delta', from: since.get(login) })
      // Equal audiences, equal bytes (C1).
      expect(told[i]).toEqual(told[logins.indexOf(login)])
    }
    await edit()
    const next = await Promise.all(after.map(async (wire, i) => (logins[i] === 'guest' ? null : news(wire))))
    for (const [i, delta] of next.entries()) if (delta) expect(delta.from).toBe(told[i]?.to)
    for (const wire of after) wire.ws.terminate()
  }, 60_000)

  it('[R1] [T53] [T54] everybody is told of a restored database, and to come at different moments', async () => {
    await start()
    const tables = ['log_head', 'log_version', 'log_change', 'entry', 'node', 'source', 'lease']
    for (const table of tables) await database.sql(`CREATE TABLE backup_${table} AS TABLE ${table}`)
    // Two versions, which come again as one: another history.
    const { replica } = server.instance
    for (let i = 0; i < 2; i++) {
      const { version } = replica
      await edit()
      await server.until(() => replica.version > version)
    }
    const logins = everybody(120)
    const since = new Map<string, string>()
    for (const login of new Set(logins)) since.set(login, await cursorOf(login))
    const wires = await followers(logins, since)
    await Promise.all(wires.map(answer))
    const restore = tables.flatMap((t) => [`DELETE FROM ${t};`, `INSERT INTO ${t} TABLE backup_${t};`])
    await database.sql(`DO $$ BEGIN ${restore.join(' ')} END $$`)

    const told = await Promise.all(wires.map(news))
    const delays = new Map<number, number>()
    for (const { __typename, reason, delayMs, keepOld } of told) {
      expect({ __typename, reason, keepOld }).toEqual({
        __typename: 'Resync',
        reason: 'DIVERGED',
        keepOld: false,
      })
      delays.set(delayMs, (delays.get(delayMs) ?? 0) + 1)
    }
    // There is no moment at which more than a fourth of all come.
    expect(Math.max(...delays.values())).toBeLessThanOrEqual(logins.length / 4)
    // The operation has ended; the socket has not.
    for (const wire of wires) expect(await wire.next()).toEqual({ id: 'live', type: 'complete' })
    const again = new Map(since)
    for (const login of again.keys()) again.set(login, await cursorOf(login))
    for (const [i, wire] of wires.entries()) {
      wire.subscribe('again', operation('Changes'), { since: again.get(logins[i] ?? '') })
      expect(await answer(wire)).toMatchObject({ __typename: 'Delta', from: again.get(logins[i] ?? '') })
      wire.ws.terminate()
    }
  })
})

/** Status and Retry-After of an upgrade that is refused. */
async function refusal(): Promise<[number, string | undefined]> {
  const ws = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  ws.on('error', () => {})
  return new Promise((resolve) => {
    ws.once('unexpected-response', (_, response) => {
      resolve([response.statusCode ?? 0, response.headers['retry-after']])
      response.destroy()
    })
  })
}
