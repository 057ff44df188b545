import { createStaff } from '../../src/edit/staff/create.ts'
import { deleteStaff, restoreStaff } from '../../src/edit/staff/delete.ts'
import { setStaffRoles } from '../../src/edit/staff/roles.ts'
import { updateStaff } from '../../src/edit/staff/update.ts'
import { builder } from '../builder.ts'
import type { EditAnswer } from '../context.ts'
import { FAILURES } from './failures.ts'
import { MetadataInput, TEXT } from './input.ts'
import { AdminStaff } from './refs.ts'
import { edited } from './result.ts'

const StaffEdited = builder.objectRef<EditAnswer>('StaffEdited').implement({
  description: 'A person was edited.',
  fields: (t) => ({
    version: t.expose('version', {
      type: 'Version',
      nullable: true,
      description: 'Contains the edit; null when the log is late: it is made, do not ask again.',
    }),
    staff: t.field({
      type: AdminStaff,
      nullable: true,
      description: 'As they are now.',
      resolve: ({ subjectId }, _, { caller }) => caller.administration.staff(subjectId),
    }),
  }),
})

export const StaffResult = builder.errorUnion('StaffResult', {
  description: 'What has become of an edit of a person.',
  types: [StaffEdited, ...FAILURES],
  resolveType: () => StaffEdited,
})

const MembershipInput = builder.inputType('MembershipInput', {
  description: 'That a person belongs to a department; absent details stay.',
  fields: (t) => ({
    departmentId: t.id({ required: true, description: 'Which department.' }),
    title: t.string({ description: 'Title in this department; null takes it away.' }),
    sortKey: t.string({ description: 'Place among the members, compared by code units.' }),
    isMain: t.boolean({ description: 'Whether it is the main department; one is.' }),
    isLeader: t.boolean({ description: 'Whether the person leads it.' }),
  }),
})

const DETAILS = {
  nickname: 'What colleagues call them.',
  pinyin: 'The name in Latin letters, where the computed one is wrong.',
  initials: 'First letters of the pinyin, where the computed ones are wrong.',
  title: 'Title of the job.',
  mobile: 'Mobile telephone number.',
  email: 'Mail addresses.',
  memberships: 'Where they belong: exactly these.',
  managerId: 'To whom they report.',
  dottedManagerIds: 'To whom they report besides.',
  leaveDate: 'The day, YYYY-MM-DD, on which the account is disabled and its sessions end.',
} as const

export const CreateInput = builder.inputType('CreateStaffInput', {
  description: 'A new person. Nobody gets a default password: an invitation lets them choose one.',
  fields: (t) => ({
    login: t.string({ required: true, description: 'Letters, digits and . _ @ + -, not taken.' }),
    name: t.string({ required: true, description: 'As it is displayed.' }),
    typeId: t.id({ required: true, description: TEXT.typeId }),
    nickname: t.string({ description: DETAILS.nickname }),
    pinyin: t.string({ description: DETAILS.pinyin }),
    initials: t.string({ description: DETAILS.initials }),
    title: t.string({ description: DETAILS.title }),
    mobile: t.string({ description: DETAILS.mobile }),
    email: t.stringList({ description: DETAILS.email }),
    memberships: t.field({ type: [MembershipInput], description: DETAILS.memberships }),
    managerId: t.id({ description: DETAILS.managerId }),
    dottedManagerIds: t.idList({ description: DETAILS.dottedManagerIds }),
    leaveDate: t.string({ description: DETAILS.leaveDate }),
    metadata: t.field({ type: [MetadataInput], description: TEXT.metadata }),
    roleIds: t.idList({ description: 'Roles to give; needs `role.assign` and all that is in them.' }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

export const UpdateInput = builder.inputType('UpdateStaffInput', {
  description: 'What changes of a person; absent fields stay, null takes a value away.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Whom.' }),
    login: t.string({ description: 'The new login.' }),
    name: t.string({ description: 'The new name.' }),
    typeId: t.id({ description: TEXT.typeId }),
    nickname: t.string({ description: DETAILS.nickname }),
    pinyin: t.string({ description: DETAILS.pinyin }),
    initials: t.string({ description: DETAILS.initials }),
    title: t.string({ description: DETAILS.title }),
    mobile: t.string({ description: DETAILS.mobile }),
    email: t.stringList({ description: DETAILS.email }),
    memberships: t.field({ type: [MembershipInput], description: DETAILS.memberships }),
    managerId: t.id({ description: DETAILS.managerId }),
    dottedManagerIds: t.idList({ description: DETAILS.dottedManagerIds }),
    leaveDate: t.string({ description: DETAILS.leaveDate }),
    isDisabled: t.boolean({
      description: 'Whether they are kept, but shown to nobody and unable to sign in.',
    }),
    metadata: t.field({ type: [MetadataInput], description: TEXT.metadata }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

export const RolesInput = builder.inputType('SetStaffRolesInput', {
  description: 'Which roles a person holds.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Who.' }),
    roleIds: t.idList({ required: true, description: 'Exactly these.' }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

export const DeleteInput = builder.inputType('DeleteStaffInput', {
  description: 'A person who goes into the trash.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Who.' }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

export const RestoreInput = builder.inputType('RestoreStaffInput', {
  description: 'A person who comes out of the trash.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Who.' }),
    login: t.string({ description: 'Another login, where theirs is taken by now.' }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

const input = 'What is to be done.'

builder.mutationFields((t) => ({
  createStaff: t.withAuth({ administering: true }).field({
    type: StaffResult,
    description: 'Makes a person. Needs `staff.write` with all fields in each of their departments.',
    args: { input: t.arg({ type: CreateInput, required: true, description: input }) },
    resolve: (_, { input }, context) => edited(context, input, createStaff),
  }),
  updateStaff: t.withAuth({ administering: true }).field({
    type: StaffResult,
    description: 'Edits a person: each field needs `staff.write` for it in all of their departments.',
    args: { input: t.arg({ type: UpdateInput, required: true, description: input }) },
    resolve: (_, { input }, context) => edited(context, input, updateStaff),
  }),
  setStaffRoles: t.withAuth({ administering: true }).field({
    type: StaffResult,
    description: 'Gives a person exactly these roles; nobody gives or takes more than they have themselves.',
    args: { input: t.arg({ type: RolesInput, required: true, description: input }) },
    resolve: (_, { input }, context) => edited(context, input, setStaffRoles),
  }),
  deleteStaff: t.withAuth({ administering: true }).field({
    type: StaffResult,
    description: 'Puts a person into the trash with everything; their sessions end.',
    args: { input: t.arg({ type: DeleteInput, required: true, description: input }) },
    resolve: (_, { input }, context) => edited(context, input, deleteStaff),
  }),
  restoreStaff: t.withAuth({ administering: true }).field({
    type: StaffResult,
    description: 'Takes a person out of the trash with everything.',
    args: { input: t.arg({ type: RestoreInput, required: true, description: input }) },
    resolve: (_, { input }, context) => edited(context, input, restoreStaff),
  }),
}))
