import type { Rule as Entry } from '../src/model/entry.ts'
import { FLAT_LIST } from './arguments.ts'
import { builder } from './builder.ts'
import { DepartmentType } from './department-type.ts'
import { Node } from './node.ts'
import { StaffType } from './staff-type.ts'

export const RuleScope = builder.enumType('RuleScope', {
  description: 'How far a rule reaches.',
  values: {
    ORGANISATION: { description: 'The whole directory.' },
    OWN_SUBTREE: { description: "The viewer's own departments and all below them." },
  } as const,
})

export const Rule = builder.objectRef<Entry>('Rule').implement({
  description: 'What a role lets its holders see: departments and people of some types, within a scope.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'For people to read.' }),
    description: t.exposeString('description', { nullable: true, description: 'What the rule is for.' }),
    departmentTypes: t.field({
      type: [DepartmentType],
      description: 'Departments of these types are shown.',
      complexity: FLAT_LIST,
      resolve: (rule, _, { caller }) =>
        rule.departmentTypeIds.flatMap((id) => caller.view.departmentType(id) ?? []),
    }),
    staffTypes: t.field({
      type: [StaffType],
      description: 'People of these types are shown in those departments.',
      complexity: FLAT_LIST,
      resolve: (rule, _, { caller }) => rule.staffTypeIds.flatMap((id) => caller.view.staffType(id) ?? []),
    }),
    scope: t.expose('scope', { type: RuleScope, description: 'How far the rule reaches.' }),
    sensitiveFields: t.exposeStringList('sensitiveFields', {
      description: 'Keys of sensitive fields that the rule lets be read on the rows it shows.',
    }),
  }),
})
