import type { DepartmentType, FieldDefinition, MetadataEntry, StaffType } from '../model/entry.ts'

/** A department as one view shows it (D11): flat, only ids of rows that the view shows (V3). */
export interface DepartmentRow {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly typeId: string
  /** The nearest visible ancestor (V4). */
  readonly parentId: string | null
  readonly sortKey: string
  readonly metadata: readonly MetadataEntry[]
  /** Hash of the canonical projection (D8), 32 hex digits. */
  readonly revision: string
}

export interface MembershipRow {
  readonly departmentId: string
  readonly title: string | null
  readonly sortKey: string
  readonly isMain: boolean
  readonly isLeader: boolean
}

/** A person as one view shows them (D11): a field that is not granted is absent, null or empty (V5). */
export interface StaffRow {
  readonly id: string
  readonly login: string
  readonly name: string
  readonly nickname: string | null
  readonly pinyin: string | null
  readonly initials: string | null
  readonly title: string | null
  readonly mobile: string | null
  readonly email: readonly string[]
  /** Path on this server with id and content hash, the same for every viewer. */
  readonly avatarUrl: string
  readonly typeId: string
  readonly memberships: readonly MembershipRow[]
  readonly managerId: string | null
  readonly metadata: readonly MetadataEntry[]
  readonly revision: string
}

/** The small lists that travel whole (D11): what the audience may see of types and fields. */
export interface Catalogue {
  readonly departmentTypes: readonly DepartmentType[]
  readonly staffTypes: readonly StaffType[]
  readonly fields: readonly FieldDefinition[]
}
