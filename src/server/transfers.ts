import { randomUUID } from 'node:crypto'
import type { Database } from '../changelog/database.ts'
import type { Replica } from '../changelog/replica.ts'
import type { Config } from '../config.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import { dateHere } from '../edit/leave-dates.ts'
import type { Logger } from '../log.ts'
import { Importer } from '../transfer/importer.ts'
import { Imports } from '../transfer/imports.ts'
import { Progress } from '../transfer/progress.ts'
import { ImportStore } from '../transfer/store.ts'
import { Uploads } from '../transfer/uploads.ts'
import type { createEdits } from './edits.ts'

export interface TransfersOptions {
  readonly config: Pick<Config, 'IMPORT_MAX_MB' | 'IMPORT_MAX_ROWS' | 'IMPORT_KEPT_DAYS'>
  readonly db: Database
  readonly replica: Replica
  readonly audit: AuditLog
  readonly edits: Pick<ReturnType<typeof createEdits>, 'reader' | 'editor' | 'bulk'>
  readonly log: Logger
}

/** Wires imports: what callers ask of them, where their files come in, and the work on them. */
export function createTransfers(o: TransfersOptions): {
  imports: Imports
  uploads: Uploads
  run(signal: AbortSignal): Promise<void>
} {
  const { config, db, replica, audit, edits, log } = o
  const state = () => replica.state
  const store = new ImportStore(db, { holder: randomUUID(), keptDays: config.IMPORT_KEPT_DAYS })
  const uploads = new Uploads(db, config.IMPORT_MAX_MB * 1_000_000)
  const today = () => dateHere(Date.now())
  const importer = new Importer({
    ...edits,
    db,
    store,
    uploads,
    audit,
    state,
    newId: randomUUID,
    today,
    maxRows: config.IMPORT_MAX_ROWS,
    log,
  })
  const imports = new Imports({
    store,
    uploads,
    progress: new Progress((id) => store.byId(id)),
    audit,
    state,
    reader: edits.reader,
    newId: randomUUID,
    today,
    onQueued: () => importer.ring(),
  })
  return { imports, uploads, run: (signal) => importer.run(signal) }
}
