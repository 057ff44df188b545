import pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { append } from '../../src/changelog/append.ts'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import type { LeaseToken } from '../../src/changelog/fence.ts'
import { loadState, readHead, readSince, type LogVersion } from '../../src/changelog/log.ts'
import { Replica } from '../../src/changelog/replica.ts'
import { acquireLease } from '../../src/cluster/lease.ts'
import { createLogger } from '../../src/log.ts'
import { chainHash, GENESIS_HASH } from '../../src/model/canonical.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { added, idOf, staff } from '../support/entries.ts'
import { contentsOf, NOTHING } from './log-writer.ts'

const log = createLogger('silent')
const WRITERS = 8
const EACH = 16

let database: TestDatabase
let dbs: Database[]
let lease: LeaseToken
let stop: AbortController

beforeEach(async () => {
  database = await createDatabase()
  dbs = [await openDatabase(database.url), await openDatabase(database.url)]
  const acquired = await acquireLease(one(), 'projector', 'test', 600_000)
  if (!acquired) throw new Error('somebody else projects into this database')
  lease = acquired
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  for (const db of dbs) await db.close()
  await database.drop()
})

function one(n = 0): Database {
  const db = dbs[n % dbs.length]
  if (!db) throw new Error('there is no database')
  return db
}

const write = (db: Database, n: number) => append(db, lease, { ...NOTHING, changes: [added(staff(n))] })

/** Asks again and again for what is after the last version that it has seen, and takes whatever comes. */
class Poller {
  readonly seen: LogVersion[] = []
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async poll(): Promise<void> {
    this.seen.push(...(await readSince(this.#db, this.seen.at(-1)?.version ?? 0, 7)))
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await this.poll()
    for (let length = -1; length < this.seen.length;) {
      length = this.seen.length
      await this.poll()
    }
  }
}

/** Nothing skipped, nothing twice, one chain. */
function expectWhole(versions: readonly LogVersion[]): void {
  let hash = GENESIS_HASH
  expect(versions.map((v) => v.version)).toEqual(versions.map((_, i) => i + 1))
  for (const { version, changes, hash: own } of versions) {
    hash = chainHash(hash, version, changes)
    expect(own).toBe(hash)
  }
}

const idsIn = (versions: readonly LogVersion[]) => versions.flatMap((v) => v.changes.map((c) => c.id))

/** Ends a session in the middle of its write. */
async function killOne(): Promise<void> {
  const kill = `
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'dolores' AND backend_xid IS NOT NULL
    LIMIT 1`
  while ((await database.sql(kill)).length === 0);
}

it('[T75] [L2] eight writers, some of which die in the middle, and readers at full speed: no version is ever skipped', async () => {
  const acknowledged = new Set<string>()
  const unknown = new Set<string>()
  let isWriting = true
  const writer = async (lane: number) => {
    for (let i = 0; i < EACH; i++) {
      const n = lane * 1000 + i
      await write(one(lane), n).then(
        () => acknowledged.add(idOf(n)),
        () => unknown.add(idOf(n)),
      )
      if (lane === 0 && i % 5 === 2) await killOne()
    }
  }
  const pollers = Array.from({ length: 4 }, (_, i) => new Poller(one(i)))
  const replica = await Replica.open(one(), log, stop.signal)
  const followed: LogVersion[] = []
  replica.onAdvance((versions) => void followed.push(...versions))
  const reading = pollers.map((poller) => poller.until(() => !isWriting))
  await Promise.all(Array.from({ length: WRITERS }, (_, lane) => writer(lane)))
  isWriting = false
  await Promise.all(reading)

  const { head, entries } = await loadState(one())
  expect(await replica.waitFor(head.version, 10_000)).toBe(true)
  for (const seen of [...pollers.map((poller) => poller.seen), followed]) {
    expectWhole(seen)
    expect(seen).toHaveLength(head.version)
    const ids = new Set(idsIn(seen))
    // Each write that was acknowledged is there once; nothing is there that nobody wrote.
    expect(ids.size).toBe(head.version)
    expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([])
    expect([...ids].filter((id) => !acknowledged.has(id) && !unknown.has(id))).toEqual([])
  }
  expect(contentsOf(replica.state.all('staff'))).toEqual(contentsOf(entries))
  expect(acknowledged.size + unknown.size).toBe(WRITERS * EACH)
  expect(unknown.size).toBeGreaterThan(0)
}, 90_000)

it.each([
  { first: 'commits', second: 'starts meanwhile' },
  { first: 'commits', second: 'starts afterwards' },
  { first: 'dies', second: 'starts meanwhile' },
  { first: 'dies', second: 'starts afterwards' },
])(
  '[T75] the first writer stands still in the middle and $first, the second $second: a reader at every step sees a whole log',
  async ({ first, second }) => {
    const reader = new Poller(one(1))
    const look = async (version: number) => {
      await reader.poll()
      expectWhole(reader.seen)
      expect(reader.seen).toHaveLength(version)
      expect((await readHead(one(1))).version).toBe(version)
    }
    const waiting = (count: number) =>
      expect
        .poll(
          () =>
            database.sql(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
              AND datname = current_database()`),
          { timeout: 10_000 },
        )
        .toHaveLength(count)
    await write(one(), 1)
    await look(1)

    // Whoever adds this person waits until the session that holds the row has ended.
    const holder = new pg.Client({ connectionString: database.url })
    await holder.connect()
    await holder.query('BEGIN')
    await holder.query(`INSERT INTO entry (id, kind, content) VALUES ($1, 'staff', '{}')`, [idOf(2)])
    const outcomes: PromiseSettledResult<unknown>[] = []
    const start = (n: number) =>
      Promise.allSettled([write(one(), n)]).then(([outcome]) => void outcomes.push(outcome))
    const writes = [start(2)]
    await waiting(1)
    await look(1)
    if (second === 'starts meanwhile') {
      writes.push(start(3))
      await waiting(2)
      await look(1)
    }
    if (first === 'dies') {
      await database.sql(`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
          AND datname = current_database() ORDER BY xact_start LIMIT 1`)
    }
    await holder.query('ROLLBACK')
    await holder.end()
    if (second === 'starts afterwards') {
      await Promise.all(writes)
      await look(first === 'dies' ? 1 : 2)
      writes.push(start(3))
    }
    await Promise.all(writes)
    await look(first === 'dies' ? 2 : 3)
    expect(outcomes.map(({ status }) => status)).toEqual([
      first === 'dies' ? 'rejected' : 'fulfilled',
      'fulfilled',
    ])
    expect(idsIn(reader.seen)).toEqual((first === 'dies' ? [1, 3] : [1, 2, 3]).map(idOf))
  },
)
