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

/** People of one department, by the place of their membership, then by name. */
export function inOrderOf(departmentId: string, people: readonly StaffRow[]): StaffRow[] {
  const placed = people.map((row) => ({
    row,
    place: row.memberships.find((m) => m.departmentId === departmentId)?.sortKey ?? '',
  }))
  placed.sort((a, b) => compareText(a.place, b.place) || byName(a.row, b.row))
  return placed.map(({ row }) => row)
}
