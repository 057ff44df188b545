import type { StaffRow } from './contract.ts'
import type { Rows } from './copy.ts'
import { Groups } from './groups.ts'
import type { RowChange } from './keeper.ts'
import { byName } from './order.ts'

/**
 * Who reports to whom in a copy, as far as it shows both. Everybody stands once: at the top is who has no manager there, and
 * of people who manage each other in a circle the one with the smallest id. It follows the copy step by step.
 */
export class Managers {
  /** Changes before `apply` is called. */
  readonly #staff: Rows['staff']
  /** As they were when they were last looked at. */
  readonly #managers = new Map<string, string | null>()
  /** By manager, one that is not there included. */
  readonly #reports = new Groups<string>()
  #tops: ReadonlySet<string> | null = null

  constructor({ staff }: Pick<Rows, 'staff'>) {
    this.#staff = staff
    for (const row of staff.values()) this.#enter(row)
  }

  /** Takes in what has changed in the rows. */
  apply(changes: readonly RowChange[]): void {
    for (const { category, id } of changes) {
      if (category !== 'STAFF') continue
      const row = this.#staff.get(id)
      if (row && this.#managers.get(id) === row.managerId) continue
      this.#tops = null
      this.#leave(id)
      if (row) this.#enter(row)
    }
  }

  /** Those below somebody, or at the top for null; by name. */
  reports(id: string | null): StaffRow[] {
    const tops = this.#findTops()
    const ids = id === null ? [...tops] : [...this.#reports.get(id)].filter((report) => !tops.has(report))
    return ids.flatMap((each) => this.#staff.get(each) ?? []).sort(byName)
  }

  /** From the top to this person; empty when they are not there. */
  chain(id: string): StaffRow[] {
    const tops = this.#findTops()
    const chain: StaffRow[] = []
    for (let at: string | null = id; at !== null; at = tops.has(at) ? null : this.#above(at)) {
      const row = this.#staff.get(at)
      if (row) chain.push(row)
    }
    return chain.reverse()
  }

  #above(id: string): string | null {
    const managerId = this.#managers.get(id) ?? null
    return managerId !== null && this.#managers.has(managerId) ? managerId : null
  }

  #findTops(): ReadonlySet<string> {
    if (this.#tops) return this.#tops
    const tops = new Set<string>()
    /** Those of whom it is known that somebody in `tops` is above them. */
    const placed = new Set<string>()
    for (const id of this.#managers.keys()) {
      const path: string[] = []
      let at: string | null = id
      while (at !== null && !placed.has(at)) {
        placed.add(at)
        path.push(at)
        at = this.#above(at)
      }
      const circle = at === null ? path.slice(-1) : path.slice(path.indexOf(at))
      if (at === null || path.includes(at)) tops.add(smallestOf(circle))
    }
    return (this.#tops = tops)
  }

  #enter({ id, managerId }: StaffRow): void {
    this.#managers.set(id, managerId)
    if (managerId !== null) this.#reports.add(managerId, id)
  }

  #leave(id: string): void {
    const managerId = this.#managers.get(id) ?? null
    if (managerId !== null) this.#reports.remove(managerId, id)
    this.#managers.delete(id)
  }
}

function smallestOf(ids: readonly string[]): string {
  return ids.reduce((least, id) => (id < least ? id : least))
}
