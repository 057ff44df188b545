import type { DepartmentRow } from '../access/row.ts'
import type { View } from '../access/view.ts'
import { compareText } from '../model/canonical.ts'
import { grow, type Chart, type ChartRequest } from './chart.ts'

/** The departments of a view under their nearest visible ancestors (V4), with the leaders that it shows (V2, V3). */
export function departmentChart(view: View, { rootId, depth }: ChartRequest): Chart {
  const root = rootId === null ? null : view.department(rootId)
  if (rootId !== null && root === null) return { kind: 'missing' }
  return grow<DepartmentRow>({
    roots: root ? [root] : view.children(null),
    depth,
    childrenOf: ({ id }) => view.children(id),
    detailOf: ({ id }) => leadersOf(view, id).join(', '),
  })
}

/** Names of those whom the view shows as leaders of a department, in order. */
function leadersOf(view: View, departmentId: string): string[] {
  const leaders: { name: string; id: string; sortKey: string }[] = []
  for (const staffId of view.state.members(departmentId)) {
    // Rows of everybody would be made; only leaders are asked of the view.
    const entry = view.state.get('staff', staffId)
    if (!entry?.memberships.some((m) => m.departmentId === departmentId && m.isLeader)) continue
    const row = view.staff(staffId)
    const membership = row?.memberships.find((m) => m.departmentId === departmentId && m.isLeader)
    if (row && membership) leaders.push({ name: row.name, id: row.id, sortKey: membership.sortKey })
  }
  return leaders
    .sort(
      (a, b) => compareText(a.sortKey, b.sortKey) || compareText(a.name, b.name) || compareText(a.id, b.id),
    )
    .map(({ name }) => name)
}
