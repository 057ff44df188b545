import type { AdminRulePartsFragment, RuleScope } from '../../../generated/graphql.ts'
import type { Opened } from '../entry-form.ts'

/** What a form shows of a rule. Lists are sorted. */
export interface RuleDraft {
  readonly name: string
  readonly description: string
  readonly departmentTypeIds: string[]
  readonly staffTypeIds: string[]
  readonly scope: RuleScope
  readonly sensitiveFields: string[]
}

export const RULE_FIELDS = [
  'name',
  'description',
  'scope',
  'departmentTypeIds',
  'staffTypeIds',
  'sensitiveFields',
] as const

export const EMPTY_RULE: RuleDraft = {
  name: '',
  description: '',
  departmentTypeIds: [],
  staffTypeIds: [],
  scope: 'ORGANISATION',
  sensitiveFields: [],
}

/** What of a rule decides who sees what. */
export const SHOWING = ['departmentTypeIds', 'staffTypeIds', 'scope', 'sensitiveFields'] as const

export function openedRule(rule: AdminRulePartsFragment): Opened<RuleDraft> {
  const { id, revision, name, description, scope, sensitiveFields, departmentTypes, staffTypes } = rule
  const ids = (list: readonly { id: string }[]) => list.map((one) => one.id).toSorted()
  const draft = {
    name,
    description: description ?? '',
    departmentTypeIds: ids(departmentTypes),
    staffTypeIds: ids(staffTypes),
    scope,
    sensitiveFields: sensitiveFields.toSorted(),
  }
  return { id, revision, draft }
}
