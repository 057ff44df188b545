import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { appendAll, appendWithin, prepare } from '../../src/changelog/append.ts'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import { loadState, readHead, versionHash } from '../../src/changelog/log.ts'
import { prune } from '../../src/changelog/prune.ts'
import { Recent } from '../../src/changelog/recent.ts'
import { Replica } from '../../src/changelog/replica.ts'
import { createLogger } from '../../src/log.ts'
import { canonicalJson, sortChanges } from '../../src/model/canonical.ts'
import type { HeadState } from '../../src/model/state.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { added, department, staff } from '../support/entries.ts'
import { contentsOf, LogWriter, NOTHING } from './log-writer.ts'

const log = createLogger('silent')
const TABLES = ['log_head', 'log_version', 'log_change', 'entry']

let database: TestDatabase
let db: Database
let writer: LogWriter
let stop: AbortController

beforeEach(async () => {
  database = await createDatabase()
  db = await openDatabase(database.url)
  writer = await LogWriter.open(db)
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  await db.close()
  await database.drop()
})

const open = () => Replica.open(db, log, stop.signal)
const contents = (state: HeadState) => contentsOf([...state.all('department'), ...state.all('staff')])
const nextAdvance = (replica: Replica) =>
  new Promise<number[]>((resolve) => {
    const off = replica.onAdvance((versions) => {
      off()
      resolve(versions.map((v) => v.version))
    })
  })
const nextDivergence = (replica: Replica) =>
  new Promise<'DIVERGED' | 'PRUNED'>((resolve) => replica.onDiverged(resolve))

/** Makes all versions so old that only the limits decide what is pruned. */
const age = () =>
  db.prisma.$executeRaw`UPDATE log_version SET committed_at = committed_at - interval '2 days'`

/** A backup, and the way back to it in one transaction with what is written on top of it. */
async function backup(): Promise<(...puts: Parameters<typeof added>[0][]) => Promise<void>> {
  for (const table of TABLES) await database.sql(`CREATE TABLE backup_${table} AS TABLE ${table}`)
  return async (...puts) => {
    await db.transaction(async (tx) => {
      for (const table of TABLES) {
        await tx.run({ name: `clear ${table}`, text: `TRUNCATE ${table}` }, [])
        await tx.run({ name: `restore ${table}`, text: `INSERT INTO ${table} TABLE backup_${table}` }, [])
      }
      for (const entry of puts)
        await appendWithin(tx, writer.lease, await prepare([{ ...NOTHING, changes: [added(entry)] }]), null)
    })
  }
}

