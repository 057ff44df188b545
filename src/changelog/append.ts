import { lockLease, type LeaseToken } from './fence.ts'
import { AppError } from '../errors.ts'
import { chainHashOf, changeText, sortChanges } from '../model/canonical.ts'
import type { Entry, EntryChange } from '../model/entry.ts'
import type { Database, Transaction } from './database.ts'
import { reaching } from './failure.ts'
import type { Head } from './log.ts'
import { jsonChunks } from './json-chunks.ts'
import { CHANGELOG_CHANNEL } from './wake.ts'

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
  /** Chain hash of the head on which all this was worked out; absent: whatever the head is. */
  readonly builtOn?: string
}

/** The head is not the one that a commit was built on: the database was restored to another state. Nothing was written. */
export class HistoryReplaced extends AppError {
  constructor() {
    super('UNAVAILABLE', 'The history in the database is not the one that was there before.')
    this.name = 'HistoryReplaced'
  }
}

/**
 * Commits changes, nodes and cookie together, and announces them; returns the new head. Without changes there is no new
 * version (L5). The lease row is locked and the fencing token checked on database time before anything is written (L9):
 * AppError LeaseLost when another projector has taken over, HistoryReplaced when `builtOn` is not the head. AppError
 * UNAVAILABLE when the database is away, after which it is not known whether the commit took place. Text that PostgreSQL
 * cannot store is refused before anything is sent.
 */
export async function append(db: Database, lease: LeaseToken, commit: Commit): Promise<Head> {
  const nodes = await jsonChunks(rowsOf(commit.nodes))
  const changes = await prepareChanges(commit.changes)
  const rows = commit.nodes.length + commit.removed.length + commit.changes.length
  const work = async (tx: Transaction) => {
    await lockLease(tx, lease)
    await saveNodes(tx, nodes, commit.removed)
    await saveSource(tx, commit)
    if (commit.changes.length > 0) return await appendVersion(tx, changes, commit.builtOn)
    const head = await tx.logHead.findUniqueOrThrow({ where: { id: 1 } })
    requireHead(head.hash, commit.builtOn)
    await announce(tx, Number(head.version))
    return headOf(head)
  }
  return await reaching(() => db.prisma.$transaction(work, { timeout: 30_000 + rows * 2 }))
}

/** The changes of a version, ready to be written. */
export interface PreparedChanges {
  /** Rows of `log_change` as JSON. */
  readonly chunks: readonly string[]
  /** What they add to the chain (L4), in its order. */
  readonly texts: readonly string[]
}

/** All that takes time and does not need the version, so that the transaction is short. Throws AppError BAD_USER_INPUT. */
export async function prepareChanges(changes: readonly EntryChange[]): Promise<PreparedChanges> {
  const texts: string[] = []
  const chunks = await jsonChunks(
    (function* () {
      for (const change of sortChanges(changes)) {
        texts.push(changeText(change))
        yield change
      }
    })(),
  )
  return { chunks, texts }
}

/**
 * Takes the next version and writes it. Nobody else can take one before the transaction ends, which is what makes
 * versions contiguous and puts them into commit order (L2); so this comes last in a transaction.
 */
export async function appendVersion(
  tx: Transaction,
  { chunks, texts }: PreparedChanges,
  builtOn?: string,
): Promise<Head> {
  const [taken] = await tx.$queryRaw<HeadRow[]>`
    UPDATE log_head SET version = version + 1 WHERE id = 1
    RETURNING version, hash, base_version AS "baseVersion", base_hash AS "baseHash"`
  if (!taken) throw new AppError('INTERNAL', 'the database has no counter row')
  requireHead(taken.hash, builtOn)
  const version = Number(taken.version)
  const hash = chainHashOf(taken.hash, version, texts)
  for (const chunk of chunks) await insertChanges(tx, version, chunk)
  await tx.$executeRaw`
    WITH head AS (UPDATE log_head SET hash = ${hash} WHERE id = 1)
    INSERT INTO log_version (version, hash) VALUES (${version}, ${hash})`
  await announce(tx, version)
  return { ...headOf(taken), hash }
}

function requireHead(hash: string, builtOn: string | undefined): void {
  if (builtOn !== undefined && builtOn !== hash) throw new HistoryReplaced()
}

interface HeadRow {
  readonly version: bigint
  readonly hash: string
  readonly baseVersion: bigint
  readonly baseHash: string
}

function headOf({ version, hash, baseVersion, baseHash }: HeadRow): Head {
  return { version: Number(version), hash, baseVersion: Number(baseVersion), baseHash }
}

/** The log and what it adds up to, in one statement. */
async function insertChanges(tx: Transaction, version: number, chunk: string): Promise<void> {
  await tx.$executeRaw`
    WITH rows AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${chunk}::jsonb) AS r(kind text, id uuid, before jsonb, after jsonb)
    ), logged AS (
      INSERT INTO log_change (version, kind, entry_id, before, after)
      SELECT ${version}, kind, id, before, after FROM rows
    ), gone AS (
      DELETE FROM entry e USING rows r WHERE e.kind = r.kind AND e.id = r.id AND r.after IS NULL
    )
    INSERT INTO entry (id, kind, content) SELECT id, kind, after FROM rows WHERE after IS NOT NULL
    ON CONFLICT (id, kind) DO UPDATE SET content = excluded.content`
}

function* rowsOf(nodes: readonly NodeWrite[]) {
  for (const { id, parentId, rdn, csn, source } of nodes) yield { id, parent_id: parentId, rdn, csn, source }
}

async function saveNodes(
  tx: Transaction,
  chunks: readonly string[],
  removed: readonly string[],
): Promise<void> {
  if (removed.length > 0) await tx.$executeRaw`DELETE FROM node WHERE id = ANY(${removed}::uuid[])`
  for (const chunk of chunks) {
    await tx.$executeRaw`
      INSERT INTO node (id, parent_id, rdn, csn, source)
      SELECT id, parent_id, rdn, csn, source FROM jsonb_to_recordset(${chunk}::jsonb)
        AS r(id uuid, parent_id uuid, rdn text, csn text, source jsonb)
      ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id, rdn = excluded.rdn, csn = excluded.csn,
        source = excluded.source`
  }
}

async function saveSource(tx: Transaction, { cookie, reconciled, resumed }: Commit): Promise<void> {
  if (cookie === null && !reconciled && !resumed) return
  await tx.$executeRaw`
    UPDATE source SET cookie = coalesce(${cookie}, cookie),
      reconciled_at = CASE WHEN ${reconciled === true} THEN clock_timestamp() ELSE reconciled_at END,
      stopped = CASE WHEN ${resumed === true} THEN NULL ELSE stopped END,
      confirmed = confirmed AND NOT ${resumed === true}
    WHERE id = 1`
}

/** Told when the transaction commits, not before. */
async function announce(tx: Transaction, version: number): Promise<void> {
  await tx.$executeRaw`SELECT pg_notify(${CHANGELOG_CHANNEL}, ${String(version)})`
}
