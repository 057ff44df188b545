import { setImmediate } from 'node:timers/promises'
import type { Entry, EntryChange, EntryKind } from '../model/entry.ts'
import { AppError } from '../errors.ts'
import type { Database, Sql, Statement } from './database.ts'
import { reaching } from './failure.ts'

/** Where the log stands. `hash` is the chain hash of `version` (L4); nothing below the base can be read (L7). */
export interface Head {
  readonly version: number
  readonly hash: string
  readonly baseVersion: number
  readonly baseHash: string
}

/** A version as it was committed; its changes are ordered by kind and id. */
export interface LogVersion {
  readonly version: number
  readonly hash: string
  readonly committedAt: Date
  readonly changes: readonly EntryChange[]
}

/** Entries that are read at once when the state is loaded. */
const PAGE = 5000
/** Rows that are looked at in one turn of the event loop. */
const SLICE = 5000

const HEAD: Statement = {
  name: 'log_head',
  text: `SELECT version, hash, base_version AS "baseVersion", base_hash AS "baseHash" FROM log_head WHERE id = 1`,
}

/** Throws AppError UNAVAILABLE, as all of these do while the database is away. */
export function readHead(db: Database): Promise<Head> {
  return reaching(() => selectHead(db))
}

/** At most `limit` versions after `version`, in order and without a gap (L2). */
export async function readSince(db: Database, version: number, limit: number): Promise<LogVersion[]> {
  const versions = await groupByVersion((await selectFrom(db, version, limit)).filter(isChange))
  return versions.slice(0, limit)
}

/**
 * At most `limit` versions after a position, when the position is in this history; null when it is not, or not any more.
 * One statement answers both, so that versions of another history never follow ours.
 */
export async function readAfter(
  db: Database,
  at: { readonly version: number; readonly hash: string },
  limit: number,
): Promise<LogVersion[] | null> {
  const rows = await selectFrom(db, at.version, limit)
  const [own] = rows
  if (!own || Number(own.version) !== at.version || own.hash !== at.hash) return null
  return groupByVersion(rows.filter(isChange))
}

const FROM: Statement = {
  name: 'log_from',
  text: `
    SELECT v.version, v.hash, v.committed_at AS "committedAt", c.kind, c.entry_id AS id, c.before, c.after
    FROM (SELECT * FROM log_version WHERE version >= $1 ORDER BY version LIMIT $2) v
    LEFT JOIN log_change c ON c.version = v.version AND c.version > $1
    ORDER BY v.version, c.kind COLLATE "C", c.entry_id`,
}

/** The version itself without its changes, when there is such a one, and at most `limit` after it. */
function selectFrom(db: Database, version: number, limit: number): Promise<(ChangeRow | NoChangeRow)[]> {
  return reaching(() => db.run<ChangeRow | NoChangeRow>(FROM, [version, limit + 1]))
}

function isChange(row: ChangeRow | NoChangeRow): row is ChangeRow {
  return row.kind !== null
}

/** The chain hash of a version from the base to the head, both included; null for any other. */
export async function versionHash(db: Database, version: number): Promise<string | null> {
  const rows = await reaching(
    () => db.prisma.$queryRaw<{ hash: string }[]>`SELECT hash FROM log_version WHERE version = ${version}`,
  )
  return rows[0]?.hash ?? null
}

const ENTRIES: Statement = {
  name: 'log_entries',
  text: `SELECT id, kind, content FROM entry WHERE (id, kind) > ($1::uuid, $2) ORDER BY id, kind LIMIT $3`,
}

/** The whole directory at the head, as of one moment. */
export function loadState(db: Database): Promise<{ head: Head; entries: Entry[] }> {
  return reaching(() =>
    db.snapshot(async (tx) => {
      const head = await selectHead(tx)
      const entries: Entry[] = []
      let after = { id: '00000000-0000-0000-0000-000000000000', kind: '' }
      for (;;) {
        const rows = await tx.run<{ id: string; kind: string; content: unknown }>(ENTRIES, [
          after.id,
          after.kind,
          PAGE,
        ])
        for (const { content } of rows) entries.push(storedEntry(content))
        const last = rows.at(-1)
        if (!last || rows.length < PAGE) return { head, entries }
        after = last
      }
    }),
  )
}

async function selectHead(tx: Sql): Promise<Head> {
  const [row] = await tx.run<{ version: string; hash: string; baseVersion: string; baseHash: string }>(
    HEAD,
    [],
  )
  if (!row) throw new AppError('INTERNAL', 'the database has no counter row')
  const { version, hash, baseVersion, baseHash } = row
  return { version: Number(version), hash, baseVersion: Number(baseVersion), baseHash }
}

interface ChangeRow {
  readonly version: string
  readonly hash: string
  readonly committedAt: Date
  readonly kind: EntryKind
  readonly id: string
  readonly before: unknown
  readonly after: unknown
}

/** Of the position itself, whose changes are not asked for. */
type NoChangeRow = Pick<ChangeRow, 'version' | 'hash' | 'committedAt'> & { readonly kind: null }

/** In slices: a version may be large. */
async function groupByVersion(rows: readonly ChangeRow[]): Promise<LogVersion[]> {
  const versions: { version: number; hash: string; committedAt: Date; changes: EntryChange[] }[] = []
  for (const [i, row] of rows.entries()) {
    if (i % SLICE === SLICE - 1) await setImmediate()
    const version = Number(row.version)
    let group = versions.at(-1)
    if (group?.version !== version) {
      group = { version, hash: row.hash, committedAt: row.committedAt, changes: [] }
      versions.push(group)
    }
    group.changes.push({
      kind: row.kind,
      id: row.id,
      before: row.before === null ? null : storedEntry(row.before),
      after: row.after === null ? null : storedEntry(row.after),
    })
  }
  return versions
}

/** An entry as `append` wrote it. It was parsed before it was appended, so that only its frame is looked at again. */
export function storedEntry(content: unknown): Entry {
  if (!isEntry(content)) throw new Error('the log holds something that is not an entry')
  return content
}

function isEntry(content: unknown): content is Entry {
  return typeof content === 'object' && content !== null && 'kind' in content && 'id' in content
}
