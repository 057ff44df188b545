import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Database } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { entryChangeSchema, OUTCOMES, SOURCES, type AuditRecord, type Outcome } from './record.ts'

/** What is looked for; null: whatever it is. All of it must hold. */
export interface AuditFilter {
  /** Of whatever was changed, the subject or another entry. */
  readonly subjectId: string | null
  readonly actorId: string | null
  /** `department.move`, or with a dot at the end all that begin with it: `department.` */
  readonly action: string | null
  readonly outcome: Outcome | null
  readonly batchId: string | null
  readonly from: Date | null
  /** Before this moment. */
  readonly to: Date | null
  /** Part of the subject's name or the action, whatever the case; of the actor's login too for those who see every actor. */
  readonly text: string | null
}

export const NO_FILTER: AuditFilter = {
  subjectId: null,
  actorId: null,
  action: null,
  outcome: null,
  batchId: null,
  from: null,
  to: null,
  text: null,
}

export interface AuditQuestion {
  readonly filter: AuditFilter
  /** Whose records may be told, by subject; null: all. The question is asked within it (V9). */
  readonly subjectIds: readonly string[] | null
  /** Only records before the one with this hash. */
  readonly before: string | null
  readonly limit: number
}

const rowSchema = z.object({
  number: z.coerce.number(),
  at: z.date(),
  hash: z.string(),
  actorId: z.string().nullable(),
  actorLogin: z.string().nullable(),
  actorDn: z.string().nullable(),
  onBehalfOf: z.string().nullable(),
  action: z.string(),
  outcome: z.enum(OUTCOMES),
  reason: z.string().nullable(),
  source: z.enum(SOURCES),
  subjectKind: z.string().nullable(),
  subjectId: z.string().nullable(),
  subjectLabel: z.string().nullable(),
  batchId: z.string().nullable(),
  editId: z.string().nullable(),
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  requestId: z.string().nullable(),
  changes: z.array(entryChangeSchema),
  detail: z.record(z.string(), z.unknown()),
})

const COLUMNS = `
  id AS number, at, hash, actor_id AS "actorId", actor_login AS "actorLogin", actor_dn AS "actorDn",
  on_behalf_of AS "onBehalfOf", action, outcome, reason, source, subject_kind AS "subjectKind",
  subject_id AS "subjectId", subject_label AS "subjectLabel", batch_id AS "batchId", edit_id AS "editId", address,
  user_agent AS "userAgent", request_id AS "requestId", changes, detail`

/** Records, newest first. AppError UNAVAILABLE without the database. */
export async function readRecords(db: Database, question: AuditQuestion): Promise<AuditRecord[]> {
  const { texts, values } = conditionsOf(question)
  const where = texts.length === 0 ? '' : `WHERE ${texts.join(' AND ')}`
  const text = `SELECT ${COLUMNS} FROM audit ${where} ORDER BY id DESC LIMIT $${values.length + 1}`
  const name = `audit_read_${hash('sha256', text).slice(0, 16)}`
  const rows = await reaching(() => db.run({ name, text }, [...values, question.limit]))
  return rows.map((row) => recordOf(rowSchema.parse(row)))
}

/** Each set of conditions is a statement of its own, so that each is planned with the index that it needs. */
function conditionsOf({ filter, subjectIds, before }: AuditQuestion): { texts: string[]; values: unknown[] } {
  const texts: string[] = []
  const values: unknown[] = []
  const where = (value: unknown, condition: (place: string) => string) => {
    if (value === null) return
    values.push(value)
    texts.push(condition(`$${values.length}`))
  }
  where(subjectIds, (ids) => `subject_id = ANY (${ids}::uuid[])`)
  where(before, (hash) => `id < (SELECT b.id FROM audit b WHERE b.hash = ${hash})`)
  where(filter.subjectId, (id) => `touched @> ARRAY[${id}::uuid]`)
  where(filter.actorId, (id) => `actor_id = ${id}::uuid`)
  if (filter.action?.endsWith('.') === true) where(filter.action, (start) => `starts_with(action, ${start})`)
  else where(filter.action, (action) => `action = ${action}`)
  where(filter.outcome, (outcome) => `outcome = ${outcome}`)
  where(filter.batchId, (id) => `batch_id = ${id}::uuid`)
  where(filter.from, (at) => `at >= ${at}`)
  where(filter.to, (at) => `at < ${at}`)
  const searched = ['subject_label', 'action', ...(subjectIds === null ? ['actor_login', 'actor_dn'] : [])]
  where(filter.text, (text) => `strpos(lower(concat_ws(E'\n', ${searched.join(', ')})), lower(${text})) > 0`)
  return { texts, values }
}

function recordOf(row: z.infer<typeof rowSchema>): AuditRecord {
  const { subjectKind, subjectId, subjectLabel, address, userAgent, requestId, detail, ...record } = row
  return {
    ...record,
    subject: { kind: subjectKind, id: subjectId, label: subjectLabel },
    from: { address, userAgent, requestId },
    detail: Object.fromEntries(
      Object.entries(detail).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
    ),
  }
}
