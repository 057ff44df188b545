import { z } from 'zod'
import type { Database, Sql, Statement } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { AppError } from '../errors.ts'
import { planSchema, stepSchema } from '../edit/step.ts'
import { parseBatch, type BatchState, type Facts, type ImportBatch } from './batch.ts'
import { changesSchema } from './changes.ts'
import type { ImportOptions } from './options.ts'
import type { RowAct, RowResult } from './player.ts'
import { rowErrorsSchema, type RowError } from './row.ts'
import * as sql from './statements.ts'

const resultSchema = z.object({
  number: z.int(),
  line: z.int().nullable(),
  kind: z.enum(['staff', 'department']),
  action: z.enum(['CREATE', 'UPDATE', 'UNCHANGED', 'ERROR']),
  label: z.string(),
  subjectId: z.string().nullable(),
  changes: changesSchema,
  errors: rowErrorsSchema,
  deferred: z
    .object({ subjectId: z.string(), manager: z.string(), dottedManagers: z.array(z.string()) })
    .partial()
    .nullable(),
})

const actSchema = z.object({
  seq: z.int(),
  editId: z.string(),
  number: z.int(),
  kind: z.enum(['staff', 'department']),
  subjectId: z.string(),
  isCreated: z.boolean(),
  steps: z.array(stepSchema),
})
export type StoredAct = z.infer<typeof actSchema>

const leftSchema = z.object({
  id: z.string(),
  name: z.string(),
  key: z.string(),
  plan: planSchema.nullable(),
  subjectId: z.string().nullable(),
  isRunning: z.boolean(),
})
export type LeftAct = z.infer<typeof leftSchema>

const keptSchema = z.object({
  number: z.int(),
  label: z.string().nullable(),
  kind: z.enum(['staff', 'department']),
  subjectId: z.string(),
  errors: rowErrorsSchema.nullable(),
})
export type KeptAct = z.infer<typeof keptSchema>

export interface NewBatch {
  readonly id: string
  readonly actorId: string
  readonly key: string | null
  readonly uploadId: string
  readonly options: ImportOptions
  readonly isDryRun: boolean
}

/** Which rows of a report. */
export interface RowFilter {
  /** Behind this number. */
  readonly after: number
  /** Empty: all. */
  readonly actions: readonly string[]
  readonly withErrors: boolean
  readonly limit: number
}

/** A rehearsal tells of the directory of its day. */
const REHEARSAL_DAYS = 1

/** How long an import whose process fell silent is left alone, in milliseconds. */
const HELD_MS = 15_000

export interface StoreOptions {
  /** Unique for each time that somebody takes an import. */
  readonly holder: string
  readonly keptDays: number
  readonly heldMs?: number
}

export function lost(): AppError {
  return new AppError('UNAVAILABLE', 'Another server works on this import by now.')
}

/** Imports in the database. One holder works on one at a time; who has lost it learns so by an AppError UNAVAILABLE. */
export class ImportStore {
  readonly #db: Database
  readonly #holder: string
  readonly #heldSeconds: number
  readonly #keptDays: number
  readonly #o: StoreOptions

  constructor(db: Database, o: StoreOptions) {
    this.#o = o
    this.#db = db
    this.#holder = o.holder
    this.#keptDays = o.keptDays
    this.#heldSeconds = (o.heldMs ?? HELD_MS) / 1000
  }

