import type { DepartmentRow, StaffRow } from './contract.ts'
import type { Rows } from './copy.ts'
import { Groups, NOBODY } from './groups.ts'
import type { RowChange } from './keeper.ts'
import { byMembership, byName, byPlace, inOrderOf, ordering, placeIn } from './order.ts'
import { inOneGo } from './slices.ts'

/** After so many people it may be the turn of something else. */
const PIECE = 200

/**
 * The organisation of a copy: who is below whom and who is in what, with counts that are always there. It follows the
 * copy step by step; a step costs what it touches, the people below a department that has moved included. References to rows that
 * are not there show nothing.
 */
export class Tree {
  /** Of which departments and people it tells: those of the copy, which changes before `apply` is called. */
  readonly #rows: Pick<Rows, 'departments' | 'staff'>
  /** As they were when they were last counted. */
  readonly #parents = new Map<string, string | null>()
  readonly #children = new Groups<string | null>()
  /** By department, one that is not there included. */
  readonly #members = new Groups<string>()
  /** The memberships by which somebody was counted. */
  readonly #entered = new Map<string, StaffRow['memberships']>()
  readonly #counts = new Map<string, number>()
  /** Members in their order, of departments that were asked for. */
  readonly #ordered = new Map<string, readonly StaffRow[]>()

  private constructor(rows: Pick<Rows, 'departments' | 'staff'>) {
    this.#rows = rows
  }

  static of(rows: Pick<Rows, 'departments' | 'staff'>): Tree {
    return inOneGo(Tree.grow(rows, []))
  }

  /** The same in pieces, for rows that do not change meanwhile; with the people of some departments in order. */
  static *grow(rows: Pick<Rows, 'departments' | 'staff'>, ordered: Iterable<string>): Generator<void, Tree> {
    const tree = new Tree(rows)
    for (const row of rows.departments.values()) tree.#parents.set(row.id, row.parentId)
    for (const id of rows.departments.keys()) tree.#hang(id)
    yield* tree.#enterAll(rows.staff.values())
    for (const id of ordered) tree.#ordered.set(id, yield* ordering(id, tree.#staffOf(tree.#membersOf(id))))
    return tree
  }

