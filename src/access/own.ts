import { compareText } from '../model/canonical.ts'
import type { Role, Rule, Staff } from '../model/entry.ts'
import { ancestry } from '../model/state.ts'
import { FieldCatalogue } from './fields.ts'
import { rolesOf, rulesOf } from './grant.ts'
import { departmentRow, staffRow } from './projection.ts'
import type { DepartmentRow, StaffRow } from './row.ts'
import type { View } from './view.ts'

/**
 * What a person reads of themself whatever the view says (V8). Ids of other rows on it still obey the view: memberships
 * in visible departments only, a visible manager or none, the nearest visible parent.
 */
export function ownStaff(view: View, staffId: string): StaffRow | null {
  const entry = view.state.get('staff', staffId)
  if (entry?.status !== 'ACTIVE' || entry.typeId === null || !view.state.get('staffType', entry.typeId))
    return null
  const manager = entry.managerId === null ? null : view.staff(entry.managerId)
  return staffRow(
    { ...entry, typeId: entry.typeId },
    (departmentId) => view.department(departmentId) !== null,
    manager?.id ?? null,
    everyField(view, 'STAFF'),
  )
}

/** The person's own departments, hidden ones included, the main one first; one of no known type cannot be shown (V0). */
export function ownDepartments(view: View, staffId: string): DepartmentRow[] {
  const memberships = view.state.get('staff', staffId)?.memberships ?? []
  return [...memberships]
    .sort(mainFirst)
    .flatMap(({ departmentId }) => ownDepartment(view, departmentId) ?? [])
}

function ownDepartment(view: View, id: string): DepartmentRow | null {
  const visible = view.department(id)
  if (visible) return visible
  const entry = view.state.get('department', id)
  if (entry?.status !== 'ACTIVE' || entry.typeId === null) return null
  if (!view.state.get('departmentType', entry.typeId)) return null
  const parentId = entry.parentId === null ? null : nearestVisible(view, entry.parentId)
  return departmentRow({ ...entry, typeId: entry.typeId }, parentId, everyField(view, 'DEPARTMENT'))
}

/** The person's own role with this id. */
export function ownRole(view: View, staffId: string, id: string): Role | null {
  return rolesOf(view.state, staffId).find((role) => role.id === id) ?? null
}

/** The rule with this id when one of the person's own roles contains it. */
export function ownRule(view: View, staffId: string, id: string): Rule | null {
  const rules = rolesOf(view.state, staffId).flatMap((role) => rulesOf(view.state, role))
  return rules.find((rule) => rule.id === id) ?? null
}

function everyField(view: View, category: 'STAFF' | 'DEPARTMENT') {
  const keys = [...view.state.all('fieldDefinition')].map((field) => field.key)
  return new FieldCatalogue(view.state).visible(category, new Set(keys))
}

function nearestVisible(view: View, departmentId: string): string | null {
  for (const { id } of ancestry(view.state, departmentId)) if (view.department(id)) return id
  return null
}

function mainFirst(a: Staff['memberships'][number], b: Staff['memberships'][number]): number {
  return (
    Number(b.isMain) - Number(a.isMain) ||
    compareText(a.sortKey, b.sortKey) ||
    compareText(a.departmentId, b.departmentId)
  )
}
