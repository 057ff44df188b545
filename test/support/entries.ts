import type { Department, EntryChange, Staff } from '../../src/model/entry.ts'

/** The n-th id, in the form of an entryUUID. */
export function idOf(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
}

export function department(n: number, values: Partial<Department> = {}): Department {
  return {
    kind: 'department',
    id: idOf(n),
    status: 'ACTIVE',
    name: `部门 ${n}`,
    description: null,
    typeId: null,
    parentId: null,
    sortKey: '',
    metadata: [],
    ...values,
  }
}

export function staff(n: number, values: Partial<Staff> = {}): Staff {
  return {
    kind: 'staff',
    id: idOf(n),
    status: 'ACTIVE',
    login: `p${n}`,
    name: `王 ${n}`,
    nickname: null,
    pinyin: null,
    initials: null,
    title: null,
    mobile: null,
    email: [`p${n}@example.com`],
    avatarHash: null,
    typeId: null,
    memberships: [],
    managerId: null,
    dottedManagerIds: [],
    roleIds: [],
    leaveDate: null,
    metadata: [],
    ...values,
  }
}

type Stored = Department | Staff

/** The change from one entry to another; null for absent. */
export function change(before: Stored | null, after: Stored | null): EntryChange {
  const entry = after ?? before
  if (!entry) throw new Error('a change has a side')
  return { kind: entry.kind, id: entry.id, before, after }
}

export const added = (entry: Stored) => change(null, entry)
