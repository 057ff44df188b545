import type { MembershipRow } from '../../src/access/row.ts'
import type { Placed } from '../../src/access/staff-list.ts'
import type { Named } from '../../src/model/by-name.ts'
import { ActiveSession } from '../active-session.ts'
import { FLAT_LIST, SHORT_LIST } from '../arguments.ts'
import { builder } from '../builder.ts'
import { MetadataEntry } from '../metadata-entry.ts'
import type { Key } from '../paging.ts'
import { EntryStatus } from './status.ts'
import { AdminDepartment, AdminRole, AdminStaff, AdminType } from './refs.ts'

export const staffKey = (row: Named): Key => [row.name, row.id]
export const placedKey = (row: Placed): Key => [row.place, row.name, row.id]

export const AdminStaffConnection = builder.connectionObject(
  {
    type: AdminStaff,
    name: 'AdminStaffConnection',
    description: 'A page of people, in the order that was asked for.',
  },
  { description: 'A person in a list.' },
)

const AdminMembership = builder.objectRef<MembershipRow>('AdminMembership').implement({
  description: 'That a person belongs to a department of the scope.',
  fields: (t) => ({
    department: t.field({
      type: AdminDepartment,
      nullable: true,
      description: 'Where the person belongs; null when the department has just gone.',
      resolve: ({ departmentId }, _, { caller }) => caller.administration.department(departmentId),
    }),
    departmentId: t.exposeID('departmentId', { description: 'Id of the department.' }),
    title: t.exposeString('title', { nullable: true, description: 'Title in this department.' }),
    sortKey: t.exposeString('sortKey', { description: 'Place among the members, compared by code units.' }),
    isMain: t.exposeBoolean('isMain', { description: "Whether this is the person's main department." }),
    isLeader: t.exposeBoolean('isLeader', { description: 'Whether the person leads the department.' }),
  }),
})

AdminStaff.implement({
  description:
    'A person as the administration shows them. What no ability of the caller covers is null or empty.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The entryUUID of their entry.' }),
    status: t.expose('status', { type: EntryStatus, description: 'Whether they count.' }),
    login: t.exposeString('login', { description: 'The name with which the person signs in.' }),
    name: t.exposeString('name', { description: 'The name as it is displayed.' }),
    nickname: t.exposeString('nickname', { nullable: true, description: 'What colleagues call them.' }),
    pinyin: t.exposeString('pinyin', {
      nullable: true,
      description: 'The name in Latin letters, for search.',
    }),
    initials: t.exposeString('initials', { nullable: true, description: 'First letters of the pinyin.' }),
    title: t.exposeString('title', { nullable: true, description: 'Title of the job.' }),
    mobile: t.exposeString('mobile', { nullable: true, description: 'Mobile telephone number.' }),
    email: t.exposeStringList('email', { description: 'Mail addresses.' }),
    avatarUrl: t.exposeString('avatarUrl', { description: 'Path of the picture on this server.' }),
    type: t.field({
      type: AdminType,
      nullable: true,
      description: 'What kind of staff they are; null when that type does not exist: nobody sees them then.',
      resolve: ({ typeId }, _, { caller }) =>
        (typeId === null ? null : caller.state.get('staffType', typeId)) ?? null,
    }),
    memberships: t.expose('memberships', {
      type: [AdminMembership],
      description: 'Where the person belongs, as far as it is in the scope.',
      complexity: SHORT_LIST,
    }),
    manager: t.field({
      type: AdminStaff,
      nullable: true,
      description: 'To whom they report.',
      resolve: ({ managerId }, _, { caller }) =>
        managerId === null ? null : caller.administration.staff(managerId),
    }),
    dottedManagers: t.field({
      type: [AdminStaff],
      description: 'To whom they report besides.',
      complexity: SHORT_LIST,
      resolve: ({ dottedManagerIds }, _, { caller }) =>
        dottedManagerIds.flatMap((id) => caller.administration.staff(id) ?? []),
    }),
    roles: t.field({
      type: [AdminRole],
      description: 'Roles they hold; empty for callers who assign none.',
      complexity: SHORT_LIST,
      resolve: ({ roleIds }, _, { caller }) => roleIds.flatMap((id) => caller.administration.role(id) ?? []),
    }),
    leaveDate: t.exposeString('leaveDate', {
      nullable: true,
      description: 'The day, YYYY-MM-DD, on which the account is disabled.',
    }),
    sessions: t.field({
      type: [ActiveSession],
      nullable: true,
      description:
        'Where they are signed in, the latest use first; null for callers without `staff.account` over them.',
      complexity: SHORT_LIST,
      resolve: ({ id }, _, { caller, accounts }) => accounts.sessions(caller.administration.authority, id),
    }),
    metadata: t.expose('metadata', {
      type: [MetadataEntry],
      description: 'Custom fields.',
      complexity: FLAT_LIST,
    }),
    revision: t.exposeString('revision', { description: 'Pass it back as `ifRevision`.' }),
  }),
})
