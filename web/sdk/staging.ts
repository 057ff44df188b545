import type { Change, Delta, DepartmentRow, SnapshotPage, StaffRow } from './contract.ts'
import { catalogueOf, Copy } from './copy.ts'
import { addRows, digestText } from './digest.ts'

/** All pages of one delta as one (D10); its `to` is a cursor. */
export type WholeDelta = Omit<Delta, 'hasMore'>

export type StagedDelta =
  | { readonly kind: 'whole'; readonly delta: WholeDelta }
  /** Ask `changesSince` with this version for the next page. */
  | { readonly kind: 'partial'; readonly next: string }
  /** Not the page that follows: begin again from the stored cursor. */
  | { readonly kind: 'gap' }

/** Keeps the pages of one delta until all are there: nothing of them is applied before the last (D10). */
export class DeltaStaging {
  #next: string
  #first: Delta | null = null
  readonly #changes: Change[] = []

  /** From the cursor with which the first page is asked for. */
  constructor(cursor: string) {
    this.#next = cursor
  }

  /** Takes the next page; one that is pushed is whole at once. */
  add(page: Delta): StagedDelta {
    if (page.from !== this.#next) return { kind: 'gap' }
    this.#first ??= page
    for (const change of page.changes) this.#changes.push(change)
    this.#next = page.to
    if (page.hasMore) return { kind: 'partial', next: page.to }
    const { from, revoked } = this.#first
    const { hasMore: _, ...last } = page
    return { kind: 'whole', delta: { ...last, from, revoked, changes: this.#changes } }
  }
}

export type StagedSnapshot =
  | { readonly kind: 'whole'; readonly copy: Copy }
  /** Ask `snapshot` with this as `after` for the next page. */
  | { readonly kind: 'partial'; readonly next: string }
  /** Not of the same version as the pages before: begin again. */
  | { readonly kind: 'mixed' }
  /** The rows do not add up to the server's digest: report ours, then begin again (D8). */
  | { readonly kind: 'disagreement'; readonly version: string; readonly digest: string }

/**
 * Keeps the pages of one snapshot until all are there: nothing of them is shown before the last (S1). Each page is
 * summed up as it comes, so that the last one costs no more than the others.
 */
export class SnapshotStaging {
  #first: SnapshotPage | null = null
  #sum = 0n
  readonly #departments = new Map<string, DepartmentRow>()
  readonly #staff = new Map<string, StaffRow>()

  add(page: SnapshotPage): StagedSnapshot {
    this.#first ??= page
    const { version, digest } = this.#first
    if (page.version !== version || page.digest !== digest) return { kind: 'mixed' }
    this.#sum = addRows(addRows(this.#sum, page.departments), page.staff)
    for (const row of page.departments) this.#departments.set(row.id, row)
    for (const row of page.staff) this.#staff.set(row.id, row)
    if (page.hasNextPage) return { kind: 'partial', next: page.endCursor }
    if (digestText(this.#sum) !== digest)
      return { kind: 'disagreement', version, digest: digestText(this.#sum) }
    const rows = { departments: this.#departments, staff: this.#staff }
    return {
      kind: 'whole',
      copy: new Copy({ ...catalogueOf(page), ...rows, cursor: version, sum: this.#sum }),
    }
  }
}
