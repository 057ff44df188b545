import type { DepartmentRow, StaffRow } from '../../web/sdk/contract.ts'
import type { Rows } from '../../web/sdk/copy.ts'
import type { News, RowChange } from '../../web/sdk/keeper.ts'
import type { Outline } from '../../web/sdk/outline.ts'

/** A client that shows what the test says. */
export class Shown {
  rows: Rows | null = null
  outline: Outline | null = null
  readonly #listeners = new Set<(news: News) => void>()
  readonly #outlineListeners = new Set<() => void>()

  onNews = (listener: (news: News) => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  onOutline = (listener: () => void) => {
    this.#outlineListeners.add(listener)
    return () => void this.#outlineListeners.delete(listener)
  }

  outlined(outline: Outline | null): void {
    this.outline = outline
    for (const listener of this.#outlineListeners) listener()
  }

  /** `outline`: what may be shown until all is read. */
  reset(rows: Rows | null, outline: Outline | null = null): void {
    this.rows = rows
    this.outline = outline
    for (const listener of this.#listeners) listener({ kind: 'reset', rows })
  }

  /** Changes the rows in place, as the client does, then tells. */
  step(next: World, order: (changes: RowChange[]) => RowChange[] = (c) => c): void {
    const { rows } = this
    if (!rows) throw new Error('nothing is shown')
    const departments = rows.departments as Map<string, DepartmentRow>
    const staff = rows.staff as Map<string, StaffRow>
    const changes: RowChange[] = [
      ...changed(departments, next.departments).map((c) => ({ category: 'DEPARTMENT' as const, ...c })),
      ...changed(staff, next.staff).map((c) => ({ category: 'STAFF' as const, ...c })),
    ]
    for (const { category, id, after } of changes) {
      if (category === 'DEPARTMENT') put(departments, id, after)
      else put(staff, id, after)
    }
    for (const listener of this.#listeners)
      listener({ kind: 'step', rows, changes: order(changes), viewerChanged: false })
  }
}

export interface World {
  readonly departments: readonly DepartmentRow[]
  readonly staff: readonly StaffRow[]
}

export const rowsOf = ({ departments, staff }: World): Rows => ({
  departmentTypes: [],
  staffTypes: [],
  fields: [],
  departments: new Map(departments.map((row) => [row.id, row])),
  staff: new Map(staff.map((row) => [row.id, row])),
})

function put<R>(map: Map<string, R>, id: string, row: R | null): void {
  if (row === null) map.delete(id)
  else map.set(id, row)
}

function changed<R extends { readonly id: string }>(before: ReadonlyMap<string, R>, after: readonly R[]) {
  const next = new Map(after.map((row) => [row.id, row]))
  const ids = new Set([...before.keys(), ...next.keys()])
  return [...ids]
    .map((id) => ({ id, before: before.get(id) ?? null, after: next.get(id) ?? null }))
    .filter((c) => JSON.stringify(c.before) !== JSON.stringify(c.after))
}
