import { compareText, sameEntry } from '../model/canonical.ts'
import type { Entry, EntryChange } from '../model/entry.ts'
import { ancestry, subtree } from '../model/state.ts'
import type { DepartmentRow, StaffRow } from '../access/row.ts'
import type { Since, View } from '../access/view.ts'
import type { Change, ChangeAction, RevokedTypes } from './results.ts'

/** One row in two views; both sides are never null, and never equal. */
export type RowChange =
  | {
      readonly category: 'DEPARTMENT'
      readonly id: string
      readonly before: DepartmentRow | null
      readonly after: DepartmentRow | null
    }
  | {
      readonly category: 'STAFF'
      readonly id: string
      readonly before: StaffRow | null
      readonly after: StaffRow | null
    }

/**
 * The difference of two views (D1): `before` over the older state, `after` over the newer one, `touched` the entries that
 * changed between the two. Looks at the touched rows and at those that depend on them; at all rows when the grant, a
 * type or a field changed. The order is that of D2. Null when more than `limit` rows would have to be looked at.
 */
export function diffViews(
  before: View,
  after: View,
  touched: readonly EntryChange[],
  limit = Number.POSITIVE_INFINITY,
): RowChange[] | null {
  const whole = before.audience.key !== after.audience.key || touched.some(concernsWholeView)
  if (touched.length > limit || (whole && sizeOf(before, after) > limit)) return null
  const departmentIds = whole
    ? everyId('department', before, after)
    : touchedDepartments(before, after, touched)
  const departments: RowChange[] = []
  const staffIds = new Set<string>(whole ? everyId('staff', before, after) : touchedStaff(touched))
  for (const id of departmentIds) {
    const change = compareDepartment(before, after, id)
    if (change) departments.push(change)
    if (!whole && !sameRules(before, after, id)) {
      for (const view of [before, after]) for (const staffId of view.state.members(id)) staffIds.add(staffId)
    }
    if (departmentIds.size + staffIds.size > limit) return null
  }
  const staff: RowChange[] = []
  // A set yields what is added while it is walked: the reports of everyone who appears or disappears.
  for (const id of staffIds) {
    const change = compareStaff(before, after, id)
    if (change) staff.push(change)
    if (change && (change.before === null) !== (change.after === null)) {
      for (const view of [before, after])
        for (const reportId of view.state.reports(id)) staffIds.add(reportId)
      if (staffIds.size > limit) return null
    }
  }
  return inOrder([...departments, ...staff], before, after)
}

/** D2: departments before people, what stays or comes before what goes, parents before children. */
export function inOrder(changes: readonly RowChange[], before: View, after: View): RowChange[] {
  if (changes.length < 2) return [...changes]
  const of = (category: RowChange['category']) => changes.filter((c) => c.category === category)
  return [...inTreeOrder(of('DEPARTMENT'), before, after), ...inIdOrder(of('STAFF'))]
}

/** One difference after another as one: net, in no order. */
export function compose(first: readonly RowChange[], second: readonly RowChange[]): RowChange[] {
  const net = new Map(first.map((change) => [`${change.category} ${change.id}`, change]))
  for (const change of second) {
    const key = `${change.category} ${change.id}`
    const earlier = net.get(key)
    const both = earlier ? joined(earlier, change) : change
    if (both.before?.revision === both.after?.revision) net.delete(key)
    else net.set(key, both)
  }
  return [...net.values()]
}

function joined(first: RowChange, second: RowChange): RowChange {
  if (first.category === 'DEPARTMENT' && second.category === 'DEPARTMENT')
    return { ...second, before: first.before }
  if (first.category === 'STAFF' && second.category === 'STAFF') return { ...second, before: first.before }
  return second
}

/** The types that the client knew and that no rule shows any more (D5). */
export function revokedTypes(before: View, after: View): RevokedTypes {
  const gone = (key: 'departmentTypeIds' | 'staffTypeIds', wasShown: (id: string) => boolean) => {
    const kept = new Set(after.audience.rules.flatMap((r) => r[key]))
    const shown = new Set(before.audience.rules.flatMap((r) => r[key]).filter(wasShown))
    return [...shown].filter((id) => !kept.has(id)).sort(compareText)
  }
  return {
    departmentTypeIds: gone('departmentTypeIds', (id) => before.departmentType(id) !== null),
    staffTypeIds: gone('staffTypeIds', (id) => before.staffType(id) !== null),
  }
}

/** The difference that remains once a client has deleted every row of the revoked types (D5). */
export function withoutRevoked(changes: readonly RowChange[], revoked: RevokedTypes): RowChange[] {
  const gone = new Set([...revoked.departmentTypeIds, ...revoked.staffTypeIds])
  return changes.flatMap((change): RowChange[] => {
    if (change.before === null || !gone.has(change.before.typeId)) return [change]
    return change.after === null ? [] : [withoutBefore(change)]
  })
}

