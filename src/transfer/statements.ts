import type { Statement } from '../changelog/database.ts'
import { BATCH_COLUMNS } from './batch.ts'

const statement = (name: string, text: string): Statement => ({ name: `import_${name}`, text })

export const CREATE = statement(
  'create',
  `INSERT INTO import_batch (id, actor_id, key, upload_id, options, is_dry_run, state, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, 'QUEUED', clock_timestamp() + make_interval(days => $7))
   ON CONFLICT (actor_id, key) DO NOTHING RETURNING ${BATCH_COLUMNS}`,
)
export const BY_KEY = statement(
  'by_key',
  `SELECT ${BATCH_COLUMNS} FROM import_batch WHERE actor_id = $1 AND key = $2`,
)
export const BY_ID = statement('by_id', `SELECT ${BATCH_COLUMNS} FROM import_batch WHERE id = $1`)
export const RECENT = statement(
  'recent',
  `SELECT ${BATCH_COLUMNS} FROM import_batch WHERE $1::uuid IS NULL OR actor_id = $1 ORDER BY created_at DESC LIMIT 100`,
)
/** The oldest that nobody works on. */
export const TAKE = statement(
  'take',
  `UPDATE import_batch SET holder = $1, held_until = clock_timestamp() + make_interval(secs => $2)
   WHERE id = (
     SELECT id FROM import_batch WHERE finished_at IS NULL AND held_until <= clock_timestamp()
     ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
   ) RETURNING ${BATCH_COLUMNS}`,
)
export const HOLD = statement(
  'hold',
  `UPDATE import_batch SET held_until = clock_timestamp() + make_interval(secs => $3)
   WHERE id = $1 AND holder = $2 AND finished_at IS NULL RETURNING is_cancelled AS "isCancelled"`,
)
export const BEGIN = statement(
  'begin',
  `UPDATE import_batch SET state = 'RUNNING', facts = $3
   WHERE id = $1 AND holder = $2 AND finished_at IS NULL RETURNING id`,
)
export const RESTART = statement(
  'restart',
  `UPDATE import_batch SET pass = 1, position = 0, created = 0, updated = 0, unchanged = 0, failed = 0, incomplete = 0
   WHERE id = $1 AND holder = $2 AND finished_at IS NULL`,
)
export const FORGET_ROWS = statement('forget_rows', 'DELETE FROM import_row WHERE batch_id = $1')
export const ADVANCE = statement(
  'advance',
  `UPDATE import_batch SET position = position + $3, created = created + $4, updated = updated + $5,
     unchanged = unchanged + $6, failed = failed + $7, incomplete = incomplete + $8, acts = acts + $9
   WHERE id = $1 AND holder = $2 AND finished_at IS NULL AND pass = $10 RETURNING acts`,
)
export const NEXT_PASS = statement(
  'next_pass',
  `UPDATE import_batch SET pass = 2, position = 0 WHERE id = $1 AND holder = $2 AND finished_at IS NULL RETURNING id`,
)
export const FINISH = statement(
  'finish',
  `UPDATE import_batch SET state = $3, problem = $4, finished_at = clock_timestamp()
   WHERE id = $1 AND holder = $2 AND finished_at IS NULL RETURNING id`,
)
export const CANCEL = statement(
  'cancel',
  `UPDATE import_batch SET is_cancelled = true
   WHERE id = $1 AND state IN ('QUEUED', 'RUNNING') RETURNING ${BATCH_COLUMNS}`,
)
export const UNDO = statement(
  'undo',
  `UPDATE import_batch SET state = 'UNDOING', undo_actor_id = $2, finished_at = NULL, held_until = clock_timestamp(),
     undone = 0, kept = 0
   WHERE id = $1 AND finished_at IS NOT NULL AND state IN ('DONE', 'CANCELLED', 'FAILED') AND NOT is_dry_run
   RETURNING ${BATCH_COLUMNS}`,
)
const ROW_FIELDS = `number int, line int, kind text, action text, label text, "subjectId" uuid, changes jsonb, errors jsonb,
  deferred jsonb`
