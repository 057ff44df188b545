import type { DepartmentRow, StaffRow } from '../access/row.ts'
import type { DepartmentType, FieldDefinition, StaffType } from '../model/entry.ts'

/** What `changesSince`, `changes` and `snapshot` answer; the GraphQL types of the same names expose exactly these. */
export type ChangeAction = 'ADD' | 'UPDATE' | 'REMOVE'
export type ChangeCategory = 'DEPARTMENT' | 'STAFF'

/** One row that differs between two views (D2). A removal carries the id only (D3). */
export interface Change {
  readonly action: ChangeAction
  readonly category: ChangeCategory
  readonly id: string
  readonly department: DepartmentRow | null
  readonly staff: StaffRow | null
}

export interface RevokedTypes {
  readonly departmentTypeIds: readonly string[]
  readonly staffTypeIds: readonly string[]
}

export interface Delta {
  readonly kind: 'Delta'
  readonly from: string
  readonly to: string
  readonly changes: readonly Change[]
  readonly revoked: RevokedTypes | null
  readonly departmentTypes: readonly DepartmentType[] | null
  readonly staffTypes: readonly StaffType[] | null
  readonly fields: readonly FieldDefinition[] | null
  readonly viewerChanged: boolean
  readonly hasMore: boolean
  readonly digest: string
}

export const RESYNC_REASONS = ['PRUNED', 'DIVERGED', 'VIEW_CHANGED', 'CHECKSUM', 'SCHEMA'] as const
export type ResyncReason = (typeof RESYNC_REASONS)[number]

/** Start again from a snapshot (R1); the types and sensitive fields that today's grant contains (R2). */
export interface Resync {
  readonly kind: 'Resync'
  readonly reason: ResyncReason
  readonly delayMs: number
  readonly keepOld: boolean
  readonly departmentTypeIds: readonly string[]
  readonly staffTypeIds: readonly string[]
  readonly sensitiveFields: readonly string[]
  /** Keys of all fields that rows may show: what has become sensitive since the copy was made is in neither list. */
  readonly departmentFields: readonly string[]
  readonly staffFields: readonly string[]
}

export type ChangesResult = Delta | Resync

export interface SnapshotPage {
  readonly kind: 'SnapshotPage'
  readonly version: string
  readonly digest: string
  readonly departmentTypes: readonly DepartmentType[]
  readonly staffTypes: readonly StaffType[]
  readonly fields: readonly FieldDefinition[]
  readonly departments: readonly DepartmentRow[]
  readonly staff: readonly StaffRow[]
  readonly endCursor: string
  readonly hasNextPage: boolean
}

export type SnapshotResult = SnapshotPage | Resync
