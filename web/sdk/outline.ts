import type { DepartmentRow, StaffRow } from './contract.ts'
import type { Rows, Step } from './copy.ts'

/** Somebody in a department, as its list shows them. */
export interface Member {
  readonly staff: StaffRow
  readonly membership: StaffRow['memberships'][number]
}

/**
 * The tree that a copy makes, with who is where and how many: whatever an organisation's page asks, answered at once. It is
 * made of a copy's rows and kept in step by `apply`; lists are the same objects until something in them changes. Departments
 * whose parent the copy does not have stand at the top, so that nothing is lost.
 */
export class Outline {
  readonly #departments = new Map<string, DepartmentRow>()
  readonly #staff = new Map<string, StaffRow>()
  readonly #below = new Map<string | null, Set<string>>()
  readonly #within = new Map<string, Set<string>>()
  readonly #counts = new Map<string, number>()
  /** Lists that were asked for. */
  readonly #children = new Map<string | null, readonly DepartmentRow[]>()
  readonly #members = new Map<string, readonly Member[]>()

  constructor({ departments, staff }: Pick<Rows, 'departments' | 'staff'>) {
    for (const row of departments.values()) this.#departments.set(row.id, row)
    for (const row of this.#departments.values()) this.#place(row)
    for (const row of staff.values()) this.#enter(row)
  }

  /** What one delta changes; null removes a row. */
  apply({ departments, staff }: Pick<Step, 'departments' | 'staff'>): void {
    for (const id of staff.keys()) this.#leave(id)
    if ([...departments].some(([id, row]) => this.#reshapes(id, row))) this.#rebuild(departments)
    else for (const row of departments.values()) if (row) this.#replace(row)
    for (const row of staff.values()) if (row) this.#enter(row)
  }

  department(id: string): DepartmentRow | null {
    return this.#departments.get(id) ?? null
  }

  person(id: string): StaffRow | null {
    return this.#staff.get(id) ?? null
  }

  get size(): { readonly departments: number; readonly staff: number } {
    return { departments: this.#departments.size, staff: this.#staff.size }
  }

  people(): Iterable<StaffRow> {
    return this.#staff.values()
  }

  departments(): Iterable<DepartmentRow> {
    return this.#departments.values()
  }

  /** Departments right below another, null: at the top; in HR's order. */
  children(parentId: string | null): readonly DepartmentRow[] {
    return memo(this.#children, parentId, () =>
      present(this.#below.get(parentId), this.#departments).sort(
        (a, b) => compare(a.sortKey, b.sortKey) || compare(a.name, b.name) || compare(a.id, b.id),
      ),
    )
  }

  /** People of one department, without those of departments below; in HR's order. */
  members(departmentId: string): readonly Member[] {
    return memo(this.#members, departmentId, () =>
      present(this.#within.get(departmentId), this.#staff)
        .flatMap((staff) => {
          const membership = staff.memberships.find((m) => m.departmentId === departmentId)
          return membership ? [{ staff, membership }] : []
        })
        .sort(
          (a, b) =>
            compare(a.membership.sortKey, b.membership.sortKey) ||
            compare(a.staff.name, b.staff.name) ||
            compare(a.staff.id, b.staff.id),
        ),
    )
  }

  /** How many people a department and all below it have, each once. */
  count(departmentId: string): number {
    return this.#counts.get(departmentId) ?? 0
  }

  /** A department with all above it, the top first; empty for what is not there. */
  path(departmentId: string): readonly DepartmentRow[] {
    return [...this.#upwards([departmentId])].reverse().flatMap((id) => this.#departments.get(id) ?? [])
  }

  /** Whether more than names and texts of a department change: its place, or that it is there at all. */
  #reshapes(id: string, row: DepartmentRow | null): boolean {
    const known = this.#departments.get(id)
    return !row || !known || known.parentId !== row.parentId
  }

  #rebuild(changes: Step['departments']): void {
    for (const [id, row] of changes) {
      if (row) this.#departments.set(id, row)
      else this.#departments.delete(id)
    }
    this.#below.clear()
    this.#children.clear()
    this.#counts.clear()
    for (const row of this.#departments.values()) this.#place(row)
    for (const { memberships } of this.#staff.values()) this.#tally(memberships, 1)
  }

  #replace(row: DepartmentRow): void {
    this.#departments.set(row.id, row)
    this.#children.delete(this.#parentOf(row))
  }

  #place(row: DepartmentRow): void {
    add(this.#below, this.#parentOf(row), row.id)
  }

  #parentOf({ parentId }: DepartmentRow): string | null {
    return parentId !== null && this.#departments.has(parentId) ? parentId : null
  }

  #enter(row: StaffRow): void {
    this.#staff.set(row.id, row)
    for (const { departmentId } of row.memberships) {
      add(this.#within, departmentId, row.id)
      this.#members.delete(departmentId)
    }
    this.#tally(row.memberships, 1)
  }

  #leave(id: string): void {
    const row = this.#staff.get(id)
    if (!row) return
    this.#staff.delete(id)
    for (const { departmentId } of row.memberships) {
      this.#within.get(departmentId)?.delete(id)
      this.#members.delete(departmentId)
    }
    this.#tally(row.memberships, -1)
  }

  /** Counts a person in or out of every department that they stand in or below, once each. */
  #tally(memberships: StaffRow['memberships'], by: 1 | -1): void {
    const ids = memberships.map((m) => m.departmentId)
    for (const id of this.#upwards(ids)) this.#counts.set(id, (this.#counts.get(id) ?? 0) + by)
  }

  /** These departments and all above them, each once. */
  #upwards(ids: readonly string[]): Set<string> {
    const all = new Set<string>()
    for (const start of ids) {
      for (let id: string | null = start; id !== null && !all.has(id);) {
        all.add(id)
        const row = this.#departments.get(id)
        id = row ? this.#parentOf(row) : null
      }
    }
    return all
  }
}

/** By code units, as the server orders. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function memo<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let known = map.get(key)
  if (known === undefined) map.set(key, (known = make()))
  return known
}

function add<K>(map: Map<K, Set<string>>, key: K, id: string): void {
  const ids = map.get(key)
  if (ids) ids.add(id)
  else map.set(key, new Set([id]))
}

function present<R>(ids: Iterable<string> | undefined, rows: ReadonlyMap<string, R>): R[] {
  return [...(ids ?? [])].flatMap((id) => rows.get(id) ?? [])
}
