import type * as row from '../src/access/row.ts'
import { FLAT_LIST } from './arguments.ts'
import { builder } from './builder.ts'
import { MetadataEntry } from './metadata-entry.ts'

/** Flat rows (D11): every field is plain, so that a selection can be compiled and its bytes shared by a whole audience. */
export const DepartmentRow = builder.objectRef<row.DepartmentRow>('DepartmentRow').implement({
  description: 'A department as it stands in a copy: ids of other rows, no edges.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the department.' }),
    name: t.exposeString('name', { description: 'For people to read.' }),
    description: t.exposeString('description', { nullable: true, description: 'What the department does.' }),
    typeId: t.exposeID('typeId', { description: 'Id of its type, which is in `departmentTypes`.' }),
    parentId: t.exposeID('parentId', {
      nullable: true,
      description: 'Id of the nearest department above that the caller sees.',
    }),
    sortKey: t.exposeString('sortKey', { description: 'Place among siblings, compared by code units.' }),
    metadata: t.expose('metadata', {
      type: [MetadataEntry],
      description: 'Custom fields that the caller may read.',
      complexity: FLAT_LIST,
    }),
    revision: t.exposeString('revision', { description: 'Hash of the row as the caller sees it (D8).' }),
  }),
})

const MembershipRow = builder.objectRef<row.MembershipRow>('MembershipRow').implement({
  description: 'That the person of the row belongs to a department that the caller sees.',
  fields: (t) => ({
    departmentId: t.exposeID('departmentId', { description: 'Id of the department.' }),
    title: t.exposeString('title', { nullable: true, description: 'Title in this department.' }),
    sortKey: t.exposeString('sortKey', { description: 'Place among the members, compared by code units.' }),
    isMain: t.exposeBoolean('isMain', { description: "Whether this is the person's main department." }),
    isLeader: t.exposeBoolean('isLeader', { description: 'Whether the person leads the department.' }),
  }),
})

export const StaffRow = builder.objectRef<row.StaffRow>('StaffRow').implement({
  description:
    'A person as they stand in a copy: ids of other rows, no edges. What is not granted is null or empty.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the person.' }),
    login: t.exposeString('login', { description: 'The name with which the person signs in.' }),
    name: t.exposeString('name', { description: 'The name as it is displayed.' }),
    nickname: t.exposeString('nickname', { nullable: true, description: 'What colleagues call the person.' }),
    pinyin: t.exposeString('pinyin', {
      nullable: true,
      description: 'The name in Latin letters, for search.',
    }),
    initials: t.exposeString('initials', {
      nullable: true,
      description: 'First letters of the pinyin, for search.',
    }),
    title: t.exposeString('title', { nullable: true, description: 'Title of the job.' }),
    mobile: t.exposeString('mobile', { nullable: true, description: 'Mobile telephone number.' }),
    email: t.exposeStringList('email', { description: 'Mail addresses, the main one first.' }),
    avatarUrl: t.exposeString('avatarUrl', {
      description: 'Path of the picture on this server; needs the session.',
    }),
    typeId: t.exposeID('typeId', { description: 'Id of their type, which is in `staffTypes`.' }),
    memberships: t.expose('memberships', {
      type: [MembershipRow],
      description: 'Where the person belongs, as far as the caller sees those departments.',
      complexity: FLAT_LIST,
    }),
    managerId: t.exposeID('managerId', {
      nullable: true,
      description: 'Id of the person to whom they report, when the caller sees them.',
    }),
    metadata: t.expose('metadata', {
      type: [MetadataEntry],
      description: 'Custom fields that the caller may read.',
      complexity: FLAT_LIST,
    }),
    revision: t.exposeString('revision', { description: 'Hash of the row as the caller sees it (D8).' }),
  }),
})
