import { BUCKET_COUNT, bucketOf } from './buckets.ts'
import { LONG, NOBODY, type Standing } from './census.ts'
import type { DepartmentRow, StaffRow } from './contract.ts'
import { inOrderOf } from './order.ts'
import type { Head } from './store.ts'
import { Tree } from './tree.ts'

/**
 * A stored copy of which the people are still being read: its departments, and how many people are where, are known; people
 * come bucket by bucket, those that were asked for first. All of it is as the copy was at one version, and it answers the
 * same as the copy will, or tells that it does not know yet.
 */
export class Outline {
  readonly head: Head
  readonly departments: ReadonlyMap<string, DepartmentRow>
  readonly #standings: ReadonlyMap<string, Standing>
  readonly #tree: Tree
  readonly #unread = new Set(Array.from({ length: BUCKET_COUNT }, (_, n) => n))
  /** What was asked for and is not there yet, with the buckets that it still waits for. */
  readonly #asked = new Map<string, Set<number>>()
  /** Long departments that were asked for: their first people are to be read. */
  readonly #askedLong = new Set<string>()
  readonly #people = new Map<string, StaffRow>()
  /** Members in their order, of departments of which all people are there; the first of long ones. */
  readonly #members = new Map<string, readonly StaffRow[]>()

  constructor(
    head: Head,
    departments: ReadonlyMap<string, DepartmentRow>,
    standings: ReadonlyMap<string, Standing>,
  ) {
    this.head = head
    this.departments = departments
    this.#standings = standings
    this.#tree = Tree.of({ departments, staff: new Map() })
  }

  /** Who was read; everybody at the end. */
  get people(): ReadonlyMap<string, StaffRow> {
    return this.#people
  }

  /** As `Queries` say. */
  children(id: string | null): readonly DepartmentRow[] {
    return this.#tree.children(id)
  }

  path(id: string): readonly DepartmentRow[] {
    return this.#tree.path(id)
  }

  count(id: string, recursive = true): number {
    return this.#standings.get(id)?.[recursive ? 'people' : 'own'] ?? 0
  }

  /** Null for nobody, or for somebody who has not been read: `isLoading` tells which. Whoever was asked for is read first. */
  person(id: string): StaffRow | null {
    this.#ask(id, [bucketOf(id)])
    return this.#people.get(id) ?? null
  }

  /** Of a department that is there; nobody until all of them were read, of a long one those who come first. They are read first. */
  members(id: string): readonly StaffRow[] {
    const known = this.#members.get(id)
    if (known) return known
    const { own, buckets } = this.#standings.get(id) ?? NOBODY
    if (own > LONG) {
      // So many are put in order by those who ask once everybody is there.
      this.#members.set(id, NO_ROWS)
      this.#askedLong.add(id)
      return NO_ROWS
    }
    if (this.#ask(id, buckets)) return NO_ROWS
    const people = [...this.#people.values()].filter(({ memberships }) =>
      memberships.some(({ departmentId }) => departmentId === id),
    )
    const members = inOrderOf(id, people)
    this.#members.set(id, members)
    return members
  }

  /** Departments of which the people were asked for. */
  get asked(): Iterable<string> {
    return this.#members.keys()
  }

  /** Whether people of a department, or a person, are still to be read. */
  isLoading(id: string): boolean {
    const { own, buckets } = this.#standings.get(id) ?? { own: 0, buckets: [bucketOf(id)] }
    return own > LONG || buckets.some((n) => this.#unread.has(n))
  }

  /** For whoever reads: the bucket that is wanted most of those not in `under`; null when there is none left. */
  next(under: ReadonlySet<number>): number | null {
    for (const numbers of [...this.#asked.values(), this.#unread])
      for (const n of numbers) if (!under.has(n)) return n
    return null
  }

  /** For whoever reads: long departments that are wanted, once each. */
  nextLong(): readonly string[] {
    const wanted = [...this.#askedLong]
    this.#askedLong.clear()
    return wanted
  }

  /** For whoever reads: the first people of a long department, in its order. */
  addFirst(id: string, staff: readonly StaffRow[]): void {
    this.#members.set(id, staff)
  }

  /** For whoever reads: what stands in a bucket. Answers whether something that was asked for is there with it. */
  add(n: number, staff: readonly StaffRow[]): boolean {
    this.#unread.delete(n)
    for (const row of staff) this.#people.set(row.id, row)
    let isAnswer = false
    for (const [id, buckets] of this.#asked) {
      if (!buckets.delete(n) || buckets.size > 0) continue
      this.#asked.delete(id)
      isAnswer = true
    }
    return isAnswer
  }

  /** Whether it has to be waited for. */
  #ask(id: string, buckets: readonly number[]): boolean {
    if (this.#asked.has(id)) return true
    const unread = buckets.filter((n) => this.#unread.has(n))
    if (unread.length > 0) this.#asked.set(id, new Set(unread))
    return unread.length > 0
  }
}

const NO_ROWS: readonly StaffRow[] = []
