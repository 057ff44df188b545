import type { DepartmentRow, StaffRow } from './contract.ts'
import type { Rows, Step } from './copy.ts'

/**
 * Rows in 256 buckets by a hash of their ids: a store that writes whole buckets writes everything in a fraction of the time
 * that a record for each row takes, and one change in a few milliseconds.
 */
export const BUCKET_COUNT = 256

export interface Bucket {
  readonly departments: readonly DepartmentRow[]
  readonly staff: readonly StaffRow[]
}

interface Shelf {
  readonly departments: Map<string, DepartmentRow>
  readonly staff: Map<string, StaffRow>
}

/** FNV-1a over the characters of an id. */
export function bucketOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % BUCKET_COUNT
}

/** What stands in each bucket; rows are shared, not copied. */
export class Buckets {
  readonly #shelves = new Map<number, Shelf>()

  static of(rows: Pick<Rows, 'departments' | 'staff'>): Buckets {
    const buckets = new Buckets()
    for (const [id, row] of rows.departments) buckets.#shelf(bucketOf(id)).departments.set(id, row)
    for (const [id, row] of rows.staff) buckets.#shelf(bucketOf(id)).staff.set(id, row)
    return buckets
  }

  /** Buckets in which something stands. */
  get numbers(): readonly number[] {
    return [...this.#shelves.keys()]
  }

  /** Null when nothing stands in it. */
  get(n: number): Bucket | null {
    const shelf = this.#shelves.get(n)
    return shelf ? { departments: [...shelf.departments.values()], staff: [...shelf.staff.values()] } : null
  }

  /** Takes a step in; answers the buckets that are others now. */
  take(step: Step): readonly number[] {
    const touched = new Set<number>()
    for (const [id, row] of step.departments) {
      const n = bucketOf(id)
      touched.add(n)
      put(this.#shelf(n).departments, id, row)
    }
    for (const [id, row] of step.staff) {
      const n = bucketOf(id)
      touched.add(n)
      put(this.#shelf(n).staff, id, row)
    }
    for (const n of touched) {
      const shelf = this.#shelf(n)
      if (shelf.departments.size === 0 && shelf.staff.size === 0) this.#shelves.delete(n)
    }
    return [...touched]
  }

  #shelf(n: number): Shelf {
    const shelf = this.#shelves.get(n) ?? { departments: new Map(), staff: new Map() }
    this.#shelves.set(n, shelf)
    return shelf
  }
}

/** Rows that were read from buckets, by id. */
export function rowsOf(buckets: Iterable<Bucket>): Pick<Rows, 'departments' | 'staff'> {
  const departments = new Map<string, DepartmentRow>()
  const staff = new Map<string, StaffRow>()
  for (const bucket of buckets) {
    for (const row of bucket.departments) departments.set(row.id, row)
    for (const row of bucket.staff) staff.set(row.id, row)
  }
  return { departments, staff }
}

function put<R>(table: Map<string, R>, id: string, row: R | null): void {
  if (row === null) table.delete(id)
  else table.set(id, row)
}
