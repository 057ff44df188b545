import { updateField } from '../../src/edit/catalogue/fields.ts'
import { updateRole } from '../../src/edit/catalogue/roles.ts'
import { updateRule } from '../../src/edit/catalogue/rules.ts'
import { createDepartment } from '../../src/edit/departments/create.ts'
import { deleteDepartment } from '../../src/edit/departments/delete.ts'
import { mergeDepartment } from '../../src/edit/departments/merge.ts'
import { moveDepartment } from '../../src/edit/departments/move.ts'
import { updateDepartment } from '../../src/edit/departments/update.ts'
import type { Edit } from '../../src/edit/edit.ts'
import { InvalidInput } from '../../src/edit/failures.ts'
import { createStaff } from '../../src/edit/staff/create.ts'
import { deleteStaff } from '../../src/edit/staff/delete.ts'
import { setStaffRoles } from '../../src/edit/staff/roles.ts'
import { updateStaff } from '../../src/edit/staff/update.ts'
import type { Effect, EffectGroup, Sample } from '../../src/sync/effect.ts'
import { SHORT_LIST, waitForArg } from '../arguments.ts'
import { builder } from '../builder.ts'
import { UpdateFieldInput, UpdateRoleInput, UpdateRuleInput } from './catalogue-edits.ts'
import * as departments from './department-edits.ts'
import { answered, FAILURES } from './failures.ts'
import { AdminDepartment, AdminStaff } from './refs.ts'
import * as staff from './staff-edits.ts'

const GROUPS = 20

const PeopleSample = builder.objectRef<Sample>('PeopleSample').implement({
  description: 'How many people, and the first few of them.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many.' }),
    first: t.field({
      type: [AdminStaff],
      description: 'Up to five of them.',
      complexity: SHORT_LIST,
      resolve: ({ ids }, _, { caller }) => ids.flatMap((id) => caller.administration.staff(id) ?? []),
    }),
  }),
})

const DepartmentsSample = builder.objectRef<Sample>('DepartmentsSample').implement({
  description: 'How many departments, and the first few of them.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many.' }),
    first: t.field({
      type: [AdminDepartment],
      description: 'Up to five of them.',
      complexity: SHORT_LIST,
      resolve: ({ ids }, _, { caller }) => ids.flatMap((id) => caller.administration.department(id) ?? []),
    }),
  }),
})

const RowsSample = builder.objectRef<EffectGroup['gained']>('RowsSample').implement({
  description: 'Rows of the directory.',
  fields: (t) => ({
    departments: t.expose('departments', { type: DepartmentsSample, description: 'Departments.' }),
    staff: t.expose('staff', { type: PeopleSample, description: 'People.' }),
  }),
})

const AccessEffectGroup = builder.objectRef<EffectGroup>('AccessEffectGroup').implement({
  description: 'People who see the same now and would see the same afterwards.',
  fields: (t) => ({
    viewers: t.expose('viewers', { type: PeopleSample, description: 'These people.' }),
    gained: t.expose('gained', { type: RowsSample, description: 'What each of them would see in addition.' }),
    lost: t.expose('lost', { type: RowsSample, description: 'What none of them would see any more.' }),
    changed: t.exposeInt('changed', {
      description: 'Rows that they see before and after, with other fields or places.',
    }),
  }),
})

const AccessEffect = builder.objectRef<Effect>('AccessEffect').implement({
  description:
    'What an edit would mean for what people see, as far as the caller administers both them and what they see.',
  fields: (t) => ({
    gaining: t.exposeInt('gaining', { description: 'People who would see rows that they do not see now.' }),
    losing: t.exposeInt('losing', { description: 'People who would lose sight of rows.' }),
    rowsGained: t.exposeInt('rowsGained', { description: 'Distinct rows that anybody would gain.' }),
    rowsLost: t.exposeInt('rowsLost', { description: 'Distinct rows that anybody would lose.' }),
    groups: t.field({
      type: [AccessEffectGroup],
      description: 'Up to twenty groups of people who are concerned, the largest first.',
      complexity: { field: 1, multiplier: GROUPS },
      resolve: ({ groups }) => groups.slice(0, GROUPS),
    }),
    groupCount: t.int({
      description: 'How many groups there are.',
      resolve: ({ groups }) => groups.length,
    }),
    isComplete: t.exposeBoolean('isComplete', {
      description: 'False when so much would have to be compared that the smallest groups were left out.',
    }),
  }),
})

const PreviewResult = builder.errorUnion('PreviewResult', {
  description: 'What an edit would mean, or why it would not be made.',
  types: [AccessEffect, ...FAILURES],
  resolveType: () => AccessEffect,
})

