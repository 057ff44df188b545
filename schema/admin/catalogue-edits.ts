import { createField, deleteField, updateField } from '../../src/edit/catalogue/fields.ts'
import { createRole, deleteRole, updateRole } from '../../src/edit/catalogue/roles.ts'
import { createRule, deleteRule, updateRule } from '../../src/edit/catalogue/rules.ts'
import { createType, deleteType, updateType } from '../../src/edit/catalogue/types.ts'
import { builder } from '../builder.ts'
import { ChangeCategory } from '../change-category.ts'
import type { EditAnswer } from '../context.ts'
import { RuleScope } from '../rule.ts'
import { AbilityScope } from './catalogue.ts'
import { FAILURES } from './failures.ts'
import { TEXT } from './input.ts'
import { Editable } from './editable.ts'
import { edited } from './result.ts'

const CatalogueEdited = builder.objectRef<EditAnswer>('CatalogueEdited').implement({
  description: 'A type, field, rule or role was edited.',
  fields: (t) => ({
    version: t.expose('version', {
      type: 'Version',
      nullable: true,
      description: 'Contains the edit; null when the log is late: it is made, do not ask again.',
    }),
    id: t.id({ description: 'Its id.', resolve: ({ subjectId }) => subjectId }),
    entry: t.field({
      type: Editable,
      nullable: true,
      description: 'As it is now; null once it is deleted.',
      resolve: ({ subjectId }, _, { caller }) => caller.administration.any(subjectId),
    }),
  }),
})

const CatalogueResult = builder.errorUnion('CatalogueResult', {
  description: 'What has become of an edit of a type, field, rule or role.',
  types: [CatalogueEdited, ...FAILURES],
  resolveType: () => CatalogueEdited,
})

const NAME = 'For people to read; not taken by another one.'
const DESCRIPTION = 'What it is for.'

