import { promisify } from 'node:util'
import { afterEach, expect, it, vi } from 'vitest'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { append } from '../../src/changelog/append.ts'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import { loadState, readHead, readSince } from '../../src/changelog/log.ts'
import { migrate } from '../../src/changelog/migrate.ts'
import { Replica } from '../../src/changelog/replica.ts'
import { acquireLease } from '../../src/cluster/lease.ts'
import type { LeaseToken } from '../../src/changelog/fence.ts'
import { serviceUser } from '../../src/local/child.ts'
import { PrivatePostgres } from '../../src/local/postgres.ts'
import { createLogger } from '../../src/log.ts'
import { chainHash, GENESIS_HASH } from '../../src/model/canonical.ts'
import { added, staff } from '../support/entries.ts'
import { SmallDisk } from '../support/small-disk.ts'
import { NOTHING } from './log-writer.ts'

const run = promisify(execFile)
const log = createLogger('silent')
const PATIENCE = { timeout: 60_000, interval: 200 }

let cleanUp: (() => Promise<unknown>)[]
let dir: string
let disk: SmallDisk
let postgres: PrivatePostgres
let db: Database

const settings = { max_wal_size: '32MB', min_wal_size: '32MB', wal_recycle: 'off', wal_init_zero: 'off' }
const start = () => PrivatePostgres.start({ dir, user: serviceUser(), settings })

/** The server in a folder of its own, of which one part is on the small disk. */
async function startOn(part: 'data' | 'log'): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'dolores-full-'))
  await chmod(parent, 0o711)
  disk = await SmallDisk.mount(part === 'data' ? 64 : 48)
  cleanUp = [() => rm(parent, { recursive: true, force: true }), () => disk.unmount()]
  dir = join(parent, 'postgres')
  postgres = await start()
  await postgres.stop()
  const moved = part === 'data' ? 'base' : 'pg_wal'
  await run(
    'sh',
    ['-c', 'cp -a "$1/data/$2" "$3/" && rm -r "$1/data/$2" && ln -s "$3/$2" "$1/data/$2"'].concat([
      'sh',
      dir,
      moved,
      disk.path,
    ]),
  )
  postgres = await start()
  cleanUp.push(() => postgres.stop())
  await migrate(postgres.url)
  db = await openDatabase(postgres.url)
  cleanUp.push(() => db.close())
}

afterEach(async () => {
  for (const clean of cleanUp.toReversed()) await clean()
})

/** Versions with much in them, until one is refused; the number of the last that was acknowledged, and the refusal. */
async function writeUntilRefused(lease: LeaseToken): Promise<{ acknowledged: number; refusal: unknown }> {
  let { version: acknowledged } = await readHead(db)
  for (let n = 1; n < 2000; n++) {
    const people = Array.from({ length: 20 }, (_, i) =>
      added(staff(n * 100 + i, { metadata: [{ key: 'k', value: randomBytes(40_000).toString('base64') }] })),
    )
    try {
      acknowledged = (await append(db, lease, { ...NOTHING, changes: people })).version
    } catch (refusal) {
      return { acknowledged, refusal }
    }
  }
  throw new Error('the disk never was full')
}

it.each(['data', 'log'] as const)(
  '[T84] a disk that is full of %s refuses commits and keeps what was acknowledged; reads go on, and writes as soon as there is room',
  async (part) => {
    await startOn(part)
    const stop = new AbortController()
    cleanUp.push(async () => stop.abort())
    const replica = await Replica.open(db, log, stop.signal)
    const lease = await acquireLease(db, 'projector', 'test', 600_000)
    if (!lease) throw new Error('the lease is taken')
    await append(db, lease, { ...NOTHING, changes: [added(staff(1))] })

    await disk.fill(20_000)
    const { acknowledged, refusal } = await writeUntilRefused(lease)
    expect(refusal).toMatchObject({ code: 'UNAVAILABLE' })
    expect(acknowledged).toBeGreaterThanOrEqual(1)
    await vi.waitFor(() => expect(replica.version).toBeGreaterThanOrEqual(acknowledged), PATIENCE)
    expect(replica.state.get('staff', staff(1).id)).toEqual(staff(1))
    expect(await replica.changesAfter(replica.version)).toMatchObject({ kind: 'versions', versions: [] })

    await disk.free()
    // A server that could not even write its log has ended; whoever watches over it starts it again.
    const { head, entries } = await vi.waitFor(async () => {
      const ended = await Promise.race([postgres.exited, readHead(db).catch(() => null)])
      if (ended === null || 'code' in ended) {
        await postgres.stop()
        postgres = await start()
      }
      return await loadState(db)
    }, PATIENCE)
    expect(head.version - acknowledged).toBeLessThanOrEqual(1)
    expect(head.version).toBeGreaterThanOrEqual(acknowledged)
    let hash = GENESIS_HASH
    let count = 0
    for (const version of await readSince(db, 0, 5000)) {
      hash = chainHash(hash, version.version, version.changes)
      expect(version.hash).toBe(hash)
      count += version.changes.length
    }
    expect([hash, count]).toEqual([head.hash, entries.length])
    const again = await acquireLease(db, 'projector', 'test', 600_000)
    if (!again) throw new Error('the lease is taken')
    const { version } = await append(db, again, { ...NOTHING, changes: [added(staff(999_999))] })
    expect(version).toBe(head.version + 1)
    expect(await replica.waitFor(version, 20_000)).toBe(true)
  },
  180_000,
)
