import type { Database, Statement } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import { draftSchema, recordOf, type RecordDraft } from './record.ts'
import { planSchema, tracesSchema, type Plan, type Trace } from './step.ts'

/** Who edits what, under which names. */
export interface Claim {
  readonly id: string
  readonly actorId: string
  readonly name: string
  /** The caller's idempotency key. */
  readonly key: string | null
  readonly inputHash: string
  /** Subjects that must not change while the edit runs; any number of edits may hold one. */
  readonly shared: readonly string[]
  /** Subjects that the edit changes: nobody else may hold them. */
  readonly exclusive: readonly string[]
}

/** `UNDOING`: a step could not be made, and those before it are taken back. */
export type EditState = 'RUNNING' | 'UNDOING' | 'DONE' | 'UNDONE'

export interface JournalEntry {
  readonly id: string
  readonly actorId: string
  readonly name: string
  readonly inputHash: string
  readonly state: EditState
  /** Null: it was not decided what to do. */
  readonly plan: Plan | null
  readonly written: readonly Trace[]
  readonly subjectId: string | null
  /** What was answered, of work that is no edit of the directory. */
  readonly answer: unknown
}

type Named = Pick<Claim, 'id' | 'actorId' | 'name'>

/** How long an edit whose process fell silent is left alone, in milliseconds. */
export const HELD_MS = 15_000
/** Edits are claimed one at a time; the number is ours alone. */
export const CLAIMING = 4_204_204_204

const LOCK: Statement = { name: 'edit_claiming', text: 'SELECT pg_advisory_xact_lock($1)' }
const CLAIM: Statement = {
  name: 'edit_claim',
  text: `
    INSERT INTO edit (id, actor_id, name, key, input_hash, state, shared, exclusive, written, holder, held_until)
    SELECT $1, $2, $3, $4, $5, 'RUNNING', $6, $7, '[]', $8, clock_timestamp() + make_interval(secs => $9)
    WHERE NOT EXISTS (
      SELECT FROM edit WHERE finished_at IS NULL AND (exclusive && ($6::text[] || $7::text[]) OR shared && $7::text[])
    )
    ON CONFLICT (actor_id, key) DO NOTHING RETURNING id`,
}

/** Of a journal entry. */
export const COLUMNS = `id, actor_id AS "actorId", name, input_hash AS "inputHash", state, plan, written, subject_id AS "subjectId", answer`
const BY_KEY: Statement = {
  name: 'edit_by_key',
  text: `SELECT ${COLUMNS} FROM edit WHERE actor_id = $1 AND key = $2`,
}
const PLAN: Statement = {
  name: 'edit_plan',
  text: `
    UPDATE edit SET state = 'RUNNING', plan = $3, record = $5, written = '[]',
      held_until = clock_timestamp() + make_interval(secs => $4)
    WHERE id = $1 AND holder = $2 AND finished_at IS NULL RETURNING id`,
}
const NOTE: Statement = {
  name: 'edit_note',
  text: `
    UPDATE edit SET written = $3, held_until = clock_timestamp() + make_interval(secs => $4)
    WHERE id = $1 AND holder = $2 AND finished_at IS NULL RETURNING id`,
}
const UNDO: Statement = {
  name: 'edit_undo',
  text: `
    UPDATE edit SET state = 'UNDOING', written = $3,
      held_until = clock_timestamp() + make_interval(secs => $4)
    WHERE id = $1 AND holder = $2 AND finished_at IS NULL RETURNING id`,
}
const FINISH: Statement = {
  name: 'edit_finish',
  text: `
    UPDATE edit SET state = $3, subject_id = $4, finished_at = clock_timestamp()
    WHERE id = $1 AND holder = $2 AND finished_at IS NULL RETURNING record, written`,
}
const ANSWERED: Statement = {
  name: 'edit_answered',
  text: `
    UPDATE edit SET state = 'DONE', answer = $3, finished_at = clock_timestamp()
    WHERE id = $1 AND holder = $2 AND finished_at IS NULL RETURNING id`,
}
const FORGET: Statement = {
  name: 'edit_forget',
  text: `DELETE FROM edit WHERE id = $1 AND holder = $2 AND finished_at IS NULL`,
}
const HOLD: Statement = {
  name: 'edit_hold',
  text: `UPDATE edit SET held_until = clock_timestamp() + make_interval(secs => $3) WHERE id = $1 AND holder = $2`,
}
const TAKE_OVER: Statement = {
  name: 'edit_take_over',
  text: `
    UPDATE edit SET holder = $1, held_until = clock_timestamp() + make_interval(secs => $2)
    WHERE id = (
      SELECT id FROM edit WHERE finished_at IS NULL AND held_until <= clock_timestamp()
      ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING ${COLUMNS}`,
}
/**
 * What was written lately by edits that this one must not be decided without. Those of an import are in the log before they
 * are finished: every instance has them a moment later.
 */
const RECENT: Statement = {
  name: 'edit_recent',
  text: `
    SELECT written FROM (
      SELECT * FROM edit WHERE batch_id IS NULL AND finished_at > clock_timestamp() - interval '1 minute'
      UNION ALL
      SELECT * FROM edit WHERE batch_id IS NOT NULL AND finished_at > clock_timestamp() - interval '3 seconds'
    ) AS lately
    WHERE exclusive && ($1::text[] || $2::text[]) OR shared && $2::text[]
    ORDER BY finished_at`,
}
const PRUNE: Statement = {
  name: 'edit_prune',
  text: `DELETE FROM edit WHERE finished_at IS NOT NULL AND created_at < clock_timestamp() - make_interval(days => $1)`,
}

