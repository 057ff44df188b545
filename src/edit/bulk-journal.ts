import type { Whence } from '../audit/record.ts'
import type { Database, Sql, Statement } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import { CLAIMING, COLUMNS, HELD_MS, parseEntry, type Claim, type JournalEntry } from './journal.ts'
import { draftSchema, recordOf, type RecordDraft } from './record.ts'
import { tracesSchema, type Plan, type Trace } from './step.ts'

/** Of one of many edits that are claimed together; actor and batch are those of all. */
export type BulkClaim = Pick<Claim, 'id' | 'name' | 'inputHash' | 'shared' | 'exclusive'> & {
  readonly key: string
}

export interface Batch {
  readonly staffId: string
  readonly batchId: string
  /** The integration that has started it; absent: a person has. */
  readonly via?: Whence['via']
}

/** One of many edits that is done. */
export interface Finished {
  readonly id: string
  readonly name: string
  readonly subjectId: string
  readonly written: readonly Trace[]
}

const LOCK: Statement = { name: 'edit_bulk_claiming', text: 'SELECT pg_advisory_xact_lock($1)' }
/** They do not see each other: whoever claims many together knows that they do not cross each other. */
const CLAIM: Statement = {
  name: 'edit_bulk_claim',
  text: `
    INSERT INTO edit (id, actor_id, name, key, input_hash, state, shared, exclusive, written, holder, held_until, batch_id)
    SELECT c.id, $2, c.name, c.key, c."inputHash", 'RUNNING', c.shared, c.exclusive, '[]', $4,
      clock_timestamp() + make_interval(secs => $5), $3
    FROM jsonb_to_recordset($1::jsonb)
      AS c(id uuid, name text, key text, "inputHash" text, shared text[], exclusive text[])
    WHERE NOT EXISTS (
      SELECT FROM edit e WHERE e.finished_at IS NULL
        AND (e.exclusive && (c.shared || c.exclusive) OR e.shared && c.exclusive)
    )
    ON CONFLICT (actor_id, key) DO NOTHING RETURNING id`,
}
const PLAN: Statement = {
  name: 'edit_bulk_plan',
  text: `
    UPDATE edit SET plan = p.plan, record = p.draft, held_until = clock_timestamp() + make_interval(secs => $3)
    FROM jsonb_to_recordset($1::jsonb) AS p(id uuid, plan jsonb, draft jsonb)
    WHERE edit.id = p.id AND edit.holder = $2 AND edit.finished_at IS NULL RETURNING edit.id`,
}
const FINISH: Statement = {
  name: 'edit_bulk_finish',
  text: `
    UPDATE edit SET state = 'DONE', subject_id = f."subjectId", written = f.written, finished_at = clock_timestamp()
    FROM jsonb_to_recordset($1::jsonb) AS f(id uuid, "subjectId" uuid, written jsonb)
    WHERE edit.id = f.id AND edit.holder = $2 AND edit.finished_at IS NULL RETURNING edit.id, edit.record`,
}
const FORGET: Statement = {
  name: 'edit_bulk_forget',
  text: `DELETE FROM edit WHERE id = ANY ($1::uuid[]) AND holder = $2 AND finished_at IS NULL`,
}
const HOLD: Statement = {
  name: 'edit_bulk_hold',
  text: `
    UPDATE edit SET held_until = clock_timestamp() + make_interval(secs => $3)
    WHERE id = ANY ($1::uuid[]) AND holder = $2 AND finished_at IS NULL RETURNING id`,
}
const BY_KEYS: Statement = {
  name: 'edit_bulk_by_keys',
  text: `SELECT ${COLUMNS}, key FROM edit WHERE actor_id = $1 AND key = ANY ($2::text[])`,
}
/** Of a batch itself nothing is asked: it has waited for what it wrote. */
const RECENT: Statement = {
  name: 'edit_bulk_recent',
  text: `
    SELECT written FROM (
      SELECT * FROM edit WHERE batch_id IS NULL AND finished_at > clock_timestamp() - interval '1 minute'
      UNION ALL
      SELECT * FROM edit WHERE batch_id <> $3 AND finished_at > clock_timestamp() - interval '3 seconds'
    ) AS lately
    WHERE exclusive && ($1::text[] || $2::text[]) OR shared && $2::text[]
    ORDER BY finished_at`,
}

