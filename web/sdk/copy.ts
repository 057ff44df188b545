import type { DepartmentRow, DepartmentType, FieldDefinition, StaffRow, StaffType } from './contract.ts'
import { addRows, digestText } from './digest.ts'

/** The small lists that travel whole (D11). */
export interface Catalogue {
  readonly departmentTypes: readonly DepartmentType[]
  readonly staffTypes: readonly StaffType[]
  readonly fields: readonly FieldDefinition[]
}

/** What a device shows; by id. A row may name one that is not here: such a reference shows nothing. */
export interface Rows extends Catalogue {
  readonly departments: ReadonlyMap<string, DepartmentRow>
  readonly staff: ReadonlyMap<string, StaffRow>
}

/** Rows as they were at one version. */
export interface CopyState extends Rows {
  readonly cursor: string
  /** Of all rows (D8). */
  readonly sum: bigint
}

/** What one delta changes in a copy that stands at `from`; null removes a row. A store writes it in one transaction (K1). */
export interface Step {
  readonly from: string
  readonly cursor: string
  readonly sum: bigint
  readonly departments: ReadonlyMap<string, DepartmentRow | null>
  readonly staff: ReadonlyMap<string, StaffRow | null>
  readonly catalogue: Catalogue
}

/**
 * Everything one person may see, exactly as it was at the version `cursor`. It changes by whole steps only, which
 * `planStep` makes, and knows its digest at any time.
 */
export class Copy implements CopyState {
  #cursor: string
  #sum: bigint
  #catalogue: Catalogue
  readonly #departments: Map<string, DepartmentRow>
  readonly #staff: Map<string, StaffRow>

  constructor({ cursor, sum, departments, staff, departmentTypes, staffTypes, fields }: CopyState) {
    this.#cursor = cursor
    this.#sum = sum
    this.#catalogue = { departmentTypes, staffTypes, fields }
    this.#departments = new Map(departments)
    this.#staff = new Map(staff)
  }

  /** A copy of rows whose digest is not known: it is worked out. */
  static restore(cursor: string, rows: Rows): Copy {
    const sum = addRows(addRows(0n, rows.departments.values()), rows.staff.values())
    return new Copy({ ...catalogueOf(rows), cursor, sum, departments: rows.departments, staff: rows.staff })
  }

  get cursor(): string {
    return this.#cursor
  }

  get sum(): bigint {
    return this.#sum
  }

  get digest(): string {
    return digestText(this.#sum)
  }

  get departments(): ReadonlyMap<string, DepartmentRow> {
    return this.#departments
  }

  get staff(): ReadonlyMap<string, StaffRow> {
    return this.#staff
  }

  get departmentTypes(): readonly DepartmentType[] {
    return this.#catalogue.departmentTypes
  }

  get staffTypes(): readonly StaffType[] {
    return this.#catalogue.staffTypes
  }

  get fields(): readonly FieldDefinition[] {
    return this.#catalogue.fields
  }

  /** Takes a step that was planned on this very state. Throws, and changes nothing, when it was planned on another. */
  commit(step: Step): void {
    if (step.from !== this.#cursor) throw new Error('the step was planned on another state of the copy')
    put(this.#departments, step.departments)
    put(this.#staff, step.staff)
    this.#catalogue = step.catalogue
    this.#sum = step.sum
    this.#cursor = step.cursor
  }
}

export function catalogueOf({ departmentTypes, staffTypes, fields }: Catalogue): Catalogue {
  return { departmentTypes, staffTypes, fields }
}

function put<R>(table: Map<string, R>, rows: ReadonlyMap<string, R | null>): void {
  for (const [id, row] of rows) {
    if (row === null) table.delete(id)
    else table.set(id, row)
  }
}
