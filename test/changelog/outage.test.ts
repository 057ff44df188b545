import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { append } from '../../src/changelog/append.ts'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import { loadState, readHead, readSince } from '../../src/changelog/log.ts'
import { migrate } from '../../src/changelog/migrate.ts'
import { loadNodes, readSource } from '../../src/changelog/nodes.ts'
import { Replica } from '../../src/changelog/replica.ts'
import { acquireLease, holdLease } from '../../src/cluster/lease.ts'
import { AppError } from '../../src/errors.ts'
import { serviceUser } from '../../src/local/child.ts'
import { PrivatePostgres } from '../../src/local/postgres.ts'
import { createLogger } from '../../src/log.ts'
import { chainHash, GENESIS_HASH } from '../../src/model/canonical.ts'
import { added, staff } from '../support/entries.ts'
import { contentsOf, LogWriter, NOTHING } from './log-writer.ts'

const log = createLogger('silent')
const stop = new AbortController()
let dir: string
let postgres: PrivatePostgres
let db: Database

const start = () => PrivatePostgres.start({ dir: join(dir, 'postgres'), user: serviceUser() })

async function die(): Promise<void> {
  postgres.kill()
  await postgres.exited
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dolores-outage-'))
  await chmod(dir, 0o711)
  postgres = await start()
  await migrate(postgres.url)
  db = await openDatabase(postgres.url)
})
afterAll(async () => {
  stop.abort()
  await db.close()
  await postgres.stop()
  await rm(dir, { recursive: true, force: true })
})

it('[T78] kill -9 of PostgreSQL under writes loses nothing that was acknowledged and leaves no half of a commit', async () => {
  const writer = await LogWriter.open(db)
  let acknowledged = 0
  const writing = (async () => {
    for (let i = 1; ; i++) {
      const head = await writer.write([staff(i), staff(1_000_000 + i)])
      acknowledged = head.version
      if (i === 40) postgres.kill()
    }
  })()
  await expect(writing).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await postgres.exited
  expect(acknowledged).toBeGreaterThanOrEqual(40)
  postgres = await start()
  const { head, entries } = await loadState(db)
  // The one that was under way when the server died may have been committed, or not.
  expect(head.version - acknowledged).toBeLessThanOrEqual(1)
  expect(head.version).toBeGreaterThanOrEqual(acknowledged)
  expect(entries).toHaveLength(2 * head.version)
  let hash = GENESIS_HASH
  for (const version of await readSince(db, 0, 1000)) {
    expect(version.changes).toHaveLength(2)
    hash = chainHash(hash, version.version, version.changes)
    expect(version.hash).toBe(hash)
  }
  expect(head.hash).toBe(hash)
}, 180_000)

it('[T78] without the database everything is UNAVAILABLE, the replica goes on serving, and all heals by itself', async () => {
  const replica = await Replica.open(db, log, stop.signal)
  const held: AbortSignal[] = []
  let nextHeld = () => {}
  const holding = holdLease(db, 'leader', 'me', {
    ttlMs: 300,
    signal: stop.signal,
    log,
    onHeld: (_, lost) => {
      held.push(lost)
      nextHeld()
      return new Promise((resolve) => lost.addEventListener('abort', () => resolve()))
    },
  })
  await new Promise<void>((resolve) => (nextHeld = resolve))
  const before = contentsOf(replica.state.all('staff'))
  const { version } = replica
  await die()

  const lease = { name: 'projector', token: 1n }
  const attempts = [
    () => append(db, lease, { ...NOTHING, changes: [added(staff(5000))] }),
    () => readHead(db),
    () => readSince(db, 0, 1),
    () => loadState(db),
    () => loadNodes(db),
    () => readSource(db),
    () => acquireLease(db, 'projector', 'test', 1000),
    () => replica.changesAfter(version - 1),
    () => openDatabase(postgres.url),
  ]
  for (const attempt of attempts) {
    const failure: unknown = await attempt().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(AppError)
    expect(failure).toMatchObject({ code: 'UNAVAILABLE' })
  }
  expect(contentsOf(replica.state.all('staff'))).toEqual(before)
  expect(await replica.changesAfter(version)).toMatchObject({ kind: 'versions', versions: [] })
  // On our own clock: nobody else can tell us that it is over.
  await new Promise<void>((resolve) => {
    if (held[0]?.aborted) resolve()
    else held[0]?.addEventListener('abort', () => resolve())
  })

  const again = new Promise<void>((resolve) => (nextHeld = resolve))
  postgres = await start()
  await again
  const advanced = new Promise<number | undefined>((resolve) => {
    replica.onAdvance((versions) => resolve(versions.at(-1)?.version))
  })
  const writer = await LogWriter.open(db)
  const head = await writer.write([staff(6000)])
  expect(await advanced).toBe(head.version)
  expect(replica.state.get('staff', staff(6000).id)).toEqual(staff(6000))
  stop.abort()
  await holding
}, 180_000)
