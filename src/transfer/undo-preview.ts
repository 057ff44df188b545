import type { Sql } from '../changelog/database.ts'
import type { Act } from '../edit/bulk.ts'
import { ReadAhead } from '../edit/read-ahead.ts'
import type { DirectoryReader } from '../directory/reader.ts'
import type { State } from '../model/state.ts'
import type { ImportBatch } from './batch.ts'
import { Rehearsal } from './rehearsal.ts'
import type { RowError } from './row.ts'
import { errorsOf } from './row-errors.ts'
import type { ImportStore, KeptAct } from './store.ts'
import { editOf, leading } from './undo-run.ts'

/** What an undo would do now. */
export interface UndoPreview {
  /** Edits that would be taken back. */
  readonly undone: number
  /** Edits that would be left, and why: as many as are told one by one. */
  readonly kept: readonly KeptAct[]
  readonly keptCount: number
  /** Whether all edits of the import were looked at, and not only the newest. */
  readonly isComplete: boolean
}

export interface PreviewOptions {
  readonly store: Pick<ImportStore, 'actsToUndo' | 'rows'>
  readonly reader: DirectoryReader
  readonly state: () => State
  readonly newId: () => string
  readonly today: () => string
}

/** Edits that are looked at: somebody waits for the answer. */
const LOOKED_AT = 200
/** Of those that would be left. */
const TOLD = 20
/** A rehearsal of which nothing is written down. */
const NOWHERE: { transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T> } = {
  transaction: async (work) => await work({ run: () => Promise.resolve([]) }),
}

/** Plays the undo of an import as a person would make it now, the newest edits first; nothing is changed. */
export async function previewUndo(
  { id }: Pick<ImportBatch, 'id'>,
  staffId: string,
  { store, reader, state, newId, today }: PreviewOptions,
): Promise<UndoPreview> {
  const acts = await store.actsToUndo(id, LOOKED_AT + 1)
  const stage = new Rehearsal({
    db: NOWHERE,
    reads: new ReadAhead(reader),
    staffId,
    base: state,
    newId,
    today,
  })
  const kept: Omit<KeptAct, 'label'>[] = []
  let undone = 0
  const left = acts.slice(0, LOOKED_AT).map((act) => ({ act, edit: editOf(act) }))
  while (left.length > 0) {
    const part = left.splice(0, leading(left).length)
    const keyed: Act[] = part.map(({ act, edit }) => ({ key: String(act.seq), edit }))
    for (const [i, outcome] of (await stage.play(keyed, () => Promise.resolve())).entries()) {
      const one = part[i]
      if (!one || outcome.kind === 'done') undone++
      else kept.push(keptOf(one.act, errorsOf(outcome.failure, one.edit.input)))
    }
  }
  const told: KeptAct[] = []
  for (const act of kept.slice(0, TOLD)) {
    const only = { after: act.number - 1, limit: 1, actions: [], withErrors: false }
    const [row] = await store.rows(id, only)
    told.push({ ...act, label: row?.number === act.number ? row.label : null })
  }
  return { undone, kept: told, keptCount: kept.length, isComplete: acts.length <= LOOKED_AT }
}

function keptOf(
  { number, kind, subjectId }: Pick<KeptAct, 'number' | 'kind' | 'subjectId'>,
  errors: RowError[],
): Omit<KeptAct, 'label'> {
  return { number, kind, subjectId, errors }
}
