import type { View } from '../access/view.ts'
import { compareText } from '../model/canonical.ts'
import { bucketOf, BUCKETS, type State } from '../model/state.ts'
import type { Block } from './blocks.ts'
import type { RowChange } from './delta.ts'
import { advanceSummary, type Summary } from './digest.ts'

/** Blocks of one type of people, one for each equal run of buckets; null: to be made anew. */
export type Blocks = readonly (Block | null)[]

/**
 * How an audience's view stands at one version: its digest, and the blocks of its rows as far as they are known. Advancing
 * makes another one; whoever pins an older one keeps it.
 */
export interface Standing {
  readonly version: number
  readonly summary: Summary
  /** One step back: what the members of an audience had before the last change. */
  readonly previous: { readonly version: number; readonly summary: Summary } | null
  /** Into how many runs departments were cut. */
  readonly departmentCut: number
  /** In their order; null: to be cut anew. */
  readonly departments: readonly Block[] | null
  /** By type: audiences that see a type in the same way share its blocks, whatever else they see. */
  readonly staff: ReadonlyMap<string, Blocks>
}

/** A standing of which only the digest is known. */
export function standingOf(version: number, summary: Summary): Standing {
  return { version, summary, previous: null, departmentCut: 0, departments: null, staff: new Map() }
}

/** The standing after a difference of the whole view; only blocks in which a row differs are made anew (S2). */
export function advanceStanding(
  standing: Standing,
  version: number,
  changes: readonly RowChange[],
  view: View,
): Standing {
  const previous = { version: standing.version, summary: standing.summary }
  if (changes.length === 0) return { ...standing, version, previous }
  return {
    version,
    summary: advanceSummary(standing.summary, changes, view),
    previous,
    departmentCut: standing.departmentCut,
    departments: changes.some((c) => c.category === 'DEPARTMENT') ? null : standing.departments,
    staff: blocksWithout(standing.staff, changes),
  }
}

/** The same map where no block is known in which a row differs: most changes find their block gone already. */
function blocksWithout(known: Standing['staff'], changes: readonly RowChange[]): Standing['staff'] {
  let staff: Map<string, Blocks> | null = null
  for (const { category, before, after } of changes) {
    if (category !== 'STAFF') continue
    for (const row of [before, after]) {
      const blocks = row && (staff ?? known).get(row.typeId)
      if (!blocks) continue
      const at = blockOf(row.id, blocks.length)
      if (blocks[at]) (staff ??= new Map(known)).set(row.typeId, blocks.with(at, null))
    }
  }
  return staff ?? known
}

/**
 * The standing as a state is cut: into how many blocks depends on hidden entries as well, and every instance has to cut a
 * pinned view alike (S1).
 */
export function fitted(standing: Standing, { state, audience }: View, blockRows: number): Standing {
  const departmentCut = blockCount(state.count('department'), blockRows)
  const staff = new Map<string, Blocks>()
  for (const typeId of shownTypes(state, audience.byStaffType.keys())) {
    const count = blockCount(state.countOfType(typeId), blockRows)
    const blocks = standing.staff.get(typeId)
    staff.set(typeId, blocks?.length === count ? blocks : Array.from({ length: count }, () => null))
  }
  if (departmentCut === standing.departmentCut && isSame(staff, standing.staff)) return standing
  const departments = departmentCut === standing.departmentCut ? standing.departments : null
  return { ...standing, departmentCut, departments, staff }
}

function isSame(a: Standing['staff'], b: Standing['staff']): boolean {
  return a.size === b.size && [...a].every(([typeId, blocks]) => b.get(typeId) === blocks)
}

/** Whether all blocks are there. */
export function isComplete({ departments, staff }: Standing): boolean {
  return departments !== null && [...staff.values()].every((blocks) => blocks.every((b) => b !== null))
}

function shownTypes(state: State, typeIds: Iterable<string>): string[] {
  return [...typeIds]
    .filter((id) => state.get('staffType', id) && state.countOfType(id) > 0)
    .sort(compareText)
}

/** Into how many blocks of some `blockRows` so many entries are cut: a power of two. */
export function blockCount(entries: number, blockRows: number): number {
  let count = 1
  while (count < BUCKETS && entries / count > blockRows) count *= 2
  return count
}

/** Which of `count` blocks an entry stands in. */
export function blockOf(id: string, count: number): number {
  return Math.floor(bucketOf(id) / (BUCKETS / count))
}