/**
 * The journal of edits in PostgreSQL: what is planned is written down before the directory is touched, so that a crash at
 * any point leaves an edit that can be finished or undone, and that holds its subjects until then. An edit belongs to
 * one holder at a time; one that has lost it learns so (`false`) and stops. AppError UNAVAILABLE without the database.
 */
export class Journal {
  readonly #db: Database
  readonly #audit: Pick<AuditLog, 'append'>
  readonly #holder: string
  readonly #heldSeconds: number

  /** `holder`: unique among all processes that ever ran. */
  constructor(db: Database, audit: Pick<AuditLog, 'append'>, holder: string, heldMs = HELD_MS) {
    this.#heldSeconds = heldMs / 1000
    this.#db = db
    this.#audit = audit
    this.#holder = holder
  }

  /** False when one of the subjects is held, or the key was used before. */
  async claim(c: Claim): Promise<boolean> {
    const { id, actorId, name, key, inputHash, shared, exclusive } = c
    const held = [this.#holder, this.#heldSeconds]
    const values = [id, actorId, name, key, inputHash, shared, exclusive, ...held]
    const rows = await reaching(() =>
      this.#db.transaction(async (tx) => {
        await tx.run(LOCK, [CLAIMING])
        return await tx.run(CLAIM, values)
      }),
    )
    return rows.length > 0
  }

  async byKey(actorId: string, key: string): Promise<JournalEntry | null> {
    return (await this.#entries(BY_KEY, [actorId, key]))[0] ?? null
  }

  /** Nothing of it is written yet. `draft`: what will stand in the audit log, whoever finishes it. */
  plan(id: string, plan: Plan, draft: RecordDraft): Promise<boolean> {
    const texts = [JSON.stringify(plan), this.#heldSeconds, JSON.stringify(draft)]
    return this.#changed(PLAN, [id, this.#holder, ...texts])
  }

  note(id: string, written: readonly Trace[]): Promise<boolean> {
    return this.#changed(NOTE, [id, this.#holder, JSON.stringify(written), this.#heldSeconds])
  }

  /** From here on what was written is taken back, also after a crash. */
  undo(id: string, written: readonly Trace[]): Promise<boolean> {
    return this.#changed(UNDO, [id, this.#holder, JSON.stringify(written), this.#heldSeconds])
  }

  /** Together with its record in the audit log: one, however often it was left and taken up. */
  async finish(named: Named, state: 'DONE' | 'UNDONE', subjectId: string | null): Promise<void> {
    await reaching(() =>
      this.#db.transaction(async (tx) => {
        const values = [named.id, this.#holder, state, subjectId]
        const [finished] = await tx.run<{ record: unknown; written: unknown }>(FINISH, values)
        if (!finished) return
        const draft = finished.record === null ? null : draftSchema.parse(finished.record)
        const written = tracesSchema.parse(finished.written)
        await this.#audit.append(tx, [recordOf(named, state, subjectId, draft, written)])
      }),
    )
  }

  /** Work that is no edit of the directory is done; whoever did it has seen to its record. */
  async answered(id: string, answer: unknown): Promise<void> {
    await this.#changed(ANSWERED, [id, this.#holder, JSON.stringify(answer)])
  }

  /** It was refused before anything was written: as if it had never been asked. */
  async forget(id: string): Promise<void> {
    await this.#changed(FORGET, [id, this.#holder])
  }

  /** Somebody else may finish it at once. */
  async letGo(id: string): Promise<void> {
    await this.#changed(HOLD, [id, this.#holder, 0])
  }

  /** Held anew: work on it goes on, or it could not be finished now and others come first. */
  async postpone(id: string): Promise<void> {
    await this.#changed(HOLD, [id, this.#holder, this.#heldSeconds])
  }

  /** What finished edits of the last minute have written about these subjects, in their order. */
  async recent({ shared, exclusive }: Pick<Claim, 'shared' | 'exclusive'>): Promise<Trace[]> {
    const rows = await reaching(() => this.#db.run<{ written: unknown }>(RECENT, [shared, exclusive]))
    return rows.flatMap((row) => tracesSchema.parse(row.written))
  }

  /** The oldest edit whose holder fell silent, now ours. */
  async takeOver(): Promise<JournalEntry | null> {
    return (await this.#entries(TAKE_OVER, [this.#holder, this.#heldSeconds]))[0] ?? null
  }

  /** Forgets finished edits, and with them their idempotency keys. */
  async prune(days: number): Promise<void> {
    await this.#changed(PRUNE, [days])
  }

  async #changed(statement: Statement, values: readonly unknown[]): Promise<boolean> {
    return (await reaching(() => this.#db.run(statement, values))).length > 0
  }

  async #entries(statement: Statement, values: readonly unknown[]): Promise<JournalEntry[]> {
    return (await reaching(() => this.#db.run<JournalEntry>(statement, values))).map(parseEntry)
  }
}

/** What the database has under the names of a journal entry. */
export function parseEntry(row: JournalEntry): JournalEntry {
  return {
    ...row,
    plan: row.plan === null ? null : planSchema.parse(row.plan),
    written: tracesSchema.parse(row.written),
  }
}
