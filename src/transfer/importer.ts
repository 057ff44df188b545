import type { Action } from '../audit/actions.ts'
import { pause } from '../clock.ts'
import type { Database } from '../changelog/database.ts'
import type { DirectoryReader } from '../directory/reader.ts'
import type { BulkEditor } from '../edit/bulk.ts'
import type { Editor } from '../edit/editor.ts'
import { ReadAhead } from '../edit/read-ahead.ts'
import { AppError, messageOf } from '../errors.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import { nowhereVia } from '../audit/record.ts'
import type { Logger } from '../log.ts'
import type { State } from '../model/state.ts'
import type { BatchState, ImportBatch } from './batch.ts'
import { runImport } from './import-run.ts'
import { Rehearsal } from './rehearsal.ts'
import { LiveStage, type Stage } from './stage.ts'
import type { ImportStore } from './store.ts'
import { runUndo } from './undo-run.ts'
import type { Uploads } from './uploads.ts'

export interface ImporterOptions {
  readonly db: Database
  readonly store: ImportStore
  readonly uploads: Uploads
  readonly reader: DirectoryReader
  readonly bulk: BulkEditor
  readonly editor: Pick<Editor, 'recoverAll'>
  readonly audit: Pick<AuditLog, 'append'>
  readonly state: () => State
  readonly newId: () => string
  /** YYYY-MM-DD where the company is. */
  readonly today: () => string
  readonly maxRows: number
  readonly log: Logger
}

/** How often is looked for work that others have left or queued, in milliseconds. */
const LOOK_MS = 1000
/** Imports that one instance works on at a time. */
const HANDS = 2
/** After a failure that may pass. */
const RETRY_MS = 2000
const HEARTBEAT_MS = 4000
const EXPIRE_MS = 10 * 60_000

/** Works on imports and undos, whoever has queued them on whatever instance, two at a time. */
export class Importer {
  readonly #o: ImporterOptions
  #wake = new AbortController()

  constructor(options: ImporterOptions) {
    this.#o = options
  }

  /** There is something to do. */
  ring(): void {
    this.#wake.abort()
  }

  async run(signal: AbortSignal): Promise<void> {
    const hands = Array.from({ length: HANDS }, () => this.#work(signal))
    await Promise.all([...hands, this.#expire(signal)])
  }

  async #work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // One of ours that fell silent may not be taken for the one that took over from it.
      const store = this.#o.store.heldBy(this.#o.newId())
      const batch = await this.#taken(store)
      if (batch) await this.#one(batch, store, signal)
      else {
        if (this.#wake.signal.aborted) this.#wake = new AbortController()
        await pause(LOOK_MS, AbortSignal.any([signal, this.#wake.signal]))
      }
    }
  }

  async #taken(store: ImportStore): Promise<ImportBatch | null> {
    try {
      return await store.take()
    } catch (error) {
      this.#o.log.debug({ problem: messageOf(error) }, 'Imports cannot be looked for just now')
      return null
    }
  }

  async #one(batch: ImportBatch, store: ImportStore, signal: AbortSignal): Promise<void> {
    const { log } = this.#o
    const { id } = batch
    // Reading a large file takes longer than the hold.
    const heartbeat = setInterval(() => void store.hold(id).catch(() => {}), HEARTBEAT_MS)
    try {
      const end =
        batch.state === 'UNDOING'
          ? await this.#undo(batch, store, signal)
          : await this.#import(batch, store, signal)
      if (end === 'STOPPED') await store.letGo(id, 0)
      else await this.#finish(batch, store, end, null)
    } catch (error) {
      await this.#failed(batch, store, error).catch((again: unknown) => {
        log.debug({ batch: id, problem: messageOf(again) }, 'An import could not be let go')
      })
    } finally {
      clearInterval(heartbeat)
    }
  }

  /** What may pass is tried again; what is wrong with the file, or with us, ends it. */
  async #failed(batch: ImportBatch, store: ImportStore, error: unknown): Promise<void> {
    const { log } = this.#o
    if (error instanceof AppError && error.code === 'UNAVAILABLE') {
      log.warn({ batch: batch.id, problem: error.message }, 'An import waits')
      await store.letGo(batch.id, RETRY_MS)
      return
    }
    const isExpected = error instanceof AppError && error.code === 'BAD_USER_INPUT'
    if (!isExpected) log.error({ batch: batch.id, err: error }, 'An import failed')
    await this.#finish(batch, store, 'FAILED', isExpected ? error.message : 'Unexpected error.')
  }

  async #finish(
    batch: ImportBatch,
    store: ImportStore,
    state: BatchState,
    problem: string | null,
  ): Promise<void> {
    const { audit } = this.#o
    const { id, isDryRun, uploadId, actorId, undoActorId, options } = batch
    const isUndo = batch.state === 'UNDOING'
    const counts = countsOf((await store.byId(id)) ?? batch, isUndo)
    await store.transaction(async (tx) => {
      await store.finish(tx, id, state, problem)
      // After a rehearsal comes the real thing, with the same file.
      if (!isDryRun && state !== 'UNDONE') await store.dropUpload(tx, uploadId)
      const action: Action = isUndo ? 'import.undo' : isDryRun ? 'import.rehearse' : 'import.run'
      const actor = isUndo ? undoActorId : actorId
      const detail = { state, ...counts }
      const from = nowhereVia(isUndo ? undefined : options.via)
      await audit.append(tx, [{ actorId: actor, action, subject: null, batchId: id, from, detail }])
    })
  }

  async #import(
    batch: ImportBatch,
    store: ImportStore,
    signal: AbortSignal,
  ): Promise<'DONE' | 'CANCELLED' | 'STOPPED'> {
    const { uploads, editor, state, maxRows } = this.#o
    return await runImport(batch, {
      store,
      stage: this.#stage(batch),
      file: { options: batch.options, bytes: () => uploads.bytes(batch.uploadId) },
      limits: { maxRows, catalogue: () => state().all('fieldDefinition') },
      editor,
      signal,
    })
  }

  async #undo(batch: ImportBatch, store: ImportStore, signal: AbortSignal): Promise<'UNDONE' | 'STOPPED'> {
    const { bulk, reader } = this.#o
    return await runUndo(batch, { store, bulk, reads: new ReadAhead(reader), signal })
  }

  #stage({ id, actorId, isDryRun, options: { via } }: ImportBatch): Stage {
    const { db, bulk, reader, state, newId, today } = this.#o
    const reads = new ReadAhead(reader)
    return isDryRun
      ? new Rehearsal({ db, reads, staffId: actorId, base: state, newId, today })
      : new LiveStage({ bulk, reads, by: { staffId: actorId, batchId: id, ...(via ? { via } : {}) }, state })
  }

  async #expire(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#o.uploads.expire()
        await this.#o.store.expire()
      } catch (error) {
        this.#o.log.debug({ problem: messageOf(error) }, 'Old imports cannot be removed just now')
      }
      await pause(EXPIRE_MS, signal)
    }
  }
}

/** For the audit log: also what was refused is told, row by row in the report (T29, T36). */
function countsOf(batch: ImportBatch, isUndo: boolean): Record<string, string> {
  const { created, updated, unchanged, failed, undone, kept } = batch
  const counts = isUndo ? { undone, kept } : { created, updated, unchanged, failed }
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)]))
}
