import type { Change, DepartmentRow, SnapshotPage, StaffRow } from '../../web/sdk/contract.ts'
import { addRows, digestText, type Marked } from '../../web/sdk/digest.ts'
import type { WholeDelta } from '../../web/sdk/staging.ts'

export const TEAM = 'type-team'
export const OFFICE = 'type-office'
export const REGULAR = 'type-regular'
export const GUEST = 'type-guest'

export const department = (id: string, values: Partial<DepartmentRow> = {}): DepartmentRow => ({
  id,
  name: `Department ${id}`,
  description: 'what it does',
  typeId: TEAM,
  parentId: null,
  sortKey: '',
  metadata: [{ key: 'floor', value: '3' }],
  revision: `${id}-1`,
  ...values,
})

export const person = (id: string, values: Partial<StaffRow> = {}): StaffRow => ({
  id,
  login: id,
  name: `Person ${id}`,
  nickname: 'Nick',
  pinyin: null,
  initials: null,
  title: 'Engineer',
  mobile: '138',
  email: [`${id}@example.com`],
  avatarUrl: `/avatars/${id}/1`,
  typeId: REGULAR,
  memberships: [{ departmentId: 'd1', title: 'Lead', sortKey: '', isMain: true, isLeader: true }],
  managerId: null,
  metadata: [{ key: 'seat', value: 'A-1' }],
  revision: `${id}-1`,
  ...values,
})

export const digestOf = (...rows: readonly Marked[]) => digestText(addRows(0n, rows))

/** The only page of a snapshot at `version`. */
export function page(
  version: string,
  departments: readonly DepartmentRow[],
  staff: readonly StaffRow[],
  values: Partial<SnapshotPage> = {},
): SnapshotPage {
  return {
    version,
    digest: digestOf(...departments, ...staff),
    departmentTypes: [TEAM, OFFICE].map((id) => ({ id, name: id, description: null })),
    staffTypes: [REGULAR, GUEST].map((id) => ({ id, name: id, description: null })),
    fields: [],
    departments,
    staff,
    endCursor: 'end',
    hasNextPage: false,
    ...values,
  }
}

export const delta = (from: string, to: string, values: Partial<WholeDelta>): WholeDelta => ({
  from,
  to,
  changes: [],
  revoked: null,
  departmentTypes: null,
  staffTypes: null,
  fields: null,
  viewerChanged: false,
  digest: digestOf(),
  ...values,
})

export const tellDepartment = (action: 'ADD' | 'UPDATE', row: DepartmentRow): Change => ({
  action,
  category: 'DEPARTMENT',
  id: row.id,
  department: row,
  staff: null,
})

export const tellPerson = (action: 'ADD' | 'UPDATE', row: StaffRow): Change => ({
  action,
  category: 'STAFF',
  id: row.id,
  department: null,
  staff: row,
})

export const remove = (category: Change['category'], id: string): Change => ({
  action: 'REMOVE',
  category,
  id,
  department: null,
  staff: null,
})

/** In a department, and nothing more. */
export const membership = (departmentId: string): StaffRow['memberships'][number] => ({
  departmentId,
  title: null,
  sortKey: '',
  isMain: false,
  isLeader: false,
})