const CreateTypeInput = builder.inputType('CreateTypeInput', {
  description: 'A new type. It is shown to nobody until a rule grants it.',
  fields: (t) => ({
    appliesTo: t.field({ type: ChangeCategory, required: true, description: 'What is of this type.' }),
    name: t.string({ required: true, description: NAME }),
    description: t.string({ description: DESCRIPTION }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

const UpdateTypeInput = builder.inputType('UpdateTypeInput', {
  description: 'What changes of a type.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    appliesTo: t.field({
      type: ChangeCategory,
      required: true,
      description: 'What is of this type; it stays.',
    }),
    name: t.string({ description: NAME }),
    description: t.string({ description: DESCRIPTION }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

const DeleteTypeInput = builder.inputType('DeleteTypeInput', {
  description: 'A type that goes; nothing may be of it.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    appliesTo: t.field({ type: ChangeCategory, required: true, description: 'What was of this type.' }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

const CreateFieldInput = builder.inputType('CreateFieldInput', {
  description: 'A new custom field, or a built-in one to be marked sensitive.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Letters, digits, . _ and -; it stays for ever.' }),
    label: t.string({ required: true, description: NAME }),
    appliesTo: t.field({ type: ChangeCategory, required: true, description: 'Which rows carry it.' }),
    isSensitive: t.boolean({
      defaultValue: false,
      description: 'Whether only rules that name it let it be read.',
    }),
    sortKey: t.string({ description: 'Place among the fields.' }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

export const UpdateFieldInput = builder.inputType('UpdateFieldInput', {
  description: 'What changes of a field.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    label: t.string({ description: NAME }),
    isSensitive: t.boolean({ description: 'Whether only rules that name it let it be read.' }),
    sortKey: t.string({ description: 'Place among the fields.' }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

const RULE = {
  departmentTypeIds: 'Departments of these types are shown.',
  staffTypeIds: 'People of these types are shown in those departments.',
  scope: 'How far the rule reaches.',
  sensitiveFields: 'Keys of sensitive fields that it lets be read.',
} as const

const CreateRuleInput = builder.inputType('CreateRuleInput', {
  description: 'A new rule. It shows no more than the caller may see.',
  fields: (t) => ({
    name: t.string({ required: true, description: NAME }),
    description: t.string({ description: DESCRIPTION }),
    departmentTypeIds: t.idList({ required: true, description: RULE.departmentTypeIds }),
    staffTypeIds: t.idList({ required: true, description: RULE.staffTypeIds }),
    scope: t.field({ type: RuleScope, defaultValue: 'ORGANISATION', description: RULE.scope }),
    sensitiveFields: t.stringList({ defaultValue: [], description: RULE.sensitiveFields }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

export const UpdateRuleInput = builder.inputType('UpdateRuleInput', {
  description: 'What changes of a rule.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    name: t.string({ description: NAME }),
    description: t.string({ description: DESCRIPTION }),
    departmentTypeIds: t.idList({ description: RULE.departmentTypeIds }),
    staffTypeIds: t.idList({ description: RULE.staffTypeIds }),
    scope: t.field({ type: RuleScope, description: RULE.scope }),
    sensitiveFields: t.stringList({ description: RULE.sensitiveFields }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

const AbilityInput = builder.inputType('AbilityInput', {
  description: 'What a role lets its holders do.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'Which ability, for example `staff.write`; `*` is all of them.',
    }),
    scope: t.field({ type: AbilityScope, required: true, description: 'Where it holds.' }),
    departmentId: t.id({ description: 'With SUBTREE: the department.' }),
    fields: t.stringList({
      required: true,
      description: 'Keys of the fields it covers; `*` is all of them.',
    }),
  }),
})

const CreateRoleInput = builder.inputType('CreateRoleInput', {
  description: 'A new role. It holds nothing that the caller does not have.',
  fields: (t) => ({
    name: t.string({ required: true, description: NAME }),
    description: t.string({ description: DESCRIPTION }),
    ruleIds: t.idList({ defaultValue: [], description: 'What its holders may see.' }),
    abilities: t.field({ type: [AbilityInput], defaultValue: [], description: 'What its holders may do.' }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

export const UpdateRoleInput = builder.inputType('UpdateRoleInput', {
  description: 'What changes of a role.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    name: t.string({ description: NAME }),
    description: t.string({ description: DESCRIPTION }),
    ruleIds: t.idList({ description: 'What its holders may see: exactly these rules.' }),
    abilities: t.field({ type: [AbilityInput], description: 'What its holders may do: exactly that.' }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

const DeleteInput = builder.inputType('DeleteCatalogueInput', {
  description: 'A field, rule or role that goes; nothing may refer to it.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

builder.mutationFields((t) => {
  const signedIn = t.withAuth({ administering: true })
  const input = 'What is to be done.'
  const type = CatalogueResult
  return {
    createType: signedIn.field({
      type,
      description: 'Makes a type. Needs `type.write`.',
      args: { input: t.arg({ type: CreateTypeInput, required: true, description: input }) },
      resolve: (_, { input }, context) => edited(context, input, createType),
    }),
    updateType: signedIn.field({
      type,
      description: 'Renames or describes a type.',
      args: { input: t.arg({ type: UpdateTypeInput, required: true, description: input }) },
      resolve: (_, { input }, context) => edited(context, input, updateType),
    }),
    deleteType: signedIn.field({
      type,
      description: 'Deletes a type that nothing is of and no rule names.',
      args: { input: t.arg({ type: DeleteTypeInput, required: true, description: input }) },
      resolve: (_, { input }, context) => edited(context, input, deleteType),
    }),
    createField: signedIn.field({
      type,
      description: 'Makes a custom field. Needs `field.write`.',
      args: { input: t.arg({ type: CreateFieldInput, required: true, description: input }) },
      resolve: (_, { input }, context) => edited(context, input, createField),
    }),
    updateField: signedIn.field({
      type,
      description: 'Edits a field of the catalogue; its key stays.',
      args: { input: t.arg({ type: UpdateFieldInput, required: true, description: input }) },
      resolve: (_, { input }, context) => edited(context, input, updateField),
    }),
    deleteField: signedIn.field({
      type,
      description: 'Deletes a field of which nobody has a value.',
      args: { input: t.arg({ type: DeleteInput, required: true, description: input }) },
      resolve: (_, { input }, context) => edited(context, input, deleteField),
    }),
    createRule: signedIn.field({
      type,
      description: 'Makes a rule. Needs `rule.write`.',
      args: { input: t.arg({ type: CreateRuleInput, required: true, description: input }) },
      resolve: (_, { input }, context) => edited(context, input, createRule),
    }),
    updateRule: signedIn.field({
      type,
      description: 'Edits a rule; it takes effect for all who hold it, within a second.',
      args: { input: t.arg({ type: UpdateRuleInput, required: true, description: input }) },
      resolve: (_, { input }, context) => edited(context, input, updateRule),
    }),
    deleteRule: signedIn.field({
      type,
      description: 'Deletes a rule that no role holds.',
      args: { input: t.arg({ type: DeleteInput, required: true, description: input }) },
      resolve: (_, { input }, context) => edited(context, input, deleteRule),
    }),
    createRole: signedIn.field({
      type,
      description: 'Makes a role. Needs `role.write`.',
      args: { input: t.arg({ type: CreateRoleInput, required: true, description: input }) },
      resolve: (_, { input }, context) => edited(context, input, createRole),
    }),
    updateRole: signedIn.field({
      type,
      description: 'Edits a role; it takes effect for all who hold it, within a second.',
      args: { input: t.arg({ type: UpdateRoleInput, required: true, description: input }) },
      resolve: (_, { input }, context) => edited(context, input, updateRole),
    }),
    deleteRole: signedIn.field({
      type,
      description: 'Deletes a role that nobody holds.',
      args: { input: t.arg({ type: DeleteInput, required: true, description: input }) },
      resolve: (_, { input }, context) => edited(context, input, deleteRole),
    }),
  }
})
