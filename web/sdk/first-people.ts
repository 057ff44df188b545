import type { Buckets } from './buckets.ts'
import { LONG, type Census } from './census.ts'
import type { StaffRow } from './contract.ts'
import type { Rows, Step } from './copy.ts'
import { byMembership, placeIn } from './order.ts'

/** The first people of each long department, in its order, kept in step with the rows. */
export class FirstPeople {
  /** Of departments that were looked at. */
  readonly #known = new Map<string, readonly StaffRow[]>()

  /** Of a whole copy: those of all long departments. */
  static of({ staff }: Pick<Rows, 'staff'>, census: Census): FirstPeople {
    const found = new FirstPeople()
    const lists = new Map<string, First>()
    for (const row of staff.values())
      for (const departmentId of new Set(row.memberships.map((m) => m.departmentId))) {
        if (!census.isLong(departmentId)) continue
        const list = lists.get(departmentId) ?? new First(departmentId)
        lists.set(departmentId, list)
        list.add(row)
      }
    for (const [id, { rows }] of lists) found.#known.set(id, rows)
    return found
  }

  /** Those that are known. */
  get all(): ReadonlyMap<string, readonly StaffRow[]> {
    return this.#known
  }

  /** Departments that a step touches, of which the list is not known: `know` takes what was stored. `before`: as in `take`. */
  unknown(step: Step, before: ReadonlyMap<string, StaffRow>, census: Census): string[] {
    return [...placesOf(step, before)].filter((id) => census.isLong(id) && !this.#known.has(id))
  }

  know(id: string, rows: readonly StaffRow[]): void {
    this.#known.set(id, rows)
  }

  /**
   * Takes a step in that `census` and `buckets` have taken; `before`: who has changed, as they were. Answers the departments of
   * which others come first now; null for those that are not long.
   */
  take(
    step: Step,
    before: ReadonlyMap<string, StaffRow>,
    census: Census,
    buckets: Buckets,
  ): Map<string, readonly StaffRow[] | null> {
    const touched = new Map<string, readonly StaffRow[] | null>()
    for (const id of step.departments.keys()) this.#known.delete(id)
    for (const id of new Set([...step.departments.keys(), ...placesOf(step, before)])) {
      if (!census.isLong(id)) {
        this.#known.delete(id)
        touched.set(id, null)
        continue
      }
      const known = this.#known.get(id)
      const next = (known && inPlace(id, known, step)) ?? search(id, census, buckets)
      this.#known.set(id, next)
      if (next !== known) touched.set(id, next)
    }
    return touched
  }
}

/** Where those whom a step changes were, and are then. */
function placesOf(step: Step, before: ReadonlyMap<string, StaffRow>): Set<string> {
  const rows = [...step.staff].flatMap(([id, row]) => [before.get(id) ?? [], row ?? []].flat())
  return new Set(rows.flatMap(({ memberships }) => memberships.map(({ departmentId }) => departmentId)))
}

/** What a step makes of a list whose people stay, where they are; null where others may come first. */
function inPlace(id: string, known: readonly StaffRow[], step: Step): readonly StaffRow[] | null {
  const compare = byMembership(id)
  const last = known.at(-1)
  let next = known
  for (const [staffId, row] of step.staff) {
    const at = known.findIndex((each) => each.id === staffId)
    const was = known[at]
    const isIn = row !== null && isMember(row, id)
    if (was === undefined) {
      if (isIn && (!last || compare(row, last) < 0)) return null
    } else if (isIn && compare(row, was) === 0) next = next.with(at, row)
    else return null
  }
  return next
}

function search(id: string, census: Census, buckets: Buckets): readonly StaffRow[] {
  const list = new First(id)
  for (const n of census.get(id).buckets)
    for (const row of buckets.get(n)?.staff ?? []) if (isMember(row, id)) list.add(row)
  return list.rows
}

/** The first of many, without sorting the many. */
class First {
  readonly rows: StaffRow[] = []
  readonly #compare: (a: StaffRow, b: StaffRow) => number

  constructor(departmentId: string) {
    this.#compare = byMembership(departmentId)
  }

  add(row: StaffRow): void {
    const last = this.rows[LONG - 1]
    if (last && this.#compare(row, last) > 0) return
    this.rows.splice(placeIn(this.rows, row, this.#compare), 0, row)
    if (this.rows.length > LONG) this.rows.pop()
  }
}

function isMember({ memberships }: StaffRow, id: string): boolean {
  return memberships.some(({ departmentId }) => departmentId === id)
}
