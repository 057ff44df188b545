import type { StaffRow } from '../access/row.ts'
import type { View } from '../access/view.ts'
import { compareText } from '../model/canonical.ts'
import { grow, type Chart, type ChartRequest } from './chart.ts'

/** People of a view who are looked at for a chart of everybody; above that a person has to be chosen. */
export const MAX_PEOPLE = 10_000

/**
 * The people of a view under their managers, as far as it shows both (V3): somebody whose manager is hidden stands where
 * somebody without one stands. People who manage each other in a circle stand under the one with the smallest id.
 */
export function managerChart(view: View, { rootId, depth }: ChartRequest): Chart {
  const roots = rootId === null ? everybody(view) : present(view.staff(rootId))
  if (roots === 'too large') return { kind: 'too large' }
  if (rootId !== null && roots.length === 0) return { kind: 'missing' }
  return grow<StaffRow>({
    roots,
    depth,
    childrenOf: ({ id }) => reportsOf(view, id),
    detailOf: ({ title }) => title ?? '',
  })
}

function reportsOf(view: View, managerId: string): StaffRow[] {
  return [...view.state.reports(managerId)]
    .flatMap((id) => present(view.staff(id)))
    .filter((row) => row.managerId === managerId)
    .sort(byName)
}

function everybody(view: View): StaffRow[] | 'too large' {
  const rows: StaffRow[] = []
  for (const row of view.allStaff()) {
    if (rows.length === MAX_PEOPLE) return 'too large'
    rows.push(row)
  }
  return topOf(rows)
}

/** The fewest people above whom nobody stands or, in a circle, who stand for it; everybody is under one of them. By name. */
export function topOf<T extends Pick<StaffRow, 'id' | 'name' | 'managerId'>>(rows: readonly T[]): T[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const managerOf = ({ managerId }: T) => (managerId === null ? undefined : byId.get(managerId))
  const tops = new Set<T>()
  /** Those of whom it is known that somebody in `tops` is above them. */
  const placed = new Set<T>()
  for (const row of rows) {
    const path = new Set<T>()
    let at: T | undefined = row
    while (at && !placed.has(at) && !path.has(at)) {
      path.add(at)
      at = managerOf(at)
    }
    if (!at) tops.add([...path].at(-1) ?? row)
    else if (path.has(at)) tops.add(smallestOf(circleAt(at, managerOf)))
    for (const each of path) placed.add(each)
  }
  return [...tops].sort(byName)
}

function circleAt<T>(start: T, managerOf: (row: T) => T | undefined): T[] {
  const circle = [start]
  for (let at = managerOf(start); at && at !== start; at = managerOf(at)) circle.push(at)
  return circle
}

function smallestOf<T extends { readonly id: string }>(rows: readonly T[]): T {
  return rows.reduce((least, row) => (compareText(row.id, least.id) < 0 ? row : least))
}

function present<T>(row: T | null): T[] {
  return row ? [row] : []
}

function byName(a: { name: string; id: string }, b: { name: string; id: string }): number {
  return compareText(a.name, b.name) || compareText(a.id, b.id)
}
