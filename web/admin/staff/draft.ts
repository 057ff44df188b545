import type {
  AdminStaffPartsFragment,
  CreateStaffInput,
  MembershipInput,
  UpdateStaffInput,
} from '../../generated/graphql.ts'
import * as merging from '../merging.ts'

export interface MembershipDraft {
  readonly departmentId: string
  readonly departmentName: string
  readonly title: string
  readonly sortKey: string | null
  readonly isMain: boolean
  readonly isLeader: boolean
}

export interface Ref {
  readonly id: string
  readonly name: string
}

/** What a form shows of a person. Texts that are not there are empty. */
export interface StaffDraft {
  readonly name: string
  readonly login: string
  readonly nickname: string
  readonly pinyin: string
  readonly title: string
  readonly mobile: string
  /** One address a line. */
  readonly email: string
  readonly typeId: string
  readonly leaveDate: string
  readonly manager: Ref | null
  readonly memberships: readonly MembershipDraft[]
  /** By key. */
  readonly metadata: Readonly<Record<string, string>>
}

export type Field = keyof StaffDraft

export const FIELDS: readonly Field[] = [
  'name',
  'login',
  'nickname',
  'pinyin',
  'title',
  'mobile',
  'email',
  'typeId',
  'leaveDate',
  'manager',
  'memberships',
  'metadata',
]

export const EMPTY: StaffDraft = {
  name: '',
  login: '',
  nickname: '',
  pinyin: '',
  title: '',
  mobile: '',
  email: '',
  typeId: '',
  leaveDate: '',
  manager: null,
  memberships: [],
  metadata: {},
}

export function draftOf(staff: AdminStaffPartsFragment): StaffDraft {
  return {
    name: staff.name,
    login: staff.login,
    nickname: staff.nickname ?? '',
    pinyin: staff.pinyin ?? '',
    title: staff.title ?? '',
    mobile: staff.mobile ?? '',
    email: staff.email.join('\n'),
    typeId: staff.type?.id ?? '',
    leaveDate: staff.leaveDate ?? '',
    manager: staff.manager ?? null,
    memberships: staff.memberships.map((m) => ({
      departmentId: m.departmentId,
      departmentName: m.department?.name ?? '',
      title: m.title ?? '',
      sortKey: m.sortKey,
      isMain: m.isMain,
      isLeader: m.isLeader,
    })),
    metadata: Object.fromEntries(staff.metadata.map(({ key, value }) => [key, value])),
  }
}

/** Fields whose values differ. */
export function changedFields(a: StaffDraft, b: StaffDraft): Field[] {
  return merging.changedFields(FIELDS, a, b)
}

type Patch = Omit<UpdateStaffInput, 'id' | 'idempotencyKey' | 'ifRevision' | 'isDisabled'>

/** Only what has been changed: whatever somebody else changes in between stays. */
export function patchOf(base: StaffDraft, draft: StaffDraft): Patch {
  return Object.assign({}, ...changedFields(base, draft).map((field) => PATCHES[field](draft, base)))
}

export function creationOf(draft: StaffDraft): CreateStaffInput {
  return { ...patchOf(EMPTY, draft), name: draft.name, login: draft.login, typeId: draft.typeId }
}

const orNull = (text: string) => (text.trim() === '' ? null : text.trim())

const PATCHES: Readonly<Record<Field, (draft: StaffDraft, base: StaffDraft) => Patch>> = {
  name: ({ name }) => ({ name }),
  login: ({ login }) => ({ login }),
  nickname: ({ nickname }) => ({ nickname: orNull(nickname) }),
  pinyin: ({ pinyin }) => ({ pinyin: orNull(pinyin) }),
  title: ({ title }) => ({ title: orNull(title) }),
  mobile: ({ mobile }) => ({ mobile: orNull(mobile) }),
  email: ({ email }) => ({ email: linesOf(email) }),
  typeId: ({ typeId }) => ({ typeId }),
  leaveDate: ({ leaveDate }) => ({ leaveDate: orNull(leaveDate) }),
  manager: ({ manager }) => ({ managerId: manager?.id ?? null }),
  memberships: ({ memberships }) => ({ memberships: memberships.map(membershipOf) }),
  metadata: ({ metadata }, base) => ({
    metadata: Object.entries(metadata)
      .filter(([key, value]) => value !== (base.metadata[key] ?? ''))
      .map(([key, value]) => ({ key, value: orNull(value) })),
  }),
}

function membershipOf({ departmentId, title, sortKey, isMain, isLeader }: MembershipDraft): MembershipInput {
  return { departmentId, title: orNull(title), isMain, isLeader, ...(sortKey === null ? {} : { sortKey }) }
}

function linesOf(text: string): string[] {
  return text
    .split(/[\n,;\s]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** The field of a form beside which an issue of the server stands, by its path; null: beside none. */
export function fieldOfPath(path: string): Field | null {
  const first = path.split('.')[0] ?? ''
  if (first === 'managerId') return 'manager'
  return FIELDS.find((field) => field === first) ?? null
}

/** Fields where what somebody else has made of `base` collides with `mine`. */
export function clashes(base: StaffDraft, mine: StaffDraft, theirs: StaffDraft): Field[] {
  return merging.clashes(FIELDS, base, mine, theirs)
}

/** What both have changed; where they collide, mine for fields of `keep` and theirs for the others. */
export function merged(
  base: StaffDraft,
  mine: StaffDraft,
  theirs: StaffDraft,
  keep: ReadonlySet<Field>,
): StaffDraft {
  return merging.merged(FIELDS, base, mine, theirs, keep)
}
