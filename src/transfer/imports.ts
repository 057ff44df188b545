import { Administration } from '../access/administration.ts'
import { Authority } from '../access/authority.ts'
import { EditRefused, InvalidInput, NotFound, NotPermitted } from '../edit/failures.ts'
import { isId } from '../edit/scene.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Whence } from '../audit/record.ts'
import { canonicalJson } from '../model/canonical.ts'
import type { ImportBatch } from './batch.ts'
import type { Change } from './changes.ts'
import { fileFields, mappingProblem, type ColumnMapping, type FileField } from './headers.ts'
import type { ImportOptions } from './options.ts'
import { peek, type Peek } from './peek.ts'
import type { RowResult } from './player.ts'
import type { Progress } from './progress.ts'
import type { RowKind } from './row.ts'
import type { ImportStore, KeptAct, RowFilter } from './store.ts'
import { previewUndo, type PreviewOptions, type UndoPreview } from './undo-preview.ts'
import type { Uploads } from './uploads.ts'

export interface ImportsOptions extends PreviewOptions {
  readonly store: ImportStore
  readonly uploads: Uploads
  readonly progress: Progress
  readonly audit: Pick<AuditLog, 'write'>
  /** Somebody has queued something. */
  readonly onQueued: () => void
}

export interface StartImport {
  readonly uploadId: string
  readonly isDryRun: boolean
  readonly options: ImportOptions
  readonly key: string | null
}

/** A row of a report, as far as the reader may see what it is about. */
export type ShownRow = Omit<RowResult, 'deferred'>

/**
 * What callers may do with imports. Each belongs to whoever has started it; whoever administers everything may look at those
 * of others, stop and undo them. For everybody else they are not there.
 */
export class Imports {
  readonly #o: ImportsOptions

  constructor(options: ImportsOptions) {
    this.#o = options
  }

  /** Queues an import. Throws EditFailure. */
  async start(
    staffId: string,
    from: Whence,
    { uploadId, isDryRun, options, key }: StartImport,
  ): Promise<ImportBatch> {
    const { store, uploads, audit, newId, onQueued } = this.#o
    const authority = this.#authority(staffId)
    const isAble = authority.has('staff.write') || authority.has('department.write')
    if (!isAble) throw new NotPermitted('Your administration does not cover editing people or departments.')
    if (!isId(uploadId) || (await uploads.size(uploadId, staffId)) === null) throw new NotFound('uploadId')
    requireMapping(options.kind, options.mapping)
    const { via } = from
    const kept = { ...options, ...(via ? { via } : {}) }
    const asking = { id: newId(), actorId: staffId, key, uploadId, options: kept, isDryRun }
    const batch = await store.create(asking)
    const asked = (of: Pick<ImportBatch, 'uploadId' | 'isDryRun' | 'options'>) =>
      canonicalJson([of.uploadId, of.isDryRun, { ...of.options, via: null }])
    const isSame = asked(batch) === asked({ uploadId, isDryRun, options })
    if (!isSame) throw new EditRefused('KEY_REUSED')
    await audit.write({
      ...aboutBatch(staffId, batch.id, from),
      action: 'import.start',
      detail: { isDryRun: String(isDryRun) },
    })
    onQueued()
    return batch
  }

  /** How an uploaded file of the person begins; null: there is none, or they may not import. */
  async peek(staffId: string, uploadId: string, options: ImportOptions): Promise<Peek | null> {
    const { uploads, state } = this.#o
    const authority = this.#authority(staffId)
    const isAble = authority.has('staff.write') || authority.has('department.write')
    if (!isAble || !isId(uploadId) || (await uploads.size(uploadId, staffId)) === null) return null
    return await peek({ options, bytes: () => uploads.bytes(uploadId) }, state().all('fieldDefinition'))
  }