  /** Takes in what has changed in the rows. */
  apply(changes: readonly RowChange[]): void {
    const moved = new Set<string>()
    const recount = new Set<string>()
    for (const { category, id, before, after } of changes) {
      if (category === 'STAFF') recount.add(id)
      else if (before?.parentId !== after?.parentId || !before || !after) moved.add(id)
    }
    // Whoever is below a department that moves is counted elsewhere from now on.
    const loose = new Set(moved)
    // Children of one that goes, and those that have named one that comes before it was there.
    if (moved.size > 0)
      for (const [child, parentId] of this.#parents)
        if (parentId !== null && moved.has(parentId)) loose.add(child)
    for (const id of loose) for (const staffId of this.#below(id)) recount.add(staffId)
    for (const staffId of recount) this.#leave(staffId)
    for (const id of loose) this.#takeDown(id)
    for (const id of moved) {
      const row = this.#rows.departments.get(id)
      if (row) this.#parents.set(id, row.parentId)
      else this.#parents.delete(id)
    }
    for (const id of loose) if (this.#parents.has(id)) this.#hang(id)
    for (const staffId of recount) {
      const row = this.#rows.staff.get(staffId)
      if (row) this.#enter(row)
    }
    for (const id of moved) this.#ordered.delete(id)
    this.#reorder(changes)
  }

  /** Departments below one, or the topmost; in their order. */
  children(id: string | null): DepartmentRow[] {
    return this.#departmentsOf(this.#children.get(id)).sort(byPlace)
  }

  /** From the topmost department to this one; empty when it is not there. */
  path(id: string): DepartmentRow[] {
    return this.#departmentsOf(this.#up(id)).toReversed()
  }

  /** People of one department, in the order that it has. */
  members(id: string): readonly StaffRow[] {
    const known = this.#ordered.get(id)
    if (known) return known
    const ordered = inOrderOf(id, this.#staffOf(this.#membersOf(id)))
    this.#ordered.set(id, ordered)
    return ordered
  }

  /** People of a department and of all below it, or everybody; each once, by name. */
  people(id: string | null): StaffRow[] {
    const ids = id !== null && this.#parents.has(id) ? this.#below(id) : NOBODY
    const rows = id === null ? [...this.#rows.staff.values()] : this.#staffOf(ids)
    return rows.sort(byName)
  }

  /** How many people there are in a department and below it, each once; those of the department alone when not `recursive`. */
  count(id: string, recursive = true): number {
    return recursive ? (this.#counts.get(id) ?? 0) : this.#membersOf(id).size
  }

  /** Who has changed is taken out where they stood and put where they belong: the rest stands in order. */
  #reorder(changes: readonly RowChange[]): void {
    for (const change of changes) {
      if (change.category !== 'STAFF') continue
      const { before, after } = change
      const memberships = [...(before?.memberships ?? []), ...(after?.memberships ?? [])]
      for (const id of new Set(memberships.map(({ departmentId }) => departmentId))) {
        const ordered = this.#ordered.get(id)
        if (!ordered) continue
        const next = [...ordered]
        const order = byMembership(id)
        if (before?.memberships.some(({ departmentId }) => departmentId === id)) {
          const at = placeIn(next, before, order)
          // Of a department that is not there nobody stands in it.
          if (next[at]?.id === before.id) next.splice(at, 1)
        }
        if (after && this.#membersOf(id).has(after.id)) next.splice(placeIn(next, after, order), 0, after)
        this.#ordered.set(id, next)
      }
    }
  }

  #membersOf(id: string): ReadonlySet<string> {
    return this.#parents.has(id) ? this.#members.get(id) : NOBODY
  }

  #departmentsOf(ids: Iterable<string>): DepartmentRow[] {
    return [...ids].flatMap((id) => this.#rows.departments.get(id) ?? [])
  }

  #staffOf(ids: Iterable<string>): StaffRow[] {
    return [...ids].flatMap((id) => this.#rows.staff.get(id) ?? [])
  }

  /** A department and those above it, from below; it ends where it would go round. */
  #up(id: string): Set<string> {
    const found = new Set<string>()
    for (let at: string | null = id; at !== null && this.#parents.has(at) && !found.has(at);) {
      found.add(at)
      at = this.#parents.get(at) ?? null
    }
    return found
  }

  /** Everybody at or below a department. */
  #below(id: string): Set<string> {
    const people = new Set<string>()
    const departments = new Set([id])
    for (const at of departments) {
      for (const child of this.#children.get(at)) departments.add(child)
      for (const staffId of this.#members.get(at)) people.add(staffId)
    }
    return people
  }

  #hang(id: string): void {
    const parentId = this.#parents.get(id) ?? null
    const place = parentId !== null && this.#parents.has(parentId) ? parentId : null
    this.#children.add(place, id)
  }

  #takeDown(id: string): void {
    const parentId = this.#parents.get(id) ?? null
    this.#children.remove(parentId, id)
    this.#children.remove(null, id)
  }

  #enter({ id, memberships }: StaffRow): void {
    this.#entered.set(id, memberships)
    for (const { departmentId } of memberships) this.#members.add(departmentId, id)
    this.#tally(memberships, 1)
  }

  /** The first time: whoever is in one department counts with all others of it, so that the way up is gone once. */
  *#enterAll(staff: Iterable<StaffRow>): Generator<void, void> {
    const alone = new Map<string, number>()
    let done = 0
    for (const row of staff) {
      if (++done % PIECE === 0) yield
      const [first, ...more] = row.memberships
      if (!first || more.length > 0) {
        this.#enter(row)
        continue
      }
      this.#entered.set(row.id, row.memberships)
      this.#members.add(first.departmentId, row.id)
      alone.set(first.departmentId, (alone.get(first.departmentId) ?? 0) + 1)
    }
    for (const [id, people] of alone)
      for (const place of this.#up(id)) this.#counts.set(place, (this.#counts.get(place) ?? 0) + people)
  }

  /** Before anything above them moves. */
  #leave(id: string): void {
    const memberships = this.#entered.get(id) ?? []
    for (const { departmentId } of memberships) this.#members.remove(departmentId, id)
    this.#tally(memberships, -1)
    this.#entered.delete(id)
  }

  /** Counts one person more, or less, in all departments that they are at or below: once in each. */
  #tally(memberships: StaffRow['memberships'], by: 1 | -1): void {
    const [first, ...more] = memberships
    if (!first) return
    const places = this.#up(first.departmentId)
    for (const { departmentId } of more) for (const place of this.#up(departmentId)) places.add(place)
    for (const place of places) this.#counts.set(place, (this.#counts.get(place) ?? 0) + by)
  }
}