describe('replica', () => {
  it('[L2][C2] equals the database and an oracle after every step of random histories, pruning included', async () => {
    const replica = await open()
    const n = fc.integer({ min: 0, max: 4 })
    const entry = fc.oneof(
      fc
        .tuple(n, fc.string({ unit: 'grapheme', maxLength: 4 }))
        .map(([i, name]) => department(i, { name: name.replaceAll('\0', '') })),
      fc.tuple(n, n).map(([i, m]) => staff(i, { managerId: staff(m).id })),
    )
    const step = fc.record({
      puts: fc.array(entry, { maxLength: 4 }),
      removed: fc.array(entry, { maxLength: 2 }),
      prune: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), fc.nat(), async (steps, random) => {
        for (const { puts, removed, prune: isPruned } of steps) {
          const head = await writer.write(puts, removed)
          expect(await replica.waitFor(head.version, 5000)).toBe(true)
          expect(replica.hash).toBe(head.hash)
          expect(contents(replica.state)).toEqual(writer.contents())
          if (isPruned && random % 3 === 0) {
            await age()
            await prune(db, { maxAgeDays: 365, maxVersions: 5 })
          }
        }
        const loaded = await loadState(db)
        expect(contentsOf(loaded.entries)).toEqual(writer.contents())
        const fresh = await Replica.open(db, log, stop.signal)
        const { baseVersion, version } = loaded.head
        for (const from of [
          baseVersion - 1,
          baseVersion,
          baseVersion + (random % (version - baseVersion + 1)),
          version,
          version + 1,
        ]) {
          const found = await fresh.changesAfter(from)
          if (from < baseVersion) expect(found.kind).toBe('pruned')
          else if (from > version) expect(found.kind).toBe('unknown')
          else if (found.kind !== 'versions')
            throw new Error(`${from} of ${baseVersion}-${version} is ${found.kind}`)
          else {
            expect(found.hash).toBe(await versionHash(db, from))
            const expected = [...writer.versions].filter(([v]) => v > from)
            expect(found.versions.map((v) => [v.version, canonicalJson(v.changes)])).toEqual(
              expected.map(([v, changes]) => [v, canonicalJson(sortChanges(changes))]),
            )
          }
        }
        fresh.close()
      }),
      { numRuns: 20, endOnFailure: true },
    )
  })

  it('[L3] applies whole versions, and tells of them when its state has them', async () => {
    const replica = await open()
    const told = new Promise<string[]>((resolve) => {
      replica.onAdvance((versions) => {
        expect(replica.version).toBe(versions.at(-1)?.version)
        resolve(contents(replica.state))
      })
    })
    await writer.write([department(1), staff(2), staff(3)])
    expect(await told).toEqual(writer.contents())
  })

  it('[T79] follows within a second when the notification never comes', async () => {
    const replica = await open()
    const advanced = nextAdvance(replica)
    const started = performance.now()
    // As append does, but on a server that loses the hint.
    await database.sql(`
      WITH h AS (UPDATE log_head SET version = 1, hash = repeat('a', 64)),
        e AS (INSERT INTO entry (kind, id, content) VALUES ('staff', '${staff(1).id}', '${JSON.stringify(staff(1))}')),
        c AS (INSERT INTO log_change VALUES (1, 'staff', '${staff(1).id}', NULL, '${JSON.stringify(staff(1))}'))
      INSERT INTO log_version (version, hash) VALUES (1, repeat('a', 64))`)
    expect(await advanced).toEqual([1])
    expect(performance.now() - started).toBeLessThan(5000)
    expect(replica.state.get('staff', staff(1).id)).toEqual(staff(1))
  })

  it('[C2] notices a database that was restored to an older state', async () => {
    await writer.write([staff(1)])
    const restore = await backup()
    await writer.write([staff(2)])
    const replica = await open()
    expect(replica.version).toBe(2)
    const diverged = nextDivergence(replica)
    await restore()
    expect(await diverged).toBe('DIVERGED')
    expect(replica.version).toBe(1)
    expect(contents(replica.state)).toEqual(contentsOf([staff(1)]))
    expect(await replica.changesAfter(2)).toEqual({ kind: 'unknown' })
  })

  it('[L7][R1] tells that its versions are forgotten, not replaced, when it was away for longer than the horizon', async () => {
    await writer.write([staff(1)])
    const replica = await open()
    const lost = nextDivergence(replica)
    await db.transaction(async (tx) => {
      for (const entry of [staff(2), staff(3)])
        await appendWithin(tx, writer.lease, await prepare([{ ...NOTHING, changes: [added(entry)] }]), null)
      const forget = [
        'UPDATE log_head SET base_version = version, base_hash = hash',
        'DELETE FROM log_change',
        'DELETE FROM log_version WHERE version < 3',
      ]
      for (const text of forget) await tx.run({ name: text, text }, [])
    })
    expect(await lost).toBe('PRUNED')
    expect(replica.version).toBe(3)
    expect(contents(replica.state)).toEqual(contentsOf([staff(1), staff(2), staff(3)]))
  })

  it('[C2] notices a history that was restored and written on, at the same version and beyond', async () => {
    await writer.write([staff(1)])
    const restore = await backup()
    await writer.write([staff(2)])
    const replica = await open()
    for (const others of [[staff(3)], [staff(4), staff(5), department(6)]]) {
      const advanced: number[] = []
      const off = replica.onAdvance((versions) => void advanced.push(...versions.map((v) => v.version)))
      const diverged = nextDivergence(replica)
      await restore(...others)
      await diverged
      expect(replica.hash).toBe((await readHead(db)).hash)
      expect(contents(replica.state)).toEqual(contentsOf([staff(1), ...others]))
      expect(advanced).toEqual([])
      off()
    }
  })

  it('[C2] whoever waits for a version is told of it also when loading anew has reached it', async () => {
    await writer.write([staff(1)])
    const restore = await backup()
    await writer.write([staff(2)])
    const replica = await open()
    const started = performance.now()
    const waiting = replica.waitFor(4, 20_000)
    await restore(staff(3), staff(4), staff(5))
    expect(await waiting).toBe(true)
    expect(performance.now() - started).toBeLessThan(15_000)
    expect(replica.version).toBe(4)
  })

  it('[C2] answers from one history only when the database was replaced behind its back', async () => {
    await writer.write([staff(1)])
    await writer.write([staff(2)])
    const restore = await backup()
    await writer.write([staff(3)])
    const replica = await open()
    const diverged = nextDivergence(replica)
    await restore(staff(4), staff(5))
    // Before it noticed or after: the version 1 is in both histories, what follows is of the new one alone.
    const found = await replica.changesAfter(1)
    await diverged
    const ids = found.kind === 'versions' ? found.versions.flatMap((v) => v.changes.map((c) => c.id)) : []
    expect(ids).toEqual([staff(2).id, staff(4).id, staff(5).id])
  })
})

