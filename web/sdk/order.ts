import type { DepartmentRow, StaffRow } from './contract.ts'

/** Orders as the server has them: by code units, which is the same everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function byPlace(a: DepartmentRow, b: DepartmentRow): number {
  return compareText(a.sortKey, b.sortKey) || compareText(a.name, b.name) || compareText(a.id, b.id)
}

export function byName(a: StaffRow, b: StaffRow): number {
  return compareText(a.name, b.name) || compareText(a.id, b.id)
}

/** In one department: by the place of the membership, then by name. */
export function byMembership(departmentId: string): (a: StaffRow, b: StaffRow) => number {
  const keyOf = (row: StaffRow) => row.memberships.find((m) => m.departmentId === departmentId)?.sortKey ?? ''
  return (a, b) => compareText(keyOf(a), keyOf(b)) || byName(a, b)
}
