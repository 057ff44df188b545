import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { append } from '../../src/changelog/append.ts'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import { readHead } from '../../src/changelog/log.ts'
import { lockLease, LeaseLost, type LeaseToken } from '../../src/changelog/fence.ts'
import { acquireLease, holdLease, isLeaseHeld, releaseLease, renewLease } from '../../src/cluster/lease.ts'
import { createLogger } from '../../src/log.ts'
import { NOTHING } from '../changelog/log-writer.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { added, staff } from '../support/entries.ts'
import { MessageQueue } from '../support/message-queue.ts'

const log = createLogger('silent')
const NAME = 'projector'
const PATIENCE = { timeout: 20_000 }

interface Held {
  readonly holder: string
  readonly token: LeaseToken
  readonly lost: AbortSignal
  readonly finish: (error?: Error) => void
}

let database: TestDatabase
let db: Database
let stop: AbortController
let running: Promise<void>[]
let held: MessageQueue<Held>

beforeAll(async () => {
  database = await createDatabase()
  db = await openDatabase(database.url)
})
afterAll(async () => {
  await db.close()
  await database.drop()
})
beforeEach(() => {
  stop = new AbortController()
  running = []
  held = new MessageQueue()
})
afterEach(async () => {
  stop.abort()
  await Promise.all(running)
  await db.prisma.lease.deleteMany()
})

/** Works until the lease is lost, its signal aborts, or the test ends the work. */
function strive(holder: string, ttlMs: number): AbortController {
  const own = new AbortController()
  const signal = AbortSignal.any([stop.signal, own.signal])
  const onHeld = (token: LeaseToken, lost: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      lost.addEventListener('abort', () => resolve(), { once: true })
      held.push({ holder, token, lost, finish: (error) => (error ? reject(error) : resolve()) })
    })
  running.push(holdLease(db, NAME, holder, { ttlMs, signal, log, onHeld }))
  return own
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

const expire = () => db.prisma.$executeRaw`UPDATE lease SET expires_at = clock_timestamp() - interval '1 ms'`

it('[L9] has one holder at a time; when it leaves, the next comes at once and with a higher token', async () => {
  const ways = new Map(['a', 'b', 'c'].map((holder) => [holder, strive(holder, 60_000)]))
  let last = 0n
  for (let i = 0; i < 3; i++) {
    const { holder, token, lost } = await held.next()
    expect(token.token).toBeGreaterThan(last)
    last = token.token
    expect(lost.aborted).toBe(false)
    expect(await acquireLease(db, NAME, 'stranger', 60_000)).toBeNull()
    ways.get(holder)?.abort()
    await aborted(lost)
  }
})

it('[L9] stays with a holder that renews it for many times its length', async () => {
  strive('a', 600)
  const { lost } = await held.next()
  const expiry = async () => (await db.prisma.lease.findFirstOrThrow()).expiresAt.getTime()
  const first = await expiry()
  await expect.poll(expiry, PATIENCE).toBeGreaterThan(first + 1500)
  expect(lost.aborted).toBe(false)
})

it('[L9] stays with a holder whose own commit, or whose own busy process, outlasts the lease while nobody else takes it', async () => {
  // A third of it is what the database has to answer in when the process was late: enough on a busy machine.
  strive('one', 2000)
  const { token, lost } = await held.next()
  await db.transaction(async (tx) => {
    await lockLease(tx, token)
    await tx.run({ name: 'sleep', text: 'SELECT 1 FROM pg_sleep(3)' }, [])
  })
  const until = performance.now() + 2600
  while (performance.now() < until) JSON.stringify(token.name)
  expect(await renewLease(db, token, 2000)).toBe('renewed')
  expect(lost.aborted).toBe(false)
  const thief = await acquireLease(db, NAME, 'two', 60_000)
  if (!thief) await releaseLease(db, token)
  const stolen = thief ?? (await acquireLease(db, NAME, 'two', 60_000))
  expect(stolen?.token).toBe(token.token + 1n)
  expect(await renewLease(db, token, 300)).toBe('lost')
})

it('[L9] tells a holder that another one has come, and its token writes nothing any more', async () => {
  strive('a', 300)
  const first = await held.next()
  // In one statement, as after a pause of the first: its renewal cannot come in between.
  const rival = { name: NAME, token: first.token.token + 1n }
  await db.prisma.$executeRaw`
    UPDATE lease SET token = ${rival.token}, holder = 'rival', expires_at = clock_timestamp() + interval '60 s'`
  await aborted(first.lost)
  const head = await readHead(db)
  const late = append(db, first.token, { ...NOTHING, changes: [added(staff(1))] })
  await expect(late).rejects.toThrow(LeaseLost)
  expect(await readHead(db)).toEqual(head)
  expect((await append(db, rival, { ...NOTHING, changes: [added(staff(1))] })).version).toBe(head.version + 1)
})

it('[T82] a leader that slept through its lease cannot commit, although nobody told it', async () => {
  const sleeper = await acquireLease(db, NAME, 'sleeper', 60_000)
  if (!sleeper) throw new Error('the lease is taken')
  await expire()
  await expect(append(db, sleeper, NOTHING)).rejects.toThrow(LeaseLost)
  // Nobody came meanwhile: it is still the newest token and may go on once it has renewed.
  expect(await renewLease(db, sleeper, 60_000)).toBe('renewed')
  await append(db, sleeper, NOTHING)
  await releaseLease(db, sleeper)
  expect(await isLeaseHeld(db, NAME)).toBe(false)
})

it('[L9] a thief waits for the transaction of the holder, and the holder for that of the thief', async () => {
  const holder = await acquireLease(db, NAME, 'holder', 60_000)
  if (!holder) throw new Error('the lease is taken')
  let stolen: LeaseToken | null = null
  await db.transaction(async (tx) => {
    await lockLease(tx, holder)
    stolen = await acquireLease(db, NAME, 'holder', 60_000)
  })
  expect(stolen).toBeNull()

  // The token is checked after the wait for the row, not before.
  let waiting: Promise<unknown> = Promise.resolve()
  await db.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`UPDATE lease SET token = token + 1, holder = 'thief' WHERE name = ${NAME}`
    waiting = append(db, holder, { ...NOTHING, changes: [added(staff(2))] }).catch((error: unknown) => error)
    await expect
      .poll(
        () =>
          database.sql(
            `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
          ),
        PATIENCE,
      )
      .toHaveLength(1)
  })
  expect(await waiting).toBeInstanceOf(LeaseLost)
})

it('[L9] work that fails gives the lease back and strives again', async () => {
  strive('a', 300)
  const first = await held.next()
  first.finish(new Error('boom'))
  const second = await held.next()
  expect(second.token.token).toBeGreaterThan(first.token.token)
  expect(await isLeaseHeld(db, NAME)).toBe(true)
})

it('[L1] knows for how long nobody has held it', async () => {
  expect(await isLeaseHeld(db, NAME, 10_000)).toBe(false)
  await acquireLease(db, NAME, 'a', 60_000)
  expect(await isLeaseHeld(db, NAME)).toBe(true)
  await db.prisma.$executeRaw`UPDATE lease SET expires_at = clock_timestamp() - interval '5 s'`
  expect(await isLeaseHeld(db, NAME)).toBe(false)
  expect(await isLeaseHeld(db, NAME, 10_000)).toBe(true)
  expect(await isLeaseHeld(db, NAME, 4000)).toBe(false)
})
