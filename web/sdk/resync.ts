import type { DepartmentRow, Resync, StaffRow } from './contract.ts'
import type { Rows } from './copy.ts'

/**
 * What may still be shown of a copy, at once, when the server tells to start again (R2): nothing (null) unless it says
 * `keepOld`, and then only rows whose stored type, and of them the fields whose key it lists. What is left has no version
 * any more.
 */
export function afterResync(rows: Rows, resync: Resync): Rows | null {
  if (!resync.keepOld) return null
  const departmentTypeIds = new Set(resync.departmentTypeIds)
  const staffTypeIds = new Set(resync.staffTypeIds)
  const shown = { DEPARTMENT: new Set(resync.departmentFields), STAFF: new Set(resync.staffFields) }
  return {
    departmentTypes: rows.departmentTypes.filter((type) => departmentTypeIds.has(type.id)),
    staffTypes: rows.staffTypes.filter((type) => staffTypeIds.has(type.id)),
    fields: rows.fields.filter((field) => shown[field.appliesTo].has(field.key)),
    departments: keep(rows.departments, departmentTypeIds, (row) => departmentWith(row, shown.DEPARTMENT)),
    staff: keep(rows.staff, staffTypeIds, (row) => staffWith(row, shown.STAFF)),
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

function departmentWith(row: DepartmentRow, shown: ReadonlySet<string>): DepartmentRow {
  return {
    ...row,
    description: shown.has('description') ? row.description : null,
    metadata: row.metadata.filter(({ key }) => shown.has(key)),
  }
}

function staffWith(row: StaffRow, shown: ReadonlySet<string>): StaffRow {
  const orNull = (key: 'nickname' | 'title' | 'mobile') => (shown.has(key) ? row[key] : null)
  return {
    ...row,
    nickname: orNull('nickname'),
    title: orNull('title'),
    mobile: orNull('mobile'),
    email: shown.has('email') ? row.email : [],
    memberships: shown.has('title') ? row.memberships : row.memberships.map((m) => ({ ...m, title: null })),
    metadata: row.metadata.filter(({ key }) => shown.has(key)),
  }
}
