import type { Change, DepartmentRow, StaffRow } from './contract.ts'
import type { CopyState, Step } from './copy.ts'
import { digestText, replaceRow, type Marked } from './digest.ts'
import type { WholeDelta } from './staging.ts'

/** What a delta is to a copy. Only a `step` changes anything. */
export type Plan =
  /** Fits: write it, then commit it. */
  | { readonly kind: 'step'; readonly step: Step }
  /** Was applied before (D7). */
  | { readonly kind: 'known' }
  /** Starts somewhere else: catch up by query (D7). */
  | { readonly kind: 'gap' }
  /** Changes a row that is not there, or adds one that is: the copy is not what the server takes it for. */
  | { readonly kind: 'unfit'; readonly id: string }
  /** The rows would not add up to the server's digest: report ours, then resync (D8). */
  | { readonly kind: 'disagreement'; readonly digest: string }

/**
 * Works out what a whole delta makes of a copy; the copy stays as it is (K1). Rows of revoked types go first, by their
 * stored type and nothing else (D5); then the changes follow in their order.
 */
export function planStep(copy: CopyState, delta: WholeDelta): Plan {
  if (delta.from !== copy.cursor) return { kind: delta.to === copy.cursor ? 'known' : 'gap' }
  const departments = new Draft(copy.departments)
  const staff = new Draft(copy.staff)
  if (delta.revoked) {
    departments.removeTypes(delta.revoked.departmentTypeIds)
    staff.removeTypes(delta.revoked.staffTypeIds)
  }
  for (const change of delta.changes) {
    if (!applyChange(departments, staff, change)) return { kind: 'unfit', id: change.id }
  }
  const sum = staff.sumAfter(departments.sumAfter(copy.sum))
  const digest = digestText(sum)
  if (digest !== delta.digest) return { kind: 'disagreement', digest }
  const step: Step = {
    from: delta.from,
    cursor: delta.to,
    sum,
    departments: departments.changed,
    staff: staff.changed,
    catalogue: {
      departmentTypes: delta.departmentTypes ?? copy.departmentTypes,
      staffTypes: delta.staffTypes ?? copy.staffTypes,
      fields: delta.fields ?? copy.fields,
    },
  }
  return { kind: 'step', step }
}

function applyChange(departments: Draft<DepartmentRow>, staff: Draft<StaffRow>, change: Change): boolean {
  // A newer server may tell of more than this client keeps: nothing of that is in its copy, nor in the digest (T57).
  const isKept: boolean = change.category === 'DEPARTMENT' || change.category === 'STAFF'
  if (!isKept) return true
  switch (change.category) {
    case 'DEPARTMENT':
      return departments.apply(change.action, change.id, change.department)
    case 'STAFF':
      return staff.apply(change.action, change.id, change.staff)
  }
}

/** A table with what is about to change laid over it. */
class Draft<R extends Marked & { readonly typeId: string }> {
  readonly changed = new Map<string, R | null>()
  readonly #table: ReadonlyMap<string, R>

  constructor(table: ReadonlyMap<string, R>) {
    this.#table = table
  }

  removeTypes(typeIds: readonly string[]): void {
    if (typeIds.length === 0) return
    const gone = new Set(typeIds)
    for (const [id, row] of this.#table) if (gone.has(row.typeId)) this.changed.set(id, null)
  }

  /** False when the change does not fit what is there. */
  apply(action: Change['action'], id: string, row: R | null): boolean {
    const isThere = (this.changed.has(id) ? this.changed.get(id) : this.#table.get(id)) != null
    const fits = isThere === (action !== 'ADD') && (row !== null) === (action !== 'REMOVE')
    if (fits) this.changed.set(id, row)
    return fits
  }

  sumAfter(sum: bigint): bigint {
    let total = sum
    for (const [id, row] of this.changed) total = replaceRow(total, this.#table.get(id) ?? null, row)
    return total
  }
}
