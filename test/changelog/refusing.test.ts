import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import pg from 'pg'
import { append } from '../../src/changelog/append.ts'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import { loadState, readHead } from '../../src/changelog/log.ts'
import { Replica } from '../../src/changelog/replica.ts'
import { createLogger } from '../../src/log.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { added, staff } from '../support/entries.ts'
import { Partition } from '../support/partition.ts'
import { LogWriter, NOTHING } from './log-writer.ts'

const log = createLogger('silent')
const PATIENCE = { timeout: 20_000, interval: 50 }

let database: TestDatabase
let network: Partition
let db: Database
let writer: LogWriter
let stop: AbortController
let cleanUp: (() => Promise<unknown>)[]

beforeEach(async () => {
  database = await createDatabase()
  network = await Partition.before(database.url)
  db = await openDatabase(network.url)
  writer = await LogWriter.open(db)
  stop = new AbortController()
  cleanUp = [() => database.drop(), () => network.close(), () => db.close()]
})
afterEach(async () => {
  stop.abort()
  for (const clean of cleanUp.toReversed()) await clean()
})

const name = () => new URL(database.url).pathname.slice(1)

/** Ends every session of ours, as a server does that restarts. */
const endSessions = () =>
  database.sql(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'dolores%'`)

it('[T78] a database that has become read-only (a standby after a fail-over) refuses the commit, is still read, and takes it when it may be written', async () => {
  const replica = await Replica.open(db, log, stop.signal)
  const { version } = await writer.write([staff(1)])
  await database.sql(`ALTER DATABASE ${name()} SET default_transaction_read_only = on`)
  await endSessions()
  await vi.waitFor(() => readHead(db), PATIENCE)
  await expect(writer.write([staff(2)])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  const { head, entries } = await loadState(db)
  expect([head.version, entries]).toEqual([version, [staff(1)]])
  await database.sql(`BEGIN READ WRITE; ALTER DATABASE ${name()} RESET ALL; COMMIT`)
  await endSessions()
  const again = await vi.waitFor(() => writer.write([staff(2)]), PATIENCE)
  expect(again.version).toBe(version + 1)
  expect(await replica.waitFor(again.version, 10_000)).toBe(true)
})

it('[T78] a database without a free connection is UNAVAILABLE, and used again as soon as there is one', async () => {
  const replica = await Replica.open(db, log, stop.signal)
  const { version } = await writer.write([staff(1)])
  // What it is to keep it has to have.
  expect(await replica.waitFor(version, PATIENCE.timeout)).toBe(true)
  await database.sql(`ALTER DATABASE ${name()} CONNECTION LIMIT 0`)
  // The limit holds for everybody but superusers.
  await database.sql(`CREATE ROLE ${name()} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${name()}`)
  const url = new URL(network.url)
  url.username = name()
  await expect(openDatabase(url.toString())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await database.sql(`ALTER DATABASE ${name()} CONNECTION LIMIT 12`)
  const ours = await openDatabase(url.toString())
  cleanUp.push(
    () => ours.close(),
    () => database.sql(`DROP OWNED BY ${name()}; DROP ROLE ${name()}`),
  )
  await readHead(ours)
  await database.sql(`ALTER DATABASE ${name()} CONNECTION LIMIT 0`)
  await endSessions()
  await expect
    .poll(() => readHead(ours).catch((error: unknown) => error), PATIENCE)
    .toMatchObject({ code: 'UNAVAILABLE' })
  expect(replica.state.get('staff', staff(1).id)).toEqual(staff(1))
  await database.sql(`ALTER DATABASE ${name()} CONNECTION LIMIT -1`)
  expect((await readHead(ours)).version).toBe(version)
})

it('[T78] a slow database is waited for: everything comes, late and in order', async () => {
  const replica = await Replica.open(db, log, stop.signal)
  const seen: number[] = []
  replica.onAdvance((versions) => void seen.push(...versions.map(({ version }) => version)))
  network.slow(150)
  const heads = []
  for (let n = 1; n <= 3; n++) heads.push(await writer.write([staff(n)]))
  expect(heads.map(({ version }) => version)).toEqual([1, 2, 3])
  expect(await replica.waitFor(3, 20_000)).toBe(true)
  expect(seen).toEqual([1, 2, 3])
})

it('[T78] [L2] a server that restarts under a writer: what was acknowledged is there once, what was refused may be tried again', async () => {
  await writer.write([staff(1)])
  const holder = new pg.Client({ connectionString: database.url })
  holder.on('error', () => {})
  await holder.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT FROM log_head FOR UPDATE')
  const lease = await db.prisma.lease.findFirstOrThrow()
  const cut = append(db, lease, { ...NOTHING, changes: [added(staff(2))] })
  const outcome = cut.catch((error: unknown) => error)
  await expect
    .poll(
      () =>
        database.sql(
          `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
        ),
      PATIENCE,
    )
    .toHaveLength(1)
  await endSessions()
  expect(await outcome).toMatchObject({ code: 'UNAVAILABLE' })
  await holder.query('ROLLBACK')
  await holder.end()
  const again = await vi.waitFor(() => writer.write([staff(2)]), PATIENCE)
  expect(again.version).toBe(2)
  expect((await loadState(db)).entries).toHaveLength(2)
})