const PreviewInput = builder.inputType('PreviewInput', {
  description: 'The edit: exactly one of these, as its mutation would be given it.',
  fields: (t) => ({
    updateRule: t.field({ type: UpdateRuleInput, description: 'As for `updateRule`.' }),
    updateRole: t.field({ type: UpdateRoleInput, description: 'As for `updateRole`.' }),
    updateField: t.field({ type: UpdateFieldInput, description: 'As for `updateField`.' }),
    createStaff: t.field({ type: staff.CreateInput, description: 'As for `createStaff`.' }),
    createDepartment: t.field({ type: departments.CreateInput, description: 'As for `createDepartment`.' }),
    updateStaff: t.field({ type: staff.UpdateInput, description: 'As for `updateStaff`.' }),
    setStaffRoles: t.field({ type: staff.RolesInput, description: 'As for `setStaffRoles`.' }),
    deleteStaff: t.field({ type: staff.DeleteInput, description: 'As for `deleteStaff`.' }),
    updateDepartment: t.field({ type: departments.UpdateInput, description: 'As for `updateDepartment`.' }),
    moveDepartment: t.field({ type: departments.MoveInput, description: 'As for `moveDepartment`.' }),
    mergeDepartment: t.field({ type: departments.MergeInput, description: 'As for `mergeDepartment`.' }),
    deleteDepartment: t.field({ type: departments.DeleteInput, description: 'As for `deleteDepartment`.' }),
  }),
})

const EditFits = builder.objectRef<{ readonly isAccepted: true }>('EditFits').implement({
  description: 'An edit could be made just now.',
  fields: (t) => ({ isAccepted: t.exposeBoolean('isAccepted', { description: 'Always true.' }) }),
})

const CheckResult = builder.errorUnion('CheckResult', {
  description: 'That an edit could be made, or why it would not be.',
  types: [EditFits, ...FAILURES],
  resolveType: () => EditFits,
})

type Given = typeof PreviewInput.$inferInput

/** The edits that are given; one is right. */
function editsOf(input: Given): Edit[] {
  const made = <T>(given: T | null | undefined, edit: (given: T) => Edit) => (given ? [edit(given)] : [])
  return [
    ...made(input.updateRule, updateRule),
    ...made(input.updateRole, updateRole),
    ...made(input.updateField, updateField),
    ...made(input.createStaff, createStaff),
    ...made(input.createDepartment, createDepartment),
    ...made(input.updateStaff, updateStaff),
    ...made(input.setStaffRoles, setStaffRoles),
    ...made(input.deleteStaff, deleteStaff),
    ...made(input.updateDepartment, updateDepartment),
    ...made(input.moveDepartment, moveDepartment),
    ...made(input.mergeDepartment, mergeDepartment),
    ...made(input.deleteDepartment, deleteDepartment),
  ]
}

builder.queryField('previewEdit', (t) =>
  t.withAuth({ administering: true }).field({
    type: PreviewResult,
    description:
      'What an edit would mean for who sees what, before it is made. Nothing is written; it is refused as the edit would be.',
    complexity: { field: 100, multiplier: 1 },
    args: {
      edit: t.arg({ type: PreviewInput, required: true, description: 'What would be done.' }),
      ...waitForArg,
    },
    resolve: async (_, { edit, waitFor }, { caller, edits }) => {
      await caller.reach(waitFor)
      const only = onlyOf(edit)
      if (!only) return InvalidInput.at('edit', 'must be exactly one edit')
      return await answered(edits.preview(caller.signedIn, only))
    },
  }),
)

builder.queryField('checkEdit', (t) =>
  t.withAuth({ administering: true }).field({
    type: CheckResult,
    description:
      'Whether an edit could be made, by all rules that its mutation has, for forms to ask while they are filled in: much cheaper than `previewEdit`. Nothing is written; it is refused as the edit would be, and tells no more.',
    complexity: { field: 10, multiplier: 1 },
    args: {
      edit: t.arg({ type: PreviewInput, required: true, description: 'What would be done.' }),
      ...waitForArg,
    },
    resolve: async (_, { edit, waitFor }, { caller, edits }) => {
      await caller.reach(waitFor)
      const only = onlyOf(edit)
      if (!only) return InvalidInput.at('edit', 'must be exactly one edit')
      const checked = edits.check(caller.signedIn, only)
      return await answered(checked.then(() => ({ isAccepted: true as const })))
    },
  }),
)

function onlyOf(given: Given): Edit | null {
  const [only, ...more] = editsOf(given)
  return only && more.length === 0 ? only : null
}