describe('what this process has committed', () => {
  /** Commits as the projector does, and says what was made instead of offering it. */
  const commit = async (entry: Parameters<typeof added>[0]) =>
    await appendAll(db, writer.lease, [{ ...NOTHING, changes: [added(entry)] }], await readHead(db))

  it('[L2] is taken at once when it goes on where the replica stands, and not a second time from the database', async () => {
    const replica = await open()
    const told: number[] = []
    replica.onAdvance((versions) => void told.push(...versions.map((v) => v.version)))
    const made = [await commit(staff(1)), await commit(staff(2))]
    for (const appended of made) replica.offer(appended)
    expect(replica.version).toBe(2)
    expect(replica.hash).toBe((await readHead(db)).hash)
    expect(contents(replica.state)).toEqual(contentsOf([staff(1), staff(2)]))
    await writer.write([staff(3)])
    expect(await replica.waitFor(3, 5000)).toBe(true)
    expect(told).toEqual([1, 2, 3])
  })

  it('[C2] is left alone when it does not go on there: a version too early, too late, or of another history', async () => {
    const early = await commit(staff(1))
    const restore = await backup()
    const lost = await commit(staff(2))
    const late = await commit(staff(3))
    await restore(staff(4))
    const replica = await open()
    for (const appended of [early, lost, late]) replica.offer(appended)
    expect(replica.version).toBe(2)
    expect(contents(replica.state)).toEqual(contentsOf([staff(1), staff(4)]))
  })

  it('[C2] is given up again when the database turns out to have gone another way', async () => {
    const replica = await open()
    const restore = await backup()
    const appended = await commit(staff(1))
    replica.offer(appended)
    const diverged = nextDivergence(replica)
    await restore(staff(2))
    await diverged
    expect(contents(replica.state)).toEqual(contentsOf([staff(2)]))
  })
})

it('[L3][K1] a version that is too much for one turn of the event loop is there in one turn all the same', async () => {
  await writer.write([staff(0), department(1)])
  const replica = await open()
  const before = contents(replica.state)
  const sizes = new Set<number>()
  const looking = (async () => {
    while (replica.version < 2) {
      sizes.add([...replica.state.all('staff')].length)
      await setImmediate()
    }
  })()
  const people = Array.from({ length: 3500 }, (_, i) => staff(i + 1))
  const told = nextAdvance(replica)
  await writer.write(people, [department(1)])
  expect(await told).toEqual([2])
  await looking
  expect(before).toEqual(contentsOf([staff(0), department(1)]))
  expect([...sizes]).toEqual([1])
  expect(contents(replica.state)).toEqual(writer.contents())
})