export const PUT_ROWS = statement(
  'put_rows',
  `INSERT INTO import_row (batch_id, number, line, kind, action, label, subject_id, changes, errors, deferred)
   SELECT $1, r.number, r.line, r.kind, r.action, r.label, r."subjectId", r.changes, r.errors, NULLIF(r.deferred, 'null')
   FROM jsonb_to_recordset($2::jsonb) AS r(${ROW_FIELDS})
   ON CONFLICT (batch_id, number) DO NOTHING`,
)
/** What the second pass has added to a row of the first. */
export const COMPLETE_ROWS = statement(
  'complete_rows',
  `UPDATE import_row SET changes = r.changes, errors = r.errors, action = r.action, deferred = NULL
   FROM jsonb_to_recordset($2::jsonb) AS r(${ROW_FIELDS})
   WHERE import_row.batch_id = $1 AND import_row.number = r.number`,
)
export const PUT_ACTS = statement(
  'put_acts',
  `INSERT INTO import_act (batch_id, seq, edit_id, number, kind, subject_id, is_created, steps)
   SELECT $1, $3 + a.ordinal, a."editId", a.number, a.kind, a."subjectId", a."isCreated", a.steps
   FROM jsonb_to_recordset($2::jsonb) AS a(
     ordinal int, "editId" uuid, number int, kind text, "subjectId" uuid, "isCreated" boolean, steps jsonb)
   ON CONFLICT (batch_id, edit_id) DO NOTHING`,
)
const ROW_COLUMNS = `number, line, kind, action, label, subject_id AS "subjectId", changes, errors, deferred`
export const NOTED = statement(
  'noted',
  `SELECT ${ROW_COLUMNS} FROM import_row WHERE batch_id = $1 AND number > $2`,
)
export const ROWS = statement(
  'rows',
  `SELECT ${ROW_COLUMNS} FROM import_row
   WHERE batch_id = $1 AND number > $2 AND (cardinality($3::text[]) = 0 OR action = ANY ($3::text[]))
     AND (NOT $5 OR errors <> '[]')
   ORDER BY number LIMIT $4`,
)
export const DEFERRED = statement(
  'deferred',
  `SELECT ${ROW_COLUMNS} FROM import_row
   WHERE batch_id = $1 AND deferred IS NOT NULL ORDER BY number LIMIT $2`,
)
/** Edits that others have finished after a crash, and that nobody has written down. */
export const LEFT_ACTS = statement(
  'left_acts',
  `SELECT id, name, key, plan, subject_id AS "subjectId", finished_at IS NULL AS "isRunning" FROM edit e
   WHERE batch_id = $1 AND (finished_at IS NULL OR state = 'DONE') AND key LIKE 'import %'
     AND NOT EXISTS (SELECT FROM import_act a WHERE a.batch_id = $1 AND a.edit_id = e.id)
   ORDER BY created_at, id`,
)
export const ACTS_TO_UNDO = statement(
  'acts_to_undo',
  `SELECT seq, edit_id AS "editId", number, kind, subject_id AS "subjectId", is_created AS "isCreated", steps
   FROM import_act WHERE batch_id = $1 AND undo IS NULL ORDER BY seq DESC LIMIT $2`,
)
export const UNDID = statement(
  'undid',
  `UPDATE import_act SET undo = u.undo, undo_error = NULLIF(u.error, 'null')
   FROM jsonb_to_recordset($2::jsonb) AS u(seq int, undo text, error jsonb)
   WHERE import_act.batch_id = $1 AND import_act.seq = u.seq`,
)
export const ADVANCE_UNDO = statement(
  'advance_undo',
  `UPDATE import_batch SET undone = undone + $3, kept = kept + $4
   WHERE id = $1 AND holder = $2 AND finished_at IS NULL RETURNING id`,
)
export const KEPT = statement(
  'kept',
  `SELECT a.number, r.label, a.kind, a.subject_id AS "subjectId", a.undo_error AS errors FROM import_act a
   LEFT JOIN import_row r ON r.batch_id = a.batch_id AND r.number = a.number
   WHERE a.batch_id = $1 AND a.undo = 'KEPT' ORDER BY a.seq DESC LIMIT $2`,
)
export const EXPIRE = statement(
  'expire',
  'DELETE FROM import_batch WHERE expires_at < clock_timestamp() AND finished_at IS NOT NULL',
)
/** Uploads of other instances' workers are never in the way: a running import keeps its own. */
export const DROP_UPLOAD = statement('drop_upload', 'DELETE FROM transfer_upload WHERE id = $1')
/** Edits of rows that were not written down, because their chunk did not come to its end. */
export const EARLIER = statement(
  'earlier',
  `SELECT id, name, key, plan, subject_id AS "subjectId", false AS "isRunning" FROM edit
   WHERE batch_id = $1 AND state = 'DONE' AND key LIKE 'import %' AND split_part(key, ' ', 3)::int > $2
   ORDER BY created_at, id`,
)
/** The same of the second pass: of rows that still wait for it. */
export const EARLIER_DEFERRED = statement(
  'earlier_deferred',
  `SELECT e.id, e.name, e.key, e.plan, e.subject_id AS "subjectId", false AS "isRunning"
   FROM import_row r JOIN edit e ON e.actor_id = $2 AND e.key = 'import ' || $1::text || ' ' || r.number || ' people'
   WHERE r.batch_id = ($1::text)::uuid AND r.deferred IS NOT NULL AND e.state = 'DONE'`,
)
