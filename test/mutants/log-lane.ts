import { appendAll, appendWithin, prepare, type Commit } from '../../src/changelog/append.ts'
import type { Database } from '../../src/changelog/database.ts'
import type { LeaseToken } from '../../src/changelog/fence.ts'
import { loadState, readHead, readSince } from '../../src/changelog/log.ts'
import { prune } from '../../src/changelog/prune.ts'
import { Replica } from '../../src/changelog/replica.ts'
import { pause } from '../../src/clock.ts'
import type { Logger } from '../../src/log.ts'
import { canonicalJson, chainHash, GENESIS_HASH } from '../../src/model/canonical.ts'
import type { Entry } from '../../src/model/entry.ts'
import type { HeadState } from '../../src/model/state.ts'
import { added, staff } from '../support/entries.ts'

/** An empty database, and who may write into it. */
export interface Place {
  readonly db: Database
  /** Runs SQL beside it. */
  readonly sql: (text: string) => Promise<readonly Record<string, unknown>[]>
  /** Two, so that nothing but the counter itself keeps two writers apart. */
  readonly leases: readonly [LeaseToken, LeaseToken]
  readonly log: Logger
}

const TABLES = ['log_head', 'log_version', 'log_change', 'entry']
const PATIENCE_MS = 8000

const commitOf = (n: number): Commit => ({ changes: [added(staff(n))], nodes: [], removed: [], cookie: null })
const contents = (entries: Iterable<Entry>) => [...entries].map(canonicalJson).toSorted()
const contentsOf = (state: HeadState) => contents(state.all('staff'))

/** What the log promises to several writers and readers, over real PostgreSQL. Each throws where a promise is broken. */
export const SCENES = { writers, restored, pruned } as const

/** [L2] Versions are contiguous, in commit order and chained, whoever writes at the same time; readers get them so. */
async function writers({ db, sql, leases, log }: Place): Promise<void> {
  const stop = new AbortController()
  const replica = await Replica.open(db, log, stop.signal)
  const told: number[] = []
  replica.onAdvance((versions) => void told.push(...versions.map((v) => v.version)))
  try {
    const [one, other] = [await prepare([commitOf(1)]), await prepare([commitOf(2)])]
    let second: Promise<unknown> = Promise.resolve()
    await db.transaction(async (tx) => {
      await appendWithin(tx, leases[0], one, null)
      second = db.transaction((later) => appendWithin(later, leases[1], other, null))
      second.catch(() => {})
      let hasEnded = false
      void second.finally(() => (hasEnded = true)).catch(() => {})
      await until('the second writer waits', async () => hasEnded || (await isWaiting(sql)))
      expectThat(!hasEnded, 'the second writer did not wait for the first')
    })
    await second
    for (let n = 3; n < 9; n++) await appendAll(db, leases[n % 2 ? 0 : 1], [commitOf(n)], null)
    const versions = await readSince(db, 0, 100)
    let hash = GENESIS_HASH
    for (const [i, version] of versions.entries()) {
      expectThat(version.version === i + 1, `version ${version.version} at place ${i + 1}`)
      hash = chainHash(hash, version.version, version.changes)
      expectThat(version.hash === hash, `version ${version.version} does not follow the one before`)
    }
    await until('the replica is there', async () => replica.version === 8)
    expectThat(told.join() === '1,2,3,4,5,6,7,8', `the replica was told ${told.join()}`)
    await expectCurrent(db, replica)
  } finally {
    stop.abort()
  }
}

/** [C2] [R1] An instance finds out that history was replaced, whether it is behind, level or ahead. */
async function restored({ db, leases, log }: Place): Promise<void> {
  await appendAll(db, leases[0], [commitOf(1)], null)
  for (const table of TABLES) await run(db, `CREATE TABLE backup_${table} AS TABLE ${table}`)
  for (const length of [0, 1, 3]) {
    await appendAll(db, leases[0], [commitOf(2)], null)
    const stop = new AbortController()
    const replica = await Replica.open(db, log, stop.signal)
    let diverged = 0
    replica.onDiverged(() => diverged++)
    await db.transaction(async (tx) => {
      for (const table of TABLES) {
        await tx.run({ name: `clear ${table}`, text: `TRUNCATE ${table}` }, [])
        await tx.run({ name: `restore ${table}`, text: `INSERT INTO ${table} TABLE backup_${table}` }, [])
      }
      for (let i = 0; i < length; i++)
        await appendWithin(tx, leases[0], await prepare([commitOf(10 + 3 * length + i)]), null)
    })
    try {
      await until('the instance notices', async () => diverged > 0)
      await expectCurrent(db, replica)
      const wanted = await readSince(db, 1, 100)
      const found = await replica.changesAfter(1)
      expectThat(found.kind === 'versions', 'the version before the restore is not known any more')
      if (found.kind === 'versions')
        expectThat(canonicalJson(found.versions) === canonicalJson(wanted), 'versions of two histories')
    } finally {
      stop.abort()
      await run(db, `DELETE FROM entry`)
      await run(db, `INSERT INTO entry TABLE backup_entry`)
      for (const table of TABLES.slice(0, 3)) {
        await run(db, `DELETE FROM ${table}`)
        await run(db, `INSERT INTO ${table} TABLE backup_${table}`)
      }
    }
  }
}

/** [L7] A position at the base is served whole, one below it is told that it was pruned: never a hole. */
async function pruned({ db, leases, log }: Place): Promise<void> {
  for (let n = 1; n < 9; n++) await appendAll(db, leases[0], [commitOf(n)], null)
  await run(db, `UPDATE log_version SET committed_at = committed_at - interval '2 days'`)
  const all = await readSince(db, 0, 100)
  const base = await prune(db, { maxAgeDays: 365, maxVersions: 4 })
  const stop = new AbortController()
  const replica = await Replica.open(db, log, stop.signal)
  try {
    for (let from = 0; from <= 8; from++) {
      const found = await replica.changesAfter(from)
      if (from < base) expectThat(found.kind === 'pruned', `${from} below the base ${base} is ${found.kind}`)
      else {
        const wanted = all.filter((v) => v.version > from).map((v) => v.changes)
        const got = found.kind === 'versions' ? found.versions.map((v) => v.changes) : null
        expectThat(canonicalJson(got) === canonicalJson(wanted), `what follows ${from} has a hole`)
      }
    }
  } finally {
    stop.abort()
  }
}

async function expectCurrent(db: Database, replica: Replica): Promise<void> {
  const { head, entries } = await loadState(db)
  expectThat(replica.version === head.version, `the instance is at ${replica.version}, not ${head.version}`)
  expectThat(replica.hash === (await readHead(db)).hash, 'the instance has the hash of another history')
  const isSame = contents(entries).join() === contentsOf(replica.state).join()
  expectThat(isSame, 'the instance has entries of another history')
}

async function isWaiting(sql: Place['sql']): Promise<boolean> {
  const rows = await sql(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )
  return rows.length > 0
}

const run = (db: Database, text: string) => db.run({ name: text.slice(0, 60), text }, [])

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !(await isSo()); await pause(10))
    if (performance.now() > end) throw new Error(`it never came to this: ${what}`)
}
