import type { DepartmentRow, FieldDefinition, Resync, StaffRow } from './contract.ts'
import type { Rows } from './copy.ts'

/**
 * What may still be shown of a copy, at once, when the server tells to start again (R2): nothing (null) unless it says
 * `keepOld`, and then only rows whose stored type and fields whose key it lists. What is left has no version any more.
 */
export function afterResync(rows: Rows, resync: Resync): Rows | null {
  if (!resync.keepOld) return null
  const departmentTypeIds = new Set(resync.departmentTypeIds)
  const staffTypeIds = new Set(resync.staffTypeIds)
  const granted = new Set(resync.sensitiveFields)
  const isLost = (field: FieldDefinition) => field.isSensitive && !granted.has(field.key)
  const lost = (category: FieldDefinition['appliesTo']) =>
    new Set(rows.fields.filter((f) => f.appliesTo === category && isLost(f)).map((f) => f.key))
  const [lostOfDepartments, lostOfStaff] = [lost('DEPARTMENT'), lost('STAFF')]
  return {
    departmentTypes: rows.departmentTypes.filter((type) => departmentTypeIds.has(type.id)),
    staffTypes: rows.staffTypes.filter((type) => staffTypeIds.has(type.id)),
    fields: rows.fields.filter((field) => !isLost(field)),
    departments: keep(rows.departments, departmentTypeIds, (row) =>
      departmentWithout(row, lostOfDepartments),
    ),
    staff: keep(rows.staff, staffTypeIds, (row) => staffWithout(row, lostOfStaff)),
  }
}

function keep<R extends { readonly typeId: string }>(
  table: ReadonlyMap<string, R>,
  typeIds: ReadonlySet<string>,
  strip: (row: R) => R,
): Map<string, R> {
  const kept = new Map<string, R>()
  for (const [id, row] of table) if (typeIds.has(row.typeId)) kept.set(id, strip(row))
  return kept
}

function departmentWithout(row: DepartmentRow, lost: ReadonlySet<string>): DepartmentRow {
  if (lost.size === 0) return row
  return {
    ...row,
    description: lost.has('description') ? null : row.description,
    metadata: row.metadata.filter(({ key }) => !lost.has(key)),
  }
}

function staffWithout(row: StaffRow, lost: ReadonlySet<string>): StaffRow {
  if (lost.size === 0) return row
  const orNull = (key: 'nickname' | 'title' | 'mobile') => (lost.has(key) ? null : row[key])
  return {
    ...row,
    nickname: orNull('nickname'),
    title: orNull('title'),
    mobile: orNull('mobile'),
    email: lost.has('email') ? [] : row.email,
    memberships: lost.has('title') ? row.memberships.map((m) => ({ ...m, title: null })) : row.memberships,
    metadata: row.metadata.filter(({ key }) => !lost.has(key)),
  }
}
