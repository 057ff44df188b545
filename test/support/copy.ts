import type { Delta, SnapshotPage } from '../../src/sync/results.ts'

type Row = { id: string; typeId: string; revision: string }

/** A client's copy: it applies what it is told and never evaluates a rule (K1, D5). */
export class Copy {
  departments = new Map<string, Row>()
  staff = new Map<string, Row>()
  /** The last stored version. */
  cursor: string | null = null
  digest = ''

  static of(pages: readonly SnapshotPage[]): Copy {
    const copy = new Copy()
    for (const page of pages) {
      for (const row of page.departments) copy.departments.set(row.id, row)
      for (const row of page.staff) copy.staff.set(row.id, row)
    }
    copy.cursor = pages.at(-1)?.version ?? null
    copy.digest = pages.at(-1)?.digest ?? ''
    return copy
  }

  /** Applies all pages of one delta at once (D10). */
  apply(pages: readonly Delta[]): void {
    const [first] = pages
    if (first?.from !== this.cursor) throw new Error('[D7] a delta that does not start where the copy is')
    const gone = new Set(
      pages.flatMap((p) => [...(p.revoked?.departmentTypeIds ?? []), ...(p.revoked?.staffTypeIds ?? [])]),
    )
    for (const table of [this.departments, this.staff]) {
      for (const row of table.values()) if (gone.has(row.typeId)) table.delete(row.id)
    }
    for (const change of pages.flatMap((p) => p.changes)) {
      const table: Map<string, Row> = change.category === 'DEPARTMENT' ? this.departments : this.staff
      const row = change.department ?? change.staff
      const expected = {
        ADD: row !== null && !table.has(change.id),
        UPDATE: row !== null && table.has(change.id),
        REMOVE: row === null && table.has(change.id),
      }
      if (!expected[change.action])
        throw new Error(`[D2] ${change.action} of ${change.id} does not fit the copy`)
      if (row) table.set(change.id, row)
      else table.delete(change.id)
    }
    this.cursor = pages.at(-1)?.to ?? this.cursor
    this.digest = pages.at(-1)?.digest ?? this.digest
  }

  get rows(): Row[] {
    return [...this.departments.values(), ...this.staff.values()]
  }
}
