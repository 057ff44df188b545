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
  /** As they were read: most are never touched. */
  readonly #read = new Map<number, Bucket>()

  static of(rows: Pick<Rows, 'departments' | 'staff'>): Buckets {
    const buckets = new Buckets()
    for (const [id, row] of rows.departments) buckets.#shelf(bucketOf(id)).departments.set(id, row)
    for (const [id, row] of rows.staff) buckets.#shelf(bucketOf(id)).staff.set(id, row)
    return buckets
  }

  /** What a store has read. */
  static from(read: Iterable<Bucket>): Buckets {
    const buckets = new Buckets()
    for (const bucket of read) {
      const first = bucket.departments[0] ?? bucket.staff[0]
      if (first) buckets.#read.set(bucketOf(first.id), bucket)
    }
    return buckets
  }

  /** Buckets in which something stands. */
  get numbers(): readonly number[] {
    return [...this.#read.keys(), ...this.#shelves.keys()]
  }

  /** Null when nothing stands in it. */
  get(n: number): Bucket | null {
    const shelf = this.#shelves.get(n)
    if (!shelf) return this.#read.get(n) ?? null
    return { departments: [...shelf.departments.values()], staff: [...shelf.staff.values()] }
  }

  /** Somebody whom the next step changes; null for nobody. */
  person(id: string): StaffRow | null {
    return this.#shelf(bucketOf(id)).staff.get(id) ?? null
  }

  /** All rows. */
  get rows(): Pick<Rows, 'departments' | 'staff'> {
    return rowsOf(this.numbers.flatMap((n) => this.get(n) ?? []))
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
    const known = this.#shelves.get(n)
    if (known) return known
    const read = this.#read.get(n)
    this.#read.delete(n)
    const shelf = { departments: byId(read?.departments), staff: byId(read?.staff) }
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

function byId<R extends { readonly id: string }>(rows: readonly R[] = []): Map<string, R> {
  return new Map(rows.map((row) => [row.id, row]))
}

function put<R>(table: Map<string, R>, id: string, row: R | null): void {
  if (row === null) table.delete(id)
  else table.set(id, row)
}
