import { setImmediate } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import { ChainHash, changeText, sortChanges } from '../model/canonical.ts'
import type { Entry, EntryChange } from '../model/entry.ts'
import type { Database, Sql, Statement } from './database.ts'
import { reaching } from './failure.ts'
import { LeaseLost, lockLease, type LeaseToken } from './fence.ts'
import { jsonChunks } from './json-chunks.ts'
import type { Head, LogVersion } from './log.ts'

/** What the projector remembers of an LDAP entry. */
export interface NodeWrite {
  readonly id: string
  readonly parentId: string | null
  readonly rdn: string
  readonly csn: string | null
  /** JSON of what the entry was mapped to, before the tree was looked at; null when it was mapped to nothing. */
  readonly source: unknown
  /** The entry in the log, if any. It is saved through `changes`, never by itself. */
  readonly entry: Entry | null
}

export interface Commit {
  readonly changes: readonly EntryChange[]
  readonly nodes: readonly NodeWrite[]
  /** Ids of nodes that are gone. */
  readonly removed: readonly string[]
  /** The position of the directory that is consumed with this commit; null leaves the saved one. */
  readonly cookie: string | null
  /** A full comparison with the directory ends with this commit: its time is noted. */
  readonly reconciled?: boolean
  /** The pass that had stopped (L6) went through with this commit: the stop and the word given for it are over. */
  readonly resumed?: boolean
}

/** A version with its chain hash (L4). */
export type Position = Pick<Head, 'version' | 'hash'>

export interface Appended {
  readonly builtOn: Position
  readonly head: Head
  /** What was made, in order. */
  readonly versions: readonly LogVersion[]
}

/** The head is not the one that a commit was built on: the database was restored to another state. Nothing was written. */
export class HistoryReplaced extends AppError {
  constructor() {
    super('UNAVAILABLE', 'The history in the database is not the one that was there before.')
    this.name = 'HistoryReplaced'
  }
}

/** One commit by itself, on whatever the head is; returns the new head. See `appendAll`. */
export async function append(db: Database, lease: LeaseToken, commit: Commit): Promise<Head> {
  return (await appendAll(db, lease, [commit], null)).head
}

/**
 * Commits changes, nodes and cookies together, and announces them. Each commit with changes makes a version of its own,
 * in order; one without makes none (L5). The lease row is locked and the fencing token checked on database time before
 * anything is written (L9): AppError LeaseLost when another projector has taken over, HistoryReplaced when the head is not
 * `builtOn`, the one on which all this was worked out; null: whatever it is. AppError UNAVAILABLE when the database is
 * away, after which it is not known whether the commit took place. Text that PostgreSQL cannot store is refused before
 * anything is sent.
 */
export async function appendAll(
  db: Database,
  lease: LeaseToken,
  commits: readonly Commit[],
  builtOn: Position | null,
): Promise<Appended> {
  const prepared = await prepare(commits)
  const [part, ...more] = prepared.parts
  // What fits in a statement is a transaction by itself.
  if (builtOn && part && more.length === 0)
    return await reaching(() => finish(db, lease, prepared, part, builtOn))
  return await reaching(() => db.transaction((tx) => appendWithin(tx, lease, prepared, builtOn)))
}

/** Commits, ready to be written. */
export interface Prepared {
  /** The last one moves the head. */
  readonly parts: readonly Part[]
  readonly versions: readonly {
    readonly changes: readonly EntryChange[]
    /** What the changes add to the chain (L4), in its order. */
    readonly texts: readonly string[]
  }[]
  readonly cookie: string | null
  readonly isReconciled: boolean
  readonly isResumed: boolean
}

/** Rows for one statement, as JSON. */
interface Part {
  readonly nodes: string | null
  readonly removed: readonly string[]
  readonly changes: string | null
}

const NOTHING: Part = { nodes: null, removed: [], changes: null }

/** All that takes time and does not need the version, so that the transaction is short. Throws AppError BAD_USER_INPUT. */
export async function prepare(commits: readonly Commit[]): Promise<Prepared> {
  const { nodes, removed } = netNodes(commits)
  const versions = commits
    .filter((commit) => commit.changes.length > 0)
    .map((commit) => ({ changes: sortChanges(commit.changes), texts: [] as string[] }))
  const nodeChunks = await jsonChunks(nodeRows(nodes))
  const changeChunks = await jsonChunks(
    (function* () {
      for (const [i, { changes, texts }] of versions.entries()) {
        for (const change of changes) {
          texts.push(changeText(change))
          yield { v: i + 1, ...change }
        }
      }
    })(),
  )
  const parts = Array.from({ length: Math.max(1, nodeChunks.length, changeChunks.length) }, (_, i) => ({
    nodes: nodeChunks[i] ?? null,
    removed: i === 0 ? removed : [],
    changes: changeChunks[i] ?? null,
  }))
  return {
    parts,
    versions,
    cookie: commits.findLast((commit) => commit.cookie !== null)?.cookie ?? null,
    isReconciled: commits.some((commit) => commit.reconciled),
    isResumed: commits.some((commit) => commit.resumed),
  }
}

