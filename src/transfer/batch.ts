import { z } from 'zod'
import { DELIMITER_NAMES } from './formats/delimiters.ts'
import { ENCODINGS } from './formats/encoding.ts'
import { optionsSchema } from './options.ts'

/** QUEUED, RUNNING and UNDOING are worked on; the others are ends, of which all but UNDONE can be undone. */
export const BATCH_STATES = ['QUEUED', 'RUNNING', 'DONE', 'CANCELLED', 'FAILED', 'UNDOING', 'UNDONE'] as const
export type BatchState = (typeof BATCH_STATES)[number]

/** What was found out about a file before its first row was looked at. */
export const factsSchema = z.object({
  encoding: z.enum(ENCODINGS),
  /** Of CSV. */
  delimiter: z.enum(DELIMITER_NAMES).nullable(),
  rows: z.int(),
  /** Columns of CSV with the field that each fills. */
  columns: z.array(z.object({ header: z.string(), field: z.string().nullable() })),
  /** Attributes of LDIF that are left out. */
  ignored: z.array(z.string()),
})
export type Facts = z.infer<typeof factsSchema>

/** An import as the database knows it. */
export interface ImportBatch {
  readonly id: string
  readonly actorId: string
  readonly uploadId: string
  readonly options: z.infer<typeof optionsSchema>
  readonly state: BatchState
  readonly isDryRun: boolean
  readonly isCancelled: boolean
  /** Why it failed as a whole. */
  readonly problem: string | null
  /** Null until they are found out. */
  readonly facts: Facts | null
  /** 1: the rows; 2: people who are named before their own row. */
  readonly pass: number
  readonly position: number
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly failed: number
  /** Created or updated, but not with everything that the row says. */
  readonly incomplete: number
  /** Edits that were made. */
  readonly acts: number
  readonly undoActorId: string | null
  readonly undone: number
  /** Left as they are by the undo. */
  readonly kept: number
  readonly createdAt: Date
  readonly finishedAt: Date | null
}

const batchSchema = z.object({
  id: z.string(),
  actorId: z.string(),
  uploadId: z.string(),
  options: optionsSchema,
  state: z.enum(BATCH_STATES),
  isDryRun: z.boolean(),
  isCancelled: z.boolean(),
  problem: z.string().nullable(),
  facts: factsSchema.nullable(),
  pass: z.int(),
  position: z.int(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  failed: z.int(),
  incomplete: z.int(),
  acts: z.int(),
  undoActorId: z.string().nullable(),
  undone: z.int(),
  kept: z.int(),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
})

export function parseBatch(row: object): ImportBatch {
  return batchSchema.parse(row)
}

export const BATCH_COLUMNS = `
  id, actor_id AS "actorId", upload_id AS "uploadId", options, state, is_dry_run AS "isDryRun",
  is_cancelled AS "isCancelled", problem, facts, pass, position, created, updated, unchanged, failed, incomplete, acts,
  undo_actor_id AS "undoActorId", undone, kept, created_at AS "createdAt", finished_at AS "finishedAt"`
