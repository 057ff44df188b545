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
  return (a, b) => compareText(placeOf(a, departmentId), placeOf(b, departmentId)) || byName(a, b)
}

/** The same order, for many at once. */
export function inOrderOf(departmentId: string, people: readonly StaffRow[]): StaffRow[] {
  const placed = people.map((row) => ({ row, place: placeOf(row, departmentId) }))
  placed.sort((a, b) => compareText(a.place, b.place) || byName(a.row, b.row))
  return placed.map(({ row }) => row)
}

function placeOf({ memberships }: StaffRow, departmentId: string): string {
  return memberships.find((m) => m.departmentId === departmentId)?.sortKey ?? ''
}

/** Where a row belongs in a list that is in order. */
export function placeIn<R>(ordered: readonly R[], row: R, compare: (a: R, b: R) => number): number {
  let [low, high] = [0, ordered.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const other = ordered[middle]
    if (other !== undefined && compare(row, other) > 0) low = middle + 1
    else high = middle
  }
  return low
}
