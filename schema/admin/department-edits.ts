import { createDepartment } from '../../src/edit/departments/create.ts'
import { deleteDepartment, type CONTENTS } from '../../src/edit/departments/delete.ts'
import { setDepartmentLeaders } from '../../src/edit/departments/leaders.ts'
import { mergeDepartment } from '../../src/edit/departments/merge.ts'
import { moveDepartment } from '../../src/edit/departments/move.ts'
import { restoreDepartment } from '../../src/edit/departments/restore.ts'
import { updateDepartment } from '../../src/edit/departments/update.ts'
import { builder } from '../builder.ts'
import type { EditAnswer } from '../context.ts'
import { FAILURES } from './failures.ts'
import { MetadataInput, TEXT } from './input.ts'
import { AdminDepartment } from './refs.ts'
import { edited } from './result.ts'

const DepartmentEdited = builder.objectRef<EditAnswer>('DepartmentEdited').implement({
  description: 'A department was edited.',
  fields: (t) => ({
    version: t.expose('version', {
      type: 'Version',
      nullable: true,
      description: 'Contains the edit; null when the log is late: it is made, do not ask again.',
    }),
    department: t.field({
      type: AdminDepartment,
      nullable: true,
      description: 'As it is now.',
      resolve: ({ subjectId }, _, { caller }) => caller.administration.department(subjectId),
    }),
  }),
})

const DepartmentResult = builder.errorUnion('DepartmentResult', {
  description: 'What has become of an edit of a department.',
  types: [DepartmentEdited, ...FAILURES],
  resolveType: () => DepartmentEdited,
})

const Contents = builder.enumType('DepartmentContents', {
  description: 'What becomes of the departments and people in a department that goes.',
  values: {
    REFUSE: { description: 'They keep it from going.' },
    MOVE: { description: 'They go to another department.' },
    TRASH: { description: 'Its departments go along, and people who belong nowhere else; others leave it.' },
  } as const satisfies Record<(typeof CONTENTS)[number], object>,
})

export const CreateInput = builder.inputType('CreateDepartmentInput', {
  description: 'A new department.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Not taken by a department at the same place.' }),
    typeId: t.id({ required: true, description: TEXT.typeId }),
    parentId: t.id({ description: 'Below which department; the top when absent.' }),
    afterId: t.id({ description: TEXT.afterId }),
    description: t.string({ description: 'What it does.' }),
    metadata: t.field({ type: [MetadataInput], description: TEXT.metadata }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

export const UpdateInput = builder.inputType('UpdateDepartmentInput', {
  description: 'What changes of a department; absent fields stay.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    name: t.string({ description: 'The new name.' }),
    description: t.string({ description: 'What it does; null takes the text away.' }),
    typeId: t.id({ description: TEXT.typeId }),
    isDisabled: t.boolean({ description: 'Whether it is kept, but shown to nobody.' }),
    metadata: t.field({ type: [MetadataInput], description: TEXT.metadata }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

export const MoveInput = builder.inputType('MoveDepartmentInput', {
  description: 'A new place for a department and all below it.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    parentId: t.id({ description: 'Below which department; null for the top, absent for the same one.' }),
    afterId: t.id({ description: TEXT.afterId }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

const LeadersInput = builder.inputType('SetDepartmentLeadersInput', {
  description: 'Who leads a department.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which department.' }),
    staffIds: t.idList({ required: true, description: 'Exactly these of its members.' }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

export const MergeInput = builder.inputType('MergeDepartmentInput', {
  description: 'A department that becomes part of another one.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The one that goes.' }),
    intoId: t.id({ required: true, description: 'The one that gets its departments and people.' }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

export const DeleteInput = builder.inputType('DeleteDepartmentInput', {
  description: 'A department that goes into the trash.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    contents: t.field({
      type: Contents,
      defaultValue: 'REFUSE',
      description: 'What becomes of what is in it.',
    }),
    moveToId: t.id({ description: 'With MOVE: where departments and people go.' }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

const RestoreInput = builder.inputType('RestoreDepartmentInput', {
  description: 'A department that comes out of the trash.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    parentId: t.id({ description: 'Below which department; where it stood when absent, null for the top.' }),
    withPeople: t.boolean({
      defaultValue: true,
      description: 'Whether the people come back who went with it; those whose login is taken stay.',
    }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

const input = 'What is to be done.'

builder.mutationFields((t) => ({
  createDepartment: t.withAuth({ administering: true }).field({
    type: DepartmentResult,
    description: 'Makes a department. Needs `department.write` with all fields at its place.',
    args: { input: t.arg({ type: CreateInput, required: true, description: input }) },
    resolve: (_, { input }, context) => edited(context, input, createDepartment),
  }),
  updateDepartment: t.withAuth({ administering: true }).field({
    type: DepartmentResult,
    description: 'Renames, describes, retypes, disables or enables a department, and sets custom fields.',
    args: { input: t.arg({ type: UpdateInput, required: true, description: input }) },
    resolve: (_, { input }, context) => edited(context, input, updateDepartment),
  }),
  moveDepartment: t.withAuth({ administering: true }).field({
    type: DepartmentResult,
    description: 'Moves a department with all below it, or puts it among its siblings.',
    args: { input: t.arg({ type: MoveInput, required: true, description: input }) },
    resolve: (_, { input }, context) => edited(context, input, moveDepartment),
  }),
  setDepartmentLeaders: t.withAuth({ administering: true }).field({
    type: DepartmentResult,
    description: 'Says who leads a department.',
    args: { input: t.arg({ type: LeadersInput, required: true, description: input }) },
    resolve: (_, { input }, context) => edited(context, input, setDepartmentLeaders),
  }),
  mergeDepartment: t.withAuth({ administering: true }).field({
    type: DepartmentResult,
    description:
      'Moves all that is in a department to another one, and puts it into the trash; answers the other one.',
    args: { input: t.arg({ type: MergeInput, required: true, description: input }) },
    resolve: (_, { input }, context) => edited(context, input, mergeDepartment),
  }),
  deleteDepartment: t.withAuth({ administering: true }).field({
    type: DepartmentResult,
    description: 'Puts a department into the trash: all that belongs to it in one batch, or nothing.',
    args: { input: t.arg({ type: DeleteInput, required: true, description: input }) },
    resolve: (_, { input }, context) => edited(context, input, deleteDepartment),
  }),
  restoreDepartment: t.withAuth({ administering: true }).field({
    type: DepartmentResult,
    description: 'Takes a department out of the trash with all below it.',
    args: { input: t.arg({ type: RestoreInput, required: true, description: input }) },
    resolve: (_, { input }, context) => edited(context, input, restoreDepartment),
  }),
}))
