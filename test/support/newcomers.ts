import type { Department, Membership, Staff } from '../../src/model/entry.ts'

export const newDepartment = (id: string, parentId: string | null, typeId: string | null): Department => ({
  kind: 'department',
  id,
  status: 'ACTIVE',
  name: `Department ${id.slice(-3)}`,
  description: 'what it does',
  typeId,
  parentId,
  sortKey: '',
  metadata: [{ key: 'floor', value: '3' }],
})

export const newStaff = (
  id: string,
  departmentIds: string[],
  typeId: string | null,
  roleIds: string[],
): Staff => ({
  kind: 'staff',
  id,
  status: 'ACTIVE',
  login: `u${id.slice(-3)}`,
  name: `Person ${id.slice(-3)}`,
  nickname: null,
  pinyin: null,
  initials: null,
  title: 'Engineer',
  mobile: `1380000${id.slice(-4)}`,
  email: [`u${id.slice(-3)}@example.com`],
  avatarHash: null,
  typeId,
  memberships: departmentIds.map((departmentId) => newMembership(departmentId)),
  managerId: null,
  dottedManagerIds: [],
  roleIds,
  leaveDate: null,
  metadata: [{ key: 'seat', value: 'A-1' }],
})

export const newMembership = (departmentId: string): Membership => ({
  departmentId,
  title: null,
  sortKey: '',
  isMain: false,
  isLeader: false,
})