export type KeyedEntry = JournalEntry & { readonly key: string }

/** The journal of edits for many at a time: one statement where the journal has one for each edit. Same rows, same promises. */
export class BulkJournal {
  readonly #db: Database
  readonly #audit: Pick<AuditLog, 'append'>
  readonly #holder: string
  readonly #heldSeconds: number

  /** `holder`: the same as that of the journal beside it. */
  constructor(db: Database, audit: Pick<AuditLog, 'append'>, holder: string, heldMs = HELD_MS) {
    this.#db = db
    this.#audit = audit
    this.#holder = holder
    this.#heldSeconds = heldMs / 1000
  }

  /** Ids of those that are ours now; the others cross an edit that is running, or their key was used before. */
  async claim({ staffId, batchId }: Batch, claims: readonly BulkClaim[]): Promise<ReadonlySet<string>> {
    const values = [JSON.stringify(claims), staffId, batchId, this.#holder, this.#heldSeconds]
    const rows = await reaching(() =>
      this.#db.transaction(async (tx) => {
        await tx.run(LOCK, [CLAIMING])
        return await tx.run<{ id: string }>(CLAIM, values)
      }),
    )
    return new Set(rows.map(({ id }) => id))
  }

  async byKeys(staffId: string, keys: readonly string[]): Promise<KeyedEntry[]> {
    const rows = await reaching(() => this.#db.run<KeyedEntry>(BY_KEYS, [staffId, keys]))
    return rows.map((row) => ({ ...parseEntry(row), key: row.key }))
  }

  /** Nothing of them is written yet. False when one of them is not ours any more. */
  async plan(
    plans: readonly { readonly id: string; readonly plan: Plan; readonly draft: RecordDraft }[],
  ): Promise<boolean> {
    return await this.#changed(PLAN, plans.length, [JSON.stringify(plans), this.#holder, this.#heldSeconds])
  }

  async hold(ids: readonly string[]): Promise<boolean> {
    return await this.#changed(HOLD, ids.length, [ids, this.#holder, this.#heldSeconds])
  }

  /** Others may finish them at once. */
  async letGo(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await reaching(() => this.#db.run(HOLD, [ids, this.#holder, 0]))
  }

  async forget(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await reaching(() => this.#db.run(FORGET, [ids, this.#holder]))
  }

  /** With their records in the audit log, as part of a transaction. False when one of them is not ours any more. */
  async finish(tx: Sql, { staffId }: Batch, finished: readonly Finished[]): Promise<boolean> {
    if (finished.length === 0) return true
    const values = [JSON.stringify(finished), this.#holder]
    const rows = await tx.run<{ id: string; record: unknown }>(FINISH, values)
    const drafts = new Map(rows.map(({ id, record }) => [id, record]))
    const records = finished.map(({ id, name, subjectId, written }) => {
      const draft = drafts.get(id) ?? null
      const edit = { id, actorId: staffId, name }
      return recordOf(edit, 'DONE', subjectId, draft === null ? null : draftSchema.parse(draft), written)
    })
    // Records are the last of what a transaction may wait for.
    if (rows.length === finished.length) await this.#audit.append(tx, records)
    return rows.length === finished.length
  }

  async recent(
    { batchId }: Batch,
    { shared, exclusive }: Pick<Claim, 'shared' | 'exclusive'>,
  ): Promise<Trace[]> {
    const values = [shared, exclusive, batchId]
    const rows = await reaching(() => this.#db.run<{ written: unknown }>(RECENT, values))
    return rows.flatMap((row) => tracesSchema.parse(row.written))
  }

  async #changed(statement: Statement, count: number, values: readonly unknown[]): Promise<boolean> {
    if (count === 0) return true
    return (await reaching(() => this.#db.run(statement, values))).length === count
  }
}
