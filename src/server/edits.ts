import { randomUUID } from 'node:crypto'
import type { EditAnswers } from '../../schema/context.ts'
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
import type { AuditLog } from '../identity/audit-log.ts'
import type { Logger } from '../log.ts'
import { requireProjector } from '../projector/status.ts'
import type { Sync } from '../sync/sync.ts'

export interface EditsOptions {
  readonly db: Database
  readonly pool: LdapPool
  readonly replica: Replica
  readonly sync: Sync
  readonly audit: AuditLog
  readonly log: Logger
}

/** Wires what makes edits: the answers for the schema, and the work that finishes what others have left. */
export function createEdits(o: EditsOptions): {
  answers: EditAnswers
  /** For whoever makes many edits. */
  reader: DirectoryReader
  editor: Editor
  bulk: BulkEditor
  recover(signal: AbortSignal): Promise<void>
} {
  const { db, pool, replica, sync, log } = o
  const reader = new DirectoryReader(pool)
  const holder = randomUUID()
  const writer = new DirectoryWriter(pool)
  const shared = {
    journal: new Journal(db, o.audit, holder),
    consumed: new Consumed({ db, replica }),
    state: () => replica.state,
    requireProjector: () => requireProjector(db),
    newId: randomUUID,
  }
  const editor = new Editor({ ...shared, reader, hands: new Hands(reader, writer), log })
  const bulk = new BulkEditor({
    ...shared,
    db,
    bulk: new BulkJournal(db, o.audit, holder),
    editor,
    reader,
    writer,
  })
  const answers: EditAnswers = {
    run: async ({ staffId }, edit, key) => {
      const { subjectId, isConsumed } = await editor.run({ staffId, key }, edit)
      return { subjectId, version: isConsumed ? await sync.cursorOf(staffId) : null }
    },
  }
  return { answers, reader, editor, bulk, recover: (signal) => editor.recover(signal) }
}