describe('prune', () => {
  it('[L7] keeps the base version and its hash, serves a cursor at the base and none below', async () => {
    for (let i = 1; i <= 10; i++) await writer.write([staff(i)])
    const hash7 = await versionHash(db, 7)
    await age()
    expect(await prune(db, { maxAgeDays: 365, maxVersions: 3 })).toBe(7)
    expect(await readHead(db)).toMatchObject({ version: 10, baseVersion: 7, baseHash: hash7 })
    expect(await versionHash(db, 7)).toBe(hash7)
    expect(await versionHash(db, 6)).toBeNull()
    const replica = await open()
    const at = await replica.changesAfter(7)
    expect(at.kind === 'versions' && [at.hash, ...at.versions.map((v) => v.version)]).toEqual([
      hash7,
      8,
      9,
      10,
    ])
    expect(await replica.changesAfter(6)).toEqual({ kind: 'pruned' })
    expect(contents(replica.state)).toEqual(writer.contents())
    expect(await prune(db, { maxAgeDays: 1, maxVersions: 3 })).toBe(10)
    await writer.write([staff(11)])
    expect(await replica.waitFor(11, 5000)).toBe(true)
  })

  it('reads what is older than its memory once for all who ask, one reading after the other', async () => {
    for (let n = 1; n <= 6; n++) await writer.write([staff(n)])
    const replica = await open()
    const run = vi.spyOn(db, 'run')
    const found = await Promise.all([1, 1, 1, 2].map((version) => replica.changesAfter(version)))
    expect(found.map((after) => after.kind === 'versions' && after.versions.map((v) => v.version))).toEqual([
      ...Array(3).fill([2, 3, 4, 5, 6]),
      [3, 4, 5, 6],
    ])
    expect(
      run.mock.calls.filter(([{ name }, [from]]) => name === 'log_from' && Number(from) < 6),
    ).toHaveLength(2)
    run.mockRestore()
    expect(await replica.changesAfter(1)).toMatchObject({ kind: 'versions' })
  })

  it('[D6] does not read more for one answer than it could hold', async () => {
    for (let n = 1; n <= 6; n++) await writer.write([staff(n)])
    const replica = await Replica.open(db, log, stop.signal, { maxRead: 4 })
    expect(await replica.changesAfter(1)).toEqual({ kind: 'tooMuch' })
    expect(await replica.changesAfter(2)).toMatchObject({ kind: 'versions' })
  })

  it('[L7][S1] keeps what is younger than the horizon, and an hour whatever the limits say', async () => {
    for (let i = 1; i <= 4; i++) await writer.write([staff(i)])
    expect(await prune(db, { maxAgeDays: 1, maxVersions: 1 })).toBe(0)
    await db.prisma
      .$executeRaw`UPDATE log_version SET committed_at = committed_at - interval '2 hours' WHERE version <= 2`
    expect(await prune(db, { maxAgeDays: 1, maxVersions: 100 })).toBe(0)
    expect(await prune(db, { maxAgeDays: 1, maxVersions: 1 })).toBe(2)
  })
})

describe('recent', () => {
  it('[I8] forgets whole versions from the old end and never answers with a hole', () => {
    const recent = new Recent(5)
    recent.reset(10, 'h10')
    const versions = Array.from({ length: 6 }, (_, i) => ({
      version: 11 + i,
      hash: `h${11 + i}`,
      committedAt: new Date(0),
      changes: [added(staff(i)), added(department(i))],
    }))
    recent.push(versions.slice(0, 3))
    recent.push(versions.slice(3))
    expect(recent.after(13)).toBeNull()
    expect(recent.after(14)).toEqual({ hash: 'h14', versions: versions.slice(4) })
    expect(recent.after(16)).toEqual({ hash: 'h16', versions: [] })
    expect(recent.after(17)).toBeNull()
  })
})
