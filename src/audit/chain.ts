import { createHash } from 'node:crypto'
import type { Database, Statement } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { GENESIS_HASH } from '../model/canonical.ts'

/**
 * The chain of the audit log (T117): hash(n) = SHA-256(hash(n-1), a line break, the text of record n) in hex, numbers
 * without a gap from 1, hash(0) = 64 zeros. The text is every value that there is as name:bytes:value, joined by commas, in
 * the order below. The database makes it in the function audit_text; here it is worked out again from the values alone.
 */
const COLUMNS = [
  ['id', 'id::text'],
  ['at', '(extract(epoch FROM at) * 1000)::bigint::text'],
  ...['action', 'outcome', 'reason', 'source', 'source_key'].map((name) => [name, name] as const),
  ['actor_id', 'actor_id::text'],
  ...['actor_login', 'actor_dn'].map((name) => [name, name] as const),
  ['on_behalf_of', 'on_behalf_of::text'],
  ['subject_kind', 'subject_kind'],
  ['subject_id', 'subject_id::text'],
  ['subject_label', 'subject_label'],
  ['batch_id', 'batch_id::text'],
  ['edit_id', 'edit_id::text'],
  ...['address', 'user_agent', 'request_id'].map((name) => [name, name] as const),
  ['changes', 'changes::text'],
  ['touched', 'touched::text'],
  ['detail', 'detail::text'],
] as const

type Row = Readonly<Record<string, string | null>> & { readonly id: string; readonly hash: string }

const PAGE: Statement = {
  name: 'audit_verify',
  text: `
    SELECT ${COLUMNS.map(([name, value]) => `${value} AS ${name}`).join(', ')}, hash
    FROM audit WHERE id > $1 AND id <= $2 ORDER BY audit.id LIMIT $3`,
}
const HEAD: Statement = {
  name: 'audit_head',
  text: 'SELECT last_id AS id, hash, coalesce((SELECT max(a.id) FROM audit a), 0) AS newest FROM audit_head',
}
/** How many of the triggers that keep the log append-only are in force. */
const GUARDS: Statement = {
  name: 'audit_guards',
  text: `
    SELECT array(
      SELECT t.tgname::text FROM pg_trigger t
      WHERE t.tgrelid IN ('audit'::regclass, 'audit_head'::regclass) AND t.tgenabled IN ('O', 'A')
    ) AS names`,
}
const GUARD_NAMES = ['audit_append_only', 'audit_chain', 'audit_head_kept', 'audit_head_moved']

const PAGE_ROWS = 1000

export interface ChainEnd {
  /** Number of the last record, which is how many there are. */
  readonly count: number
  readonly hash: string
}

export type Verdict =
  | { readonly kind: 'whole'; readonly end: ChainEnd; readonly expectedAt: number | null }
  /** `record`: the number of the first one that is not what was written, or is missing. */
  | { readonly kind: 'broken'; readonly record: number; readonly reason: string }
  /** The chain is whole, and does not contain the hash that somebody has written down. */
  | { readonly kind: 'unexpected'; readonly end: ChainEnd }
  /** The chain is whole so far, and can be changed without anybody noticing at once. */
  | { readonly kind: 'unguarded'; readonly end: ChainEnd; readonly missing: readonly string[] }

/** The text of a record, from its values as the database shows them. */
export function recordText(row: Readonly<Record<string, string | null>>): string {
  return COLUMNS.flatMap(([name]) => {
    const value = row[name] ?? null
    return value === null ? [] : [`${name}:${Buffer.byteLength(value)}:${value}`]
  }).join(',')
}

export function linkHash(previous: string, text: string): string {
  return createHash('sha256').update(`${previous}\n${text}`).digest('hex')
}

/**
 * Walks the whole chain in pages, up to the head of this moment. `expected`: a hash that was the head once and was written
 * down elsewhere: without it somebody who owns the database can cut off the end of the log, or write all of it anew.
 */
export async function verifyChain(
  db: Database,
  expected: string | null,
  onPage: (checked: number) => void = () => {},
): Promise<Verdict> {
  const [head] = await reaching(() => db.run<{ id: string; hash: string; newest: string }>(HEAD, []))
  if (!head) return { kind: 'broken', record: 1, reason: 'the head of the chain is gone' }
  if (Number(head.newest) > Number(head.id))
    return { kind: 'broken', record: Number(head.newest), reason: 'it stands behind the head of the chain' }
  const end = { count: Number(head.id), hash: head.hash }
  let [last, hash]: [number, string] = [0, GENESIS_HASH]
  let expectedAt: number | null = expected === GENESIS_HASH ? 0 : null
  for (;;) {
    const rows = await reaching(() => db.run<Row>(PAGE, [last, end.count, PAGE_ROWS]))
    for (const row of rows) {
      const number = last + 1
      if (row.id !== String(number)) return { kind: 'broken', record: number, reason: 'it is missing' }
      const made = linkHash(hash, recordText(row))
      if (made !== row.hash)
        return { kind: 'broken', record: number, reason: `it is not what was written (${described(row)})` }
      if (made === expected) expectedAt = number
      last = number
      hash = made
    }
    onPage(last)
    if (rows.length < PAGE_ROWS) break
  }
  if (last < end.count)
    return { kind: 'broken', record: last + 1, reason: `it is missing, and so is all up to ${end.count}` }
  if (hash !== end.hash)
    return { kind: 'broken', record: last, reason: 'its hash is not the head of the chain' }
  if (expected !== null && expectedAt === null) return { kind: 'unexpected', end }
  const missing = await missingGuards(db)
  return missing.length > 0 ? { kind: 'unguarded', end, missing } : { kind: 'whole', end, expectedAt }
}

async function missingGuards(db: Database): Promise<string[]> {
  const [row] = await reaching(() => db.run<{ names: readonly string[] }>(GUARDS, []))
  return GUARD_NAMES.filter((name) => row?.names.includes(name) !== true)
}

function described(row: Row): string {
  const at = new Date(Number(row['at'])).toISOString()
  return `${row['action'] ?? ''} of ${row['actor_login'] ?? row['actor_dn'] ?? 'nobody'}, ${at}`
}