  /** The same for another holder. */
  heldBy(holder: string): ImportStore {
    return new ImportStore(this.#db, { ...this.#o, holder })
  }

  /** The one that was made under the same key before, where there is one. */
  async create(b: NewBatch): Promise<ImportBatch> {
    const { id, actorId, key, uploadId, options, isDryRun } = b
    const values = [
      id,
      actorId,
      key,
      uploadId,
      jsonText(options),
      isDryRun,
      isDryRun ? REHEARSAL_DAYS : this.#keptDays,
    ]
    const [made] = await this.#run(sql.CREATE, values)
    const [batch] = made ? [made] : await this.#run(sql.BY_KEY, [actorId, key])
    if (!batch) throw lost()
    return parseBatch(batch)
  }

  async byId(id: string): Promise<ImportBatch | null> {
    const [row] = await this.#run(sql.BY_ID, [id])
    return row ? parseBatch(row) : null
  }

  /** The newest first; of everybody when `actorId` is null. */
  async recent(actorId: string | null): Promise<ImportBatch[]> {
    return (await this.#run(sql.RECENT, [actorId])).map(parseBatch)
  }

  async take(): Promise<ImportBatch | null> {
    const [row] = await this.#run(sql.TAKE, [this.#holder, this.#heldSeconds])
    return row ? parseBatch(row) : null
  }

  /** Whether somebody has asked to stop. */
  async hold(id: string): Promise<boolean> {
    const [row] = await this.#db.run<{ isCancelled: boolean }>(sql.HOLD, [
      id,
      this.#holder,
      this.#heldSeconds,
    ])
    if (!row) throw lost()
    return row.isCancelled
  }

  /** Others may go on with it after a while. */
  async letGo(id: string, afterMs: number): Promise<void> {
    await this.#run(sql.HOLD, [id, this.#holder, afterMs / 1000])
  }

  async begin(id: string, facts: Facts): Promise<void> {
    await this.#mine(sql.BEGIN, [id, this.#holder, jsonText(facts)])
  }

  /** Forgets what a rehearsal has come to. */
  async restart(id: string): Promise<void> {
    await this.#run(sql.RESTART, [id, this.#holder])
    await this.#run(sql.FORGET_ROWS, [id])
  }

  async nextPass(id: string): Promise<void> {
    await this.#mine(sql.NEXT_PASS, [id, this.#holder])
  }

