import { hash } from 'node:crypto'
import type { Department, Staff } from '../model/entry.ts'
import type { State } from '../model/state.ts'
import { FieldCatalogue } from './fields.ts'
import type { Audience } from './grant.ts'
import type { DepartmentRow, StaffRow } from './row.ts'
import { Sight } from './sight.ts'

type Row = DepartmentRow | StaffRow
type Rows = Map<string, Row>

/** Rows that are kept at least, in case somebody asks for them again. */
const KEPT_ROWS = 50_000

/**
 * What views of one history share: rows are functions of an entry and a key, and equal ones are the same object for every
 * audience, so that what hangs on them (marks, bytes) is worked out once (P1). Bounded: rows that nobody asked for lately
 * are made anew.
 */
export class Projections {
  readonly #keptRows: number
  #rows = new WeakMap<Department | Staff, Rows>()
  #older = new WeakMap<Department | Staff, Rows>()
  #count = 0
  readonly #marks = new WeakMap<Row, bigint>()
  readonly #sights = new WeakMap<Audience, Sight>()
  #catalogue: { readonly stamp: object; readonly fields: FieldCatalogue } | null = null

  constructor(keptRows: number = KEPT_ROWS) {
    this.#keptRows = keptRows
  }

  /** The row of an entry under a key, which `make` makes if it is not known. */
  row<R extends Row>(entry: Department | Staff, key: string, make: () => R): R {
    let rows = this.#rows.get(entry)
    if (!rows) {
      rows = new Map()
      this.#rows.set(entry, rows)
    }
    // Rows are kept under their own entry, so the kind is R.
    const known = (rows.get(key) ?? this.#older.get(entry)?.get(key)) as R | undefined
    const row = known ?? make()
    if (!rows.has(key)) {
      rows.set(key, row)
      this.#count++
      if (this.#count > this.#keptRows) this.#age()
    }
    return row
  }

  /** What a row adds to the digest (D8): the first 16 bytes of SHA-256(id, 0x00, revision). */
  mark(row: Row): bigint {
    let mark = this.#marks.get(row)
    if (mark === undefined) {
      mark = BigInt(`0x${hash('sha256', `${row.id}\0${row.revision}`).slice(0, 32)}`)
      this.#marks.set(row, mark)
    }
    return mark
  }

  /** What an audience sees of departments; the same for all views over states with the same departments. */
  sight(audience: Audience, state: State): Sight {
    const known = this.#sights.get(audience)
    if (known?.holds(state)) return known
    const sight = new Sight(audience, state)
    this.#sights.set(audience, sight)
    return sight
  }

  fields(state: State): FieldCatalogue {
    const stamp = state.stamp('fieldDefinition')
    if (this.#catalogue?.stamp !== stamp) this.#catalogue = { stamp, fields: new FieldCatalogue(state) }
    return this.#catalogue.fields
  }

  #age(): void {
    this.#older = this.#rows
    this.#rows = new WeakMap()
    this.#count = 0
  }
}
