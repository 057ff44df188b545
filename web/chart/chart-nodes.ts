import type { DepartmentRow, StaffRow } from '../sdk/contract.ts'
import type { Queries } from '../sdk/queries.ts'
import type { TreeLine } from '../ui/tree-keys.ts'

/** What a chart goes by. */
export const CHART_WAYS = ['departments', 'managers'] as const
export type ChartWay = (typeof CHART_WAYS)[number]

export type ChartItem =
  | {
      readonly kind: 'department'
      readonly department: DepartmentRow
      readonly leaders: readonly StaffRow[]
      /** At and below it. */
      readonly people: number
    }
  | {
      readonly kind: 'person'
      readonly staff: StaffRow
      readonly title: string | null
      /** Of the department that they stand in. */
      readonly isLeader: boolean
      readonly reports: number
    }
  /** Stands for so many siblings, which are shown when it is chosen. */
  | { readonly kind: 'more'; readonly parentId: string; readonly count: number }

/** One box, with what is shown below it. Its id is of its place: somebody in two departments has two. */
export interface ChartNode extends TreeLine {
  readonly item: ChartItem
  /** Among its siblings, from 1. */
  readonly position: number
  readonly siblings: number
  readonly children: readonly ChartNode[]
}

/** What of a chart is looked at. */
export interface Opened {
  readonly open: ReadonlySet<string>
  /** Of how many children a box shows, where it is more than at first; by id, '' for the top. */
  readonly shown: ReadonlyMap<string, number>
  /** A box that is shown among its siblings however many there are, as those that are open are. */
  readonly kept: string | null
}

/** Children that a box shows at first, and how many more each time. */
export const FIRST = 50
export const MORE = 200

/** The boxes of a chart, from the top. Whatever is below a closed box costs nothing. */
export function chartNodes(queries: Queries, way: ChartWay, opened: Opened): ChartNode[] {
  const tops = way === 'departments' ? departmentSeeds(queries, null) : reportSeeds(queries, null)
  return grow({ id: '', level: 0, seeds: tops }, opened)
}

/** All boxes, from top to bottom as they are read. */
export function linesOf(nodes: readonly ChartNode[]): ChartNode[] {
  return nodes.flatMap((node) => [node, ...linesOf(node.children)])
}

/** The boxes from the top to somebody: in their main department, or below their managers. Empty when they are not shown. */
export function pathTo(queries: Queries, way: ChartWay, staffId: string): readonly string[] {
  if (way === 'managers') return queries.chain(staffId).map(({ id }) => id)
  const memberships = queries.person(staffId)?.memberships ?? []
  const shown = memberships.filter((m) => queries.department(m.departmentId))
  const home = (shown.find((m) => m.isMain) ?? shown[0])?.departmentId
  if (home === undefined) return []
  return [...queries.path(home).map(({ id }) => id), placeOf(home, staffId)]
}

/** What is open when somebody comes: their own place, else the only top. */
export function firstOpen(queries: Queries, way: ChartWay, path: readonly string[]): ReadonlySet<string> {
  if (path.length > 0) return new Set(path)
  const tops = way === 'departments' ? queries.children(null) : queries.reports(null)
  return new Set(tops.length === 1 ? tops.map(({ id }) => id) : [])
}

/** A box before it is known whether it is shown. */
interface Seed {
  readonly id: string
  readonly name: string
  readonly item: ChartItem
  readonly hasChildren: boolean
  readonly below: () => readonly Seed[]
}

function grow(
  { id: parentId, level, seeds }: { id: string; level: number; seeds: readonly Seed[] },
  o: Opened,
): ChartNode[] {
  const limit = o.shown.get(parentId) ?? FIRST
  const siblings = seeds.length
  const nodes = seeds.flatMap((seed, i): ChartNode[] => {
    const { id, name, item, hasChildren } = seed
    if (i >= limit && id !== o.kept && !o.open.has(id)) return []
    const isOpen = hasChildren && o.open.has(id)
    const children = isOpen ? grow({ id, level: level + 1, seeds: seed.below() }, o) : []
    return [{ id, name, item, level: level + 1, isOpen, hasChildren, position: i + 1, siblings, children }]
  })
  const count = siblings - nodes.length
  if (count > 0)
    nodes.push({
      id: placeOf(parentId, 'more'),
      name: '',
      item: { kind: 'more', parentId, count },
      level: level + 1,
      isOpen: false,
      hasChildren: false,
      position: siblings,
      siblings,
      children: [],
    })
  return nodes
}

function departmentSeeds(queries: Queries, parentId: string | null): Seed[] {
  return queries.children(parentId).map((department) => {
    const { id, name } = department
    const leaders = queries.members(id).filter((staff) => membershipOf(staff, id)?.isLeader === true)
    return {
      id,
      name,
      item: { kind: 'department', department, leaders, people: queries.count(id) },
      hasChildren: queries.children(id).length + queries.count(id, false) > 0,
      below: () => [...departmentSeeds(queries, id), ...memberSeeds(queries, id)],
    }
  })
}

function memberSeeds(queries: Queries, departmentId: string): Seed[] {
  return queries.members(departmentId).map((staff) => {
    const membership = membershipOf(staff, departmentId)
    const title = membership?.title ?? staff.title
    return {
      id: placeOf(departmentId, staff.id),
      name: staff.name,
      item: { kind: 'person', staff, title, isLeader: membership?.isLeader === true, reports: 0 },
      hasChildren: false,
      below: () => [],
    }
  })
}

function reportSeeds(queries: Queries, managerId: string | null): Seed[] {
  return queries.reports(managerId).map((staff) => {
    const { id, name } = staff
    const reports = queries.reports(id).length
    const title = staff.title ?? staff.memberships.find((m) => m.isMain)?.title ?? null
    return {
      id,
      name,
      item: { kind: 'person', staff, title, isLeader: false, reports },
      hasChildren: reports > 0,
      below: () => reportSeeds(queries, id),
    }
  })
}

function membershipOf(staff: StaffRow, departmentId: string) {
  return staff.memberships.find((m) => m.departmentId === departmentId)
}

function placeOf(parentId: string, id: string): string {
  return `${parentId}/${id}`
}
