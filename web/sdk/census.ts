import { bucketOf } from './buckets.ts'
import type { DepartmentRow, StaffRow } from './contract.ts'
import type { Rows, Step } from './copy.ts'

/**
 * A department of more people than this is long: they are in more buckets than can be read while somebody waits, so as many as
 * fill a screen are kept beside.
 */
export const LONG = 32

/** How many people are in a department. */
export interface Standing {
  /** At and below it, each once. */
  readonly people: number
  /** In it alone. */
  readonly own: number
  /** Where its own people are kept: nobody of it is in a bucket that is not named, but one that is may have nobody any more. */
  readonly buckets: readonly number[]
}

interface Site {
  readonly parentId: string | null
  above: Site | null
  people: number
  own: number
  readonly buckets: Set<number>
  /** The person that was counted last: on the way up from several departments each place counts them once. */
  last: number
}

/**
 * The standings of all departments, kept in step with the rows, so that a stored tree has its counts before anybody is read.
 * A step of people costs their ways up; one by which departments come, go or move counts anew.
 */
export class Census {
  #sites: ReadonlyMap<string, Site>
  #persons = 0

  private constructor(sites: ReadonlyMap<string, Site>) {
    this.#sites = sites
  }

  static of({ departments, staff }: Pick<Rows, 'departments' | 'staff'>): Census {
    const census = new Census(sitesOf(departments, () => NOBODY))
    for (const { id, memberships } of staff.values()) census.#count(bucketOf(id), memberships, 1)
    return census
  }

  /** As it was stored. */
  static from(departments: Rows['departments'], standings: ReadonlyMap<string, Standing>): Census {
    return new Census(sitesOf(departments, (id) => standings.get(id) ?? NOBODY))
  }

  get(id: string): Standing {
    const { people, own, buckets } = this.#sites.get(id) ?? NOBODY
    return { people, own, buckets: [...buckets] }
  }

  /** Whether so many people are in a department alone that the first of them are kept beside. */
  isLong(id: string): boolean {
    return (this.#sites.get(id)?.own ?? 0) > LONG
  }

  /**
   * Takes a step in; `before`: who is about to change, as they were; `after`: all rows as they are then. Answers the departments
   * that may have another standing now.
   */
  take(
    step: Step,
    before: ReadonlyMap<string, StaffRow>,
    after: () => Pick<Rows, 'departments' | 'staff'>,
  ): Iterable<string> {
    const isMoved = ([id, row]: [string, DepartmentRow | null]) =>
      row === null || this.#sites.get(id)?.parentId !== row.parentId
    if ([...step.departments].some(isMoved)) {
      const anew = Census.of(after())
      this.#sites = anew.#sites
      this.#persons = anew.#persons
      return this.#sites.keys()
    }
    const touched = new Set<string>()
    for (const [id, row] of step.staff) {
      const memberships = [before.get(id)?.memberships ?? [], row?.memberships ?? []] as const
      if (isSame(...memberships)) continue
      this.#count(bucketOf(id), memberships[0], -1)
      this.#count(bucketOf(id), memberships[1], 1)
      for (const { departmentId } of memberships.flat()) touched.add(departmentId)
    }
    for (const id of touched) {
      const parentId = this.#sites.get(id)?.parentId ?? null
      if (parentId !== null) touched.add(parentId)
    }
    return touched
  }

  #count(bucket: number, memberships: StaffRow['memberships'], by: 1 | -1): void {
    this.#persons++
    for (const [i, { departmentId }] of memberships.entries()) {
      const here = this.#sites.get(departmentId)
      if (!here || memberships.some((m, j) => j < i && m.departmentId === departmentId)) continue
      here.own += by
      here.buckets.add(bucket)
      for (let site: Site | null = here; site && site.last !== this.#persons; site = site.above) {
        site.last = this.#persons
        site.people += by
      }
    }
  }
}

export const NOBODY: Standing = { people: 0, own: 0, buckets: [] }

function sitesOf(departments: Rows['departments'], standingOf: (id: string) => Standing): Map<string, Site> {
  const sites = new Map<string, Site>()
  for (const { id, parentId } of departments.values()) {
    const { people, own, buckets } = standingOf(id)
    sites.set(id, { parentId, above: null, people, own, buckets: new Set(buckets), last: 0 })
  }
  for (const site of sites.values()) if (site.parentId !== null) site.above = sites.get(site.parentId) ?? null
  return sites
}

function isSame(a: StaffRow['memberships'], b: StaffRow['memberships']): boolean {
  return a.length === b.length && a.every(({ departmentId }, i) => b[i]?.departmentId === departmentId)
}
