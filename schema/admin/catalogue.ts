import type { Ability } from '../../src/model/entry.ts'
import { catalogueRevision } from '../../src/edit/catalogue/entry.ts'
import { FLAT_LIST } from '../arguments.ts'
import { builder } from '../builder.ts'
import { ChangeCategory } from '../change-category.ts'
import { RuleScope } from '../rule.ts'
import { AdminDepartment, AdminField, AdminRole, AdminRule, AdminType } from './refs.ts'

const REVISION = 'Pass it back as `ifRevision`.'

AdminType.implement({
  description: 'A type of departments or of staff, for those who administer.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The entryUUID of its entry.' }),
    name: t.exposeString('name', { description: 'For people to read.' }),
    description: t.exposeString('description', { nullable: true, description: 'What the type is for.' }),
    appliesTo: t.field({
      type: ChangeCategory,
      description: 'What is of this type.',
      resolve: ({ kind }) => (kind === 'departmentType' ? 'DEPARTMENT' : 'STAFF'),
    }),
    revision: t.string({ description: REVISION, resolve: catalogueRevision }),
  }),
})

AdminField.implement({
  description: 'An entry of the field catalogue, for those who administer.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The entryUUID of its entry.' }),
    key: t.exposeString('key', { description: 'Key of the custom field, or name of the built-in one.' }),
    label: t.exposeString('label', { description: 'For people to read.' }),
    appliesTo: t.expose('appliesTo', { type: ChangeCategory, description: 'Which rows carry the field.' }),
    isSensitive: t.exposeBoolean('isSensitive', {
      description: 'Whether only rules that name it let it be read.',
    }),
    sortKey: t.exposeString('sortKey', { description: 'Place among the fields, compared by code units.' }),
    revision: t.string({ description: REVISION, resolve: catalogueRevision }),
  }),
})

AdminRule.implement({
  description: 'A rule with all that it grants.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The entryUUID of its entry.' }),
    name: t.exposeString('name', { description: 'For people to read.' }),
    description: t.exposeString('description', { nullable: true, description: 'What the rule is for.' }),
    departmentTypes: t.field({
      type: [AdminType],
      description: 'Departments of these types are shown.',
      complexity: FLAT_LIST,
      resolve: (rule, _, { caller }) =>
        rule.departmentTypeIds.flatMap((id) => caller.state.get('departmentType', id) ?? []),
    }),
    staffTypes: t.field({
      type: [AdminType],
      description: 'People of these types are shown in those departments.',
      complexity: FLAT_LIST,
      resolve: (rule, _, { caller }) =>
        rule.staffTypeIds.flatMap((id) => caller.state.get('staffType', id) ?? []),
    }),
    scope: t.expose('scope', { type: RuleScope, description: 'How far the rule reaches.' }),
    sensitiveFields: t.exposeStringList('sensitiveFields', {
      description: 'Keys of sensitive fields that the rule lets be read on the rows it shows.',
    }),
    isWithinOwn: t.boolean({
      description:
        "Whether it shows no more than the caller's own rules: only then may they change it, or put it into a role.",
      resolve: (rule, _, { caller }) => caller.administration.authority.holdsRule(rule, null),
    }),
    revision: t.string({ description: REVISION, resolve: catalogueRevision }),
  }),
})

export const AbilityScope = builder.enumType('AbilityScope', {
  description: 'Where an ability holds.',
  values: {
    ORGANISATION: { description: 'Everywhere.' },
    OWN_SUBTREE: { description: "At and below the holder's own departments." },
    SUBTREE: { description: 'At and below one department.' },
  } as const,
})

export const GrantedAbility = builder.objectRef<Ability>('GrantedAbility').implement({
  description: 'What a role lets its holders do in the administration.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'Which ability, one of `admin { abilityNames }`; `*` is all of them.',
    }),
    scope: t.expose('scope', { type: AbilityScope, description: 'Where it holds.' }),
    departmentId: t.exposeID('departmentId', {
      nullable: true,
      description: 'With SUBTREE: the department.',
    }),
    department: t.field({
      type: AdminDepartment,
      nullable: true,
      description: 'With SUBTREE: the department, when it is in the scope of the caller.',
      resolve: ({ departmentId }, _, { caller }) =>
        departmentId === null ? null : caller.administration.department(departmentId),
    }),
    fields: t.exposeStringList('fields', {
      description: 'Keys of the fields it covers; `*` is all of them.',
    }),
    isWithinOwn: t.boolean({
      description:
        'Whether the caller has as much themselves, whoever holds it: only then may they put it into a role, or take it away.',
      resolve: (ability, _, { caller }) => caller.administration.authority.holds(ability, null),
    }),
  }),
})

AdminRole.implement({
  description: 'A role: a bundle of rules and abilities that people hold.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The entryUUID of its entry.' }),
    name: t.exposeString('name', { description: 'For people to read.' }),
    description: t.exposeString('description', { nullable: true, description: 'What the role is for.' }),
    rules: t.field({
      type: [AdminRule],
      description: 'What its holders may see.',
      complexity: { field: 1, multiplier: 4 },
      resolve: ({ ruleIds }, _, { caller }) => ruleIds.flatMap((id) => caller.administration.rule(id) ?? []),
    }),
    abilities: t.expose('abilities', {
      type: [GrantedAbility],
      description: 'What its holders may do.',
      complexity: { field: 1, multiplier: 4 },
    }),
    revision: t.string({ description: REVISION, resolve: catalogueRevision }),
  }),
})
