import type { Delta, SnapshotPage } from '../../web/sdk/contract.ts'
import type { Copy } from '../../web/sdk/copy.ts'
import { DeltaStaging, SnapshotStaging, type WholeDelta } from '../../web/sdk/staging.ts'
import { planStep } from '../../web/sdk/step.ts'

/** The copy that all pages of a snapshot make; throws where the SDK refuses one. */
export function copyOf(pages: readonly SnapshotPage[]): Copy {
  const staging = new SnapshotStaging()
  for (const [i, page] of pages.entries()) {
    const staged = staging.add(page)
    if (staged.kind === 'whole' && i === pages.length - 1) return staged.copy
    if (staged.kind !== 'partial') throw new Error(`page ${i} of a snapshot: ${JSON.stringify(staged)}`)
  }
  throw new Error('a snapshot without its last page')
}

/** Applies all pages of one delta at once (D10); throws where the SDK refuses them, and the copy stays as it was. */
export function applyPages(copy: Copy, pages: readonly Delta[]): void {
  const plan = planStep(copy, wholeOf(copy.cursor, pages))
  if (plan.kind !== 'step') throw new Error(`a delta does not fit the copy: ${JSON.stringify(plan)}`)
  copy.commit(plan.step)
}

/** The same, and throws when the delta tells what the copy has already (I5): an update is harmless twice, and must not come twice. */
export function applyNews(copy: Copy, delta: Delta): void {
  for (const { id, department, staff } of delta.changes) {
    const known = copy.departments.get(id) ?? copy.staff.get(id)
    const told = department ?? staff
    if (known && told?.revision === known.revision) throw new Error(`told twice: ${id}`)
  }
  applyPages(copy, [delta])
}

/** All pages of one delta that was asked for with `cursor`, as one. */
export function wholeOf(cursor: string, pages: readonly Delta[]): WholeDelta {
  const staging = new DeltaStaging(cursor)
  for (const [i, page] of pages.entries()) {
    const staged = staging.add(page)
    if (staged.kind === 'whole' && i === pages.length - 1) return staged.delta
    if (staged.kind !== 'partial') throw new Error(`page ${i} of a delta: ${staged.kind}`)
  }
  throw new Error('a delta without its last page')
}

/** All rows of a copy, departments first. */
export const rowsOf = (copy: Copy) => [...copy.departments.values(), ...copy.staff.values()]