/** What becomes of each node in the end. */
function netNodes(commits: readonly Commit[]): Pick<Commit, 'nodes' | 'removed'> {
  const [only, ...more] = commits
  if (only && more.length === 0) return only
  const nodes = new Map<string, NodeWrite>()
  const removed = new Set<string>()
  for (const commit of commits) {
    for (const id of commit.removed) {
      removed.add(id)
      nodes.delete(id)
    }
    for (const node of commit.nodes) {
      removed.delete(node.id)
      nodes.set(node.id, node)
    }
  }
  return { nodes: [...nodes.values()], removed: [...removed] }
}

function* nodeRows(nodes: readonly NodeWrite[]) {
  for (const { id, parentId, rdn, csn, source } of nodes) yield { id, parent_id: parentId, rdn, csn, source }
}

/** The same inside a transaction. */
export async function appendWithin(
  tx: Sql,
  lease: LeaseToken,
  prepared: Prepared,
  builtOn: Position | null,
): Promise<Appended> {
  // Once: while the row is locked nobody can take the lease, however long this lasts.
  await lockLease(tx, lease)
  const start = builtOn ?? (await write(tx, null, prepared, NOTHING, null, null)).before
  for (const part of prepared.parts.slice(0, -1)) await write(tx, null, prepared, part, start.hash, null)
  return await finish(tx, null, prepared, prepared.parts.at(-1) ?? NOTHING, start)
}

/** Writes the last part. `lease` is null where it is locked already. */
async function finish(
  tx: Sql,
  lease: LeaseToken | null,
  prepared: Prepared,
  part: Part,
  builtOn: Position,
): Promise<Appended> {
  const made = await chain(builtOn, prepared)
  const hashes = made.map(({ hash }) => hash)
  const { before, committedAt } = await write(tx, lease, prepared, part, builtOn.hash, hashes)
  return {
    builtOn,
    head: { ...before, ...made.at(-1) },
    versions: made.map((position, i) => ({
      ...position,
      committedAt,
      changes: prepared.versions[i]?.changes ?? [],
    })),
  }
}

/** Texts that are hashed before the event loop gets its turn. */
const SLICE = 500

async function chain(start: Position, { versions }: Prepared): Promise<Position[]> {
  const made: Position[] = []
  let hashed = 0
  for (const { texts } of versions) {
    const { version, hash } = made.at(-1) ?? start
    const next = new ChainHash(hash, version + 1)
    for (const text of texts) {
      next.add(text)
      if (++hashed % SLICE === 0) await setImmediate()
    }
    made.push({ version: version + 1, hash: next.digest() })
  }
  return made
}

const APPEND: Statement = {
  name: 'append_to_log',
  text: `
    SELECT outcome, version, hash, base_version AS "baseVersion", base_hash AS "baseHash", committed_at AS "committedAt"
    FROM append_to_log($1, $2, $3, $4::jsonb, $5::uuid[], $6::jsonb, $7::text[], $8, $9, $10)`,
}

interface Outcome {
  readonly outcome: 'lost' | 'replaced' | 'done'
  readonly version: string
  readonly hash: string
  readonly baseVersion: string
  readonly baseHash: string
  readonly committedAt: Date
}

/** One part; without hashes it is not the last. */
async function write(
  tx: Sql,
  lease: LeaseToken | null,
  { cookie, isReconciled, isResumed }: Prepared,
  { nodes, removed, changes }: Part,
  builtOn: string | null,
  hashes: readonly string[] | null,
): Promise<{ before: Head; committedAt: Date }> {
  const [row] = await tx.run<Outcome>(APPEND, [
    lease?.name ?? null,
    lease?.token ?? null,
    builtOn,
    nodes,
    removed,
    changes,
    hashes,
    cookie,
    isReconciled,
    isResumed,
  ])
  switch (row?.outcome) {
    case 'done': {
      const { hash, baseHash, committedAt } = row
      const before = {
        version: Number(row.version),
        hash,
        baseVersion: Number(row.baseVersion),
        baseHash,
      }
      return { before, committedAt }
    }
    case 'replaced':
      throw new HistoryReplaced()
    case 'lost':
      throw new LeaseLost(lease?.name ?? '')
    case undefined:
      throw new AppError('INTERNAL', 'append_to_log gave no answer')
  }
}
