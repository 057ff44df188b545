import type { DepartmentRow, StaffRow } from '../../../web/sdk/contract.ts'
import { catalogueOf, Copy, type Catalogue, type Rows, type Step } from '../../../web/sdk/copy.ts'
import type { Held } from './device.ts'

/** What survives a crash: rows and cursor, each write one transaction (K1). */
export class Store {
  #cursor: string | null = null
  #rows: Stored | null = null

  step({ cursor, departments, staff, catalogue }: Step): void {
    if (!this.#rows) throw new Error('a step of nothing')
    put(this.#rows.departments, departments)
    put(this.#rows.staff, staff)
    this.#rows = { ...this.#rows, ...catalogue }
    this.#cursor = cursor
  }

  replace(copy: Copy): void {
    this.#rows = storedOf(copy)
    this.#cursor = copy.cursor
  }

  keep(rows: Rows | null): void {
    this.#rows = rows && storedOf(rows)
    this.#cursor = null
  }

  /** A row is not what was written any more: a broken disk. */
  damage(n: number): void {
    const rows = [...(this.#rows?.staff.values() ?? [])]
    const row = rows[n % Math.max(1, rows.length)]
    if (row) this.#rows?.staff.set(row.id, { ...row, revision: `${row.revision}?` })
  }

  get rows(): Rows | null {
    return this.#rows
  }

  get cursor(): string | null {
    return this.#cursor
  }

  read(): Held {
    if (!this.#rows) return { kind: 'nothing' }
    const rows = storedOf(this.#rows)
    return this.#cursor === null
      ? { kind: 'kept', rows }
      : { kind: 'copy', copy: Copy.restore(this.#cursor, rows) }
  }
}

interface Stored extends Catalogue {
  readonly departments: Map<string, DepartmentRow>
  readonly staff: Map<string, StaffRow>
}

const storedOf = (rows: Rows): Stored => ({
  ...catalogueOf(rows),
  departments: new Map(rows.departments),
  staff: new Map(rows.staff),
})

function put<R>(table: Map<string, R>, rows: ReadonlyMap<string, R | null>): void {
  for (const [id, row] of rows) {
    if (row) table.set(id, row)
    else table.delete(id)
  }
}