  async finish(tx: Sql, id: string, state: BatchState, problem: string | null): Promise<void> {
    if ((await tx.run(sql.FINISH, [id, this.#holder, state, problem])).length === 0) throw lost()
  }

  async dropUpload(tx: Sql, uploadId: string): Promise<void> {
    await tx.run(sql.DROP_UPLOAD, [uploadId])
  }

  async cancel(id: string): Promise<ImportBatch | null> {
    const [row] = await this.#run(sql.CANCEL, [id])
    return row ? parseBatch(row) : null
  }

  async undo(id: string, actorId: string): Promise<ImportBatch | null> {
    const [row] = await this.#run(sql.UNDO, [id, actorId])
    return row ? parseBatch(row) : null
  }

  async note(id: string, results: readonly RowResult[]): Promise<void> {
    await this.#run(sql.PUT_ROWS, [id, jsonText(results)])
  }

  /** Rows of the first pass, and edits, in the transaction that ends these. */
  async record(tx: Sql, id: string, results: readonly RowResult[], acts: readonly RowAct[]): Promise<void> {
    if (results.length > 0) await tx.run(sql.PUT_ROWS, [id, jsonText(results)])
    const count = (action: string) => results.filter((row) => row.action === action).length
    const counts = [count('CREATE'), count('UPDATE'), count('UNCHANGED'), count('ERROR'), incomplete(results)]
    await this.#advance(tx, id, 1, [results.length, ...counts], acts)
  }

  /** What the second pass has added: rows as they are now, and as they were. */
  async complete(
    tx: Sql,
    id: string,
    rows: readonly { readonly before: RowResult; readonly now: RowResult }[],
    acts: readonly RowAct[],
  ): Promise<void> {
    const now = rows.map((row) => row.now)
    const before = rows.map((row) => row.before)
    if (now.length > 0) await tx.run(sql.COMPLETE_ROWS, [id, jsonText(now)])
    const more = (action: string) =>
      now.filter((row) => row.action === action).length - before.filter((row) => row.action === action).length
    const counts = [
      more('CREATE'),
      more('UPDATE'),
      more('UNCHANGED'),
      0,
      incomplete(now) - incomplete(before),
    ]
    await this.#advance(tx, id, 2, [rows.length, ...counts], acts)
  }

  async #advance(
    tx: Sql,
    id: string,
    pass: number,
    counts: readonly number[],
    acts: readonly RowAct[],
  ): Promise<void> {
    const values = [id, this.#holder, ...counts, acts.length, pass]
    const [row] = await tx.run<{ acts: number }>(sql.ADVANCE, values)
    if (!row) throw lost()
    if (acts.length > 0) await this.#putActs(tx, id, acts, row.acts - acts.length)
  }

  async #putActs(tx: Sql, id: string, acts: readonly RowAct[], from: number): Promise<void> {
    const numbered = acts.map((act, i) => ({ ordinal: i + 1, ...act }))
    await tx.run(sql.PUT_ACTS, [id, jsonText(numbered), from])
  }

  /** Writes edits down that were finished by others after a crash. */
  async adopt(id: string, acts: readonly RowAct[], pass: number): Promise<void> {
    await reaching(() =>
      this.#db.transaction(async (tx) => await this.#advance(tx, id, pass, [0, 0, 0, 0, 0, 0], acts)),
    )
  }

  async leftActs(id: string): Promise<LeftAct[]> {
    return (await this.#run(sql.LEFT_ACTS, [id])).map((row) => leftSchema.parse(row))
  }

  async earlier(id: string, after: number): Promise<LeftAct[]> {
    return (await this.#run(sql.EARLIER, [id, after])).map((row) => leftSchema.parse(row))
  }

  async earlierDeferred({ id, actorId }: Pick<ImportBatch, 'id' | 'actorId'>): Promise<LeftAct[]> {
    return (await this.#run(sql.EARLIER_DEFERRED, [id, actorId])).map((row) => leftSchema.parse(row))
  }

  async noted(id: string, after: number): Promise<Map<number, RowResult>> {
    const rows = (await this.#run(sql.NOTED, [id, after])).map((row) => resultSchema.parse(row))
    return new Map(rows.map((row) => [row.number, row]))
  }

  async rows(id: string, { after, actions, limit, withErrors }: RowFilter): Promise<RowResult[]> {
    return (await this.#run(sql.ROWS, [id, after, actions, limit, withErrors])).map((row) =>
      resultSchema.parse(row),
    )
  }

  /** Rows that wait for the second pass. */
  async deferred(id: string, limit: number): Promise<RowResult[]> {
    return (await this.#run(sql.DEFERRED, [id, limit])).map((row) => resultSchema.parse(row))
  }

  async actsToUndo(id: string, limit: number): Promise<StoredAct[]> {
    return (await this.#run(sql.ACTS_TO_UNDO, [id, limit])).map((row) => actSchema.parse(row))
  }

  /** `error`: why it was left as it is; null: it was undone. */
  async undid(
    tx: Sql,
    id: string,
    acts: readonly { readonly seq: number; readonly error: readonly RowError[] | null }[],
  ): Promise<void> {
    const rows = acts.map(({ seq, error }) => ({ seq, undo: error ? 'KEPT' : 'UNDONE', error }))
    if (rows.length > 0) await tx.run(sql.UNDID, [id, jsonText(rows)])
    const kept = acts.filter(({ error }) => error !== null).length
    const values = [id, this.#holder, acts.length - kept, kept]
    if ((await tx.run(sql.ADVANCE_UNDO, values)).length === 0) throw lost()
  }

  async kept(id: string, limit: number): Promise<KeptAct[]> {
    return (await this.#run(sql.KEPT, [id, limit])).map((row) => keptSchema.parse(row))
  }

  async expire(): Promise<void> {
    await this.#run(sql.EXPIRE, [])
  }

  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T> {
    return reaching(() => this.#db.transaction(work))
  }

  async #mine(one: Statement, values: readonly unknown[]): Promise<void> {
    if ((await this.#run(one, values)).length === 0) throw lost()
  }

  #run(one: Statement, values: readonly unknown[]): Promise<object[]> {
    return reaching(() => this.#db.run<object>(one, values))
  }
}

function incomplete(results: readonly RowResult[]): number {
  return results.filter(({ action, errors }) => action !== 'ERROR' && errors.length > 0).length
}

/** Without what PostgreSQL does not keep (T19): a file may say anything, and a report quotes it. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'string' ? one.replace(/[\0\p{Surrogate}]/gu, '\ufffd') : one,
  )
}
