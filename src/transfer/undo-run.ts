import type { Act, BulkEditor } from '../edit/bulk.ts'
import { deleteDepartment } from '../edit/departments/delete.ts'
import type { Edit } from '../edit/edit.ts'
import type { ReadAhead } from '../edit/read-ahead.ts'
import { deleteStaff } from '../edit/staff/delete.ts'
import { changedSince, FIELD_OF, takeBack } from '../edit/take-back.ts'
import type { ImportBatch } from './batch.ts'
import { errorsOf } from './row-errors.ts'
import type { ImportStore, StoredAct } from './store.ts'

export interface UndoOptions {
  readonly store: ImportStore
  readonly bulk: BulkEditor
  readonly reads: ReadAhead
  readonly signal: AbortSignal
}

/** Edits that are looked at together. */
const CHUNK = 500

/**
 * Takes the edits of an import back, the last one first: what was made goes into the trash, what was changed gets the values
 * that it had, unless somebody has changed it since. What is left as it is, is written down with the reason. It goes on where
 * it was after a crash.
 */
export async function runUndo(batch: ImportBatch, o: UndoOptions): Promise<'UNDONE' | 'STOPPED'> {
  const { store, bulk, reads, signal } = o
  const { id, undoActorId } = batch
  const by = { staffId: undoActorId ?? batch.actorId, batchId: id }
  for (;;) {
    if (signal.aborted) return 'STOPPED'
    await store.hold(id)
    const acts = leading((await store.actsToUndo(id, CHUNK)).map((act) => ({ act, edit: editOf(act) })))
    if (acts.length === 0) return 'UNDONE'
    const keyed: Act[] = acts.map(({ act, edit }) => ({ key: `undo ${id} ${act.seq}`, edit }))
    await bulk.run(by, reads, keyed, async (tx, outcomes) => {
      const ends = acts.map(({ act, edit }, i) => {
        const outcome = outcomes[i]
        return {
          seq: act.seq,
          error: outcome?.kind === 'refused' ? errorsOf(outcome.failure, edit.input) : null,
        }
      })
      await store.undid(tx, id, ends)
    })
  }
}

/** What takes an edit of an import back. */
export function editOf({ kind, subjectId: id, isCreated, steps }: StoredAct): Edit {
  if (!isCreated) return takeBack({ kind, id, steps })
  const edit = kind === 'staff' ? deleteStaff({ id }) : deleteDepartment({ id, contents: 'REFUSE' })
  const [made] = steps.filter((step) => step.kind === 'add')
  // Imports of earlier versions have not kept it.
  return made ? unlessEdited(edit, id, made.attributes) : edit
}

type Attributes = Extract<StoredAct['steps'][number], { kind: 'add' }>['attributes']

/** What somebody can edit of what an import has made, and does not follow from edits of others. */
const EDITABLE = [...Object.keys(FIELD_OF), 'uid', 'dlrMeta', 'dlrDisabled', 'dlrRole', 'dlrAvatarHash']
/** Written beside others. */
const FOLLOWING = new Set(['cn', 'manager', 'dlrDepartment'])

/** What somebody has edited since is theirs: it stays, and the report says so. */
function unlessEdited(edit: Edit, id: string, made: Attributes): Edit {
  return {
    ...edit,
    decide: async (scene) => {
      const plan = await edit.decide(scene)
      const fresh = await scene.reader.byId(id)
      for (const attribute of EDITABLE) {
        const [was, now] = [made[attribute] ?? [], fresh?.values(attribute) ?? []]
        const isSame = was.length === now.length && was.every((value) => now.some((one) => one === value))
        if (!isSame && !FOLLOWING.has(attribute)) throw changedSince(id)
      }
      return plan
    },
  }
}

interface Undoing {
  readonly act: StoredAct
  readonly edit: Edit
}

/** The first of them that can be made together: departments one by one, for each must be empty when its turn comes. */
export function leading(all: readonly Undoing[]): Undoing[] {
  const [exclusive, shared] = [new Set<string>(), new Set<string>()]
  const some: Undoing[] = []
  for (const one of all) {
    const { locks } = one.edit
    const isCrossing =
      locks.exclusive.some((lock) => exclusive.has(lock) || shared.has(lock)) ||
      locks.shared.some((lock) => exclusive.has(lock))
    if (some.length > 0 && (isCrossing || one.act.kind === 'department')) break
    for (const lock of locks.exclusive) exclusive.add(lock)
    for (const lock of locks.shared) shared.add(lock)
    some.push(one)
    if (one.act.kind === 'department') break
  }
  return some
}
