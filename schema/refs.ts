import type { DepartmentRow, MembershipRow, StaffRow } from '../src/access/row.ts'
import { AppError } from '../src/errors.ts'
import { builder } from './builder.ts'

/** The three types that point at each other; each is described in its own file. */
export const Department = builder.objectRef<DepartmentRow>('Department')
export const Staff = builder.objectRef<StaffRow>('Staff')
export const Membership = builder.objectRef<{ staff: StaffRow; membership: MembershipRow }>('Membership')

/** The far end of an edge that cannot be missing: rows carry visible ids only (V3), unless the state has just moved on. */
export function found<T>(row: T | null): T {
  if (row === null) throw new AppError('UNAVAILABLE', 'The directory changed while it was read: ask again')
  return row
}