  /** What columns of files can be. */
  fields(staffId: string, kind: RowKind): FileField[] {
    const administration = new Administration(this.#authority(staffId))
    const covered = administration.authority.anywhere(kind === 'staff' ? 'staff.write' : 'department.write')
    return fileFields(kind, administration.fields(), covered)
  }

  /** Null: there is none that the person may see. */
  async find(staffId: string, id: string): Promise<ImportBatch | null> {
    const batch = isId(id) ? await this.#o.store.byId(id) : null
    return batch && this.#mayTouch(staffId, batch) ? batch : null
  }

  /** The newest hundred. */
  async recent(staffId: string): Promise<ImportBatch[]> {
    return await this.#o.store.recent(this.#authority(staffId).isUnlimited ? null : staffId)
  }

  async cancel(staffId: string, from: Whence, id: string): Promise<ImportBatch> {
    const batch = await this.#found(staffId, id)
    const { store, audit } = this.#o
    const cancelled = await store.cancel(batch.id)
    if (cancelled) await audit.write({ ...aboutBatch(staffId, batch.id, from), action: 'import.cancel' })
    return cancelled ?? batch
  }

  /** Queues the undo of everything that the import has done. */
  async undo(staffId: string, from: Whence, id: string): Promise<ImportBatch> {
    const { store, audit, onQueued } = this.#o
    const batch = await this.#found(staffId, id)
    if (batch.isDryRun) throw InvalidInput.at('id', 'is a dry run: it has changed nothing')
    if (batch.state === 'UNDOING' || batch.state === 'UNDONE') return batch
    if (batch.finishedAt === null) throw InvalidInput.at('id', 'is still running: cancel it first')
    const undoing = await store.undo(batch.id, staffId)
    if (!undoing) throw new EditRefused('BUSY')
    await audit.write({ ...aboutBatch(staffId, batch.id, from), action: 'import.startUndo' })
    onQueued()
    return undoing
  }

  /** What an undo by the person would do now; null: there is nothing that could be undone. */
  async previewUndo(staffId: string, batch: ImportBatch): Promise<UndoPreview | null> {
    const isOver = batch.finishedAt !== null && batch.state !== 'UNDONE'
    if (batch.isDryRun || !isOver || !this.#mayTouch(staffId, batch)) return null
    return await previewUndo(batch, staffId, this.#o)
  }

  /** Rows of the report: of what the reader's administration does not show now, only what the file has said (T24, T35). */
  async rows(staffId: string, id: string, filter: RowFilter): Promise<ShownRow[]> {
    const administration = new Administration(this.#authority(staffId))
    return (await this.#o.store.rows(id, filter)).map((row) => shownRow(row, administration))
  }

  async kept(id: string, limit: number): Promise<KeptAct[]> {
    return await this.#o.store.kept(id, limit)
  }

  /** How far it is, until it is finished, or the person may not see it any more. */
  async *progress(staffId: string, id: string): AsyncGenerator<ImportBatch, void, undefined> {
    const first = await this.#found(staffId, id)
    for await (const batch of this.#o.progress.follow(first.id)) {
      if (!this.#mayTouch(staffId, batch)) return
      yield batch
    }
  }

  async #found(staffId: string, id: string): Promise<ImportBatch> {
    const batch = await this.find(staffId, id)
    if (!batch) throw new NotFound('id')
    return batch
  }

  #mayTouch(staffId: string, { actorId }: ImportBatch): boolean {
    const authority = this.#authority(staffId)
    return authority.hasAny && (actorId === staffId || authority.isUnlimited)
  }

  #authority(staffId: string): Authority {
    return new Authority(this.#o.state(), staffId)
  }
}

function requireMapping(kind: ImportOptions['kind'], mapping: readonly ColumnMapping[]): void {
  const problem = mappingProblem(kind, mapping)
  if (problem !== null) throw InvalidInput.at('mapping', problem)
}

function shownRow(row: ShownRow, administration: Administration): ShownRow {
  const { authority } = administration
  const isKnown = ({ id }: { id: string | null }) =>
    id === null || authority.showsDepartment(id) || administration.staff(id) !== null
  const shown = (changes: readonly Change[]) =>
    changes.map(({ field, before, after }) => ({
      field,
      before: before.filter(isKnown),
      after: after.filter(isKnown),
    }))
  // A rehearsal has made it up from the file, or nothing was found.
  if (row.subjectId === null) return { ...row, changes: shown(row.changes) }
  const subject =
    row.kind === 'staff' ? administration.staff(row.subjectId) : administration.department(row.subjectId)
  if (!subject) return { ...row, subjectId: null, changes: [] }
  const entry = subject.kind === 'staff' ? authority.state.get('staff', subject.id) : undefined
  const fields = entry ? authority.over('staff.read', entry) : authority.at('department.read', subject.id)
  return { ...row, changes: shown(row.changes.filter(({ field }) => ALWAYS.has(field) || fields.has(field))) }
}

/** What the administration shows of everybody whom it shows. */
const ALWAYS = new Set([
  'name',
  'login',
  'type',
  'pinyin',
  'initials',
  'status',
  'memberships',
  'departments',
  'parent',
])

function aboutBatch(actorId: string, batchId: string, from: Whence) {
  return { actorId, batchId, from, subject: null }
}
