import { randomUUID } from 'node:crypto'
import type { EditAnswers } from '../../schema/context.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Masks } from '../audit/mask.ts'
import type { Refusals } from '../audit/refusals.ts'
import type { Database } from '../changelog/database.ts'
import type { Replica } from '../changelog/replica.ts'
import type { LdapPool } from '../directory/pool.ts'
import { DirectoryReader } from '../directory/reader.ts'
import { DirectoryWriter } from '../directory/writer.ts'
import { BulkJournal } from '../edit/bulk-journal.ts'
import { BulkEditor } from '../edit/bulk.ts'
import { Consumed } from '../edit/consumed.ts'
import { Editor } from '../edit/editor.ts'
import { Hands } from '../edit/hands.ts'
import { Journal } from '../edit/journal.ts'
import { dateHere, LeaveDates } from '../edit/leave-dates.ts'
import { Once } from '../edit/once.ts'
import type { Logger } from '../log.ts'
import { requireProjector } from '../projector/status.ts'
import type { Sync } from '../sync/sync.ts'
import { createPreview } from './preview.ts'

export interface EditsOptions {
  readonly db: Database
  readonly pool: LdapPool
  readonly replica: Replica
  readonly sync: Sync
  readonly audit: AuditLog
  readonly refusals: Refusals
  readonly masks: Masks
  readonly log: Logger
}

/** Wires what makes edits: the answers for the schema, the work that finishes what others have left, and the calendar. */
export function createEdits(o: EditsOptions): {
  answers: EditAnswers
  /** For whoever makes many edits. */
  reader: DirectoryReader
  editor: Editor
  bulk: BulkEditor
  /** For what is no edit of the directory. */
  once: Once
  recover(signal: AbortSignal): Promise<void>
  leaveDates(signal: AbortSignal): Promise<void>
} {
  const { db, pool, replica, sync, log } = o
  const reader = new DirectoryReader(pool)
  const today = () => dateHere(Date.now())
  const holder = randomUUID()
  const writer = new DirectoryWriter(pool)
  const shared = {
    journal: new Journal(db, o.audit, holder),
    consumed: new Consumed({ db, replica }),
    state: () => replica.state,
    requireProjector: () => requireProjector(db),
    newId: randomUUID,
    today,
    masks: o.masks,
  }
  const hands = new Hands(reader, writer)
  const editor = new Editor({ ...shared, reader, hands, refusals: o.refusals, log })
  const bulk = new BulkEditor({
    ...shared,
    db,
    bulk: new BulkJournal(db, o.audit, holder),
    editor,
    reader,
    writer,
  })
  const answers: EditAnswers = {
    run: async ({ staffId, from, onBehalfOf, batchId }, edit, key) => {
      const { subjectId, isConsumed } = await editor.run({ staffId, key, from, onBehalfOf, batchId }, edit)
      return { subjectId, version: isConsumed ? await sync.cursorOf(staffId) : null }
    },
    preview: createPreview(editor, () => replica.state),
    check: async ({ staffId }, edit) => void (await editor.preview(staffId, edit)),
  }
  const leaveDates = new LeaveDates({ editor, replica, today, log })
  return {
    answers,
    reader,
    editor,
    bulk,
    once: new Once(shared.journal),
    recover: (signal) => editor.recover(signal),
    leaveDates: (signal) => leaveDates.run(signal),
  }
}