type Told = Partial<Record<ChangeAction, Change>>

const toldOf = new WeakMap<DepartmentRow | StaffRow, Told>()

/**
 * As the contract tells it: a removal carries the id only (D3). Telling the same row twice is the same object, for whichever
 * audience, so that its bytes are made once (P1).
 */
export function toChange(change: RowChange): Change {
  const { category, id } = change
  const row = change.after
  if (row === null) return { action: 'REMOVE', category, id, department: null, staff: null }
  const action = change.before === null ? 'ADD' : 'UPDATE'
  let told = toldOf.get(row)
  if (!told) toldOf.set(row, (told = {}))
  return (told[action] ??= {
    action,
    category,
    id,
    department: change.category === 'DEPARTMENT' ? change.after : null,
    staff: change.category === 'STAFF' ? change.after : null,
  })
}

function withoutBefore(change: RowChange): RowChange {
  switch (change.category) {
    case 'DEPARTMENT':
      return { ...change, before: null }
    case 'STAFF':
      return { ...change, before: null }
  }
}

/** Whether an edit of types or of the field catalogue can change any row; new names cannot. */
function concernsWholeView({ before, after }: EntryChange): boolean {
  const entry = after ?? before
  switch (entry?.kind) {
    case 'departmentType':
    case 'staffType':
      return before === null || after === null
    case 'fieldDefinition':
      return !sameEntry(fieldFacts(before), fieldFacts(after))
    case 'department':
    case 'staff':
    case 'role':
    case 'rule':
    case undefined:
      return false
  }
}

function fieldFacts(entry: Entry | null): Entry | null {
  return entry?.kind === 'fieldDefinition' ? { ...entry, id: '', label: '', sortKey: '' } : null
}

function sizeOf(before: View, after: View): number {
  const rows = ({ state }: View) => state.count('department') + state.count('staff')
  return Math.max(rows(before), rows(after))
}

function everyId(kind: 'department' | 'staff', before: View, after: View): Set<string> {
  const ids = new Set<string>()
  for (const view of [before, after]) for (const { id } of view.state.all(kind)) ids.add(id)
  return ids
}

/** Touched departments, and the whole subtree of those whose place, type or status changed. */
function touchedDepartments(before: View, after: View, touched: readonly EntryChange[]): Set<string> {
  const ids = new Set<string>()
  for (const { kind, id } of touched) {
    if (kind !== 'department') continue
    ids.add(id)
    const old = before.state.get('department', id)
    const now = after.state.get('department', id)
    if (old && now && old.parentId === now.parentId && old.typeId === now.typeId && old.status === now.status)
      continue
    for (const view of [before, after]) for (const below of subtree(view.state, id)) ids.add(below)
  }
  return ids
}

function touchedStaff(touched: readonly EntryChange[]): string[] {
  return touched.filter(({ kind }) => kind === 'staff').map(({ id }) => id)
}

/** Whether the same rules show the department in both views: if so, its members see no difference through it (V2). */
function sameRules(before: View, after: View, id: string): boolean {
  const old = before.rulesShowing(id)
  const now = after.rulesShowing(id)
  return old.length === now.length && old.every((position, i) => position === now[i])
}

export function compareDepartment(before: View, after: View, id: string): RowChange | null {
  const rows = after.departmentSince(before, id)
  return !rows || isEqual(rows) ? null : { category: 'DEPARTMENT', id, ...rows }
}

export function compareStaff(before: View, after: View, id: string): RowChange | null {
  const rows = after.staffSince(before, id)
  return !rows || isEqual(rows) ? null : { category: 'STAFF', id, ...rows }
}

function isEqual({ before, after }: Since<DepartmentRow | StaffRow>): boolean {
  return before?.revision === after?.revision
}

/** What stays or comes, parents before children in the newer view; then what goes. */
function inTreeOrder(changes: readonly RowChange[], before: View, after: View): RowChange[] {
  const depths = changes.map((change) => ({
    change,
    goes: change.after === null ? 1 : 0,
    depth: depthOf(change.after === null ? before : after, change.id),
  }))
  depths.sort((a, b) => a.goes - b.goes || a.depth - b.depth || compareText(a.change.id, b.change.id))
  return depths.map(({ change }) => change)
}

function inIdOrder(changes: readonly RowChange[]): RowChange[] {
  const goes = (c: RowChange) => (c.after === null ? 1 : 0)
  return [...changes].sort((a, b) => goes(a) - goes(b) || compareText(a.id, b.id))
}

/** Number of visible ancestors. */
export function depthOf(view: View, departmentId: string): number {
  let depth = 0
  for (const { id } of ancestry(view.state, departmentId)) if (view.rulesShowing(id).length > 0) depth++
  return depth
}
