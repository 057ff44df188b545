import { compareText } from '../model/canonical.ts'
import type { Department, FieldDefinition, Role, Rule, Staff } from '../model/entry.ts'
import type { State } from '../model/state.ts'
import { FieldCatalogue } from './fields.ts'
import { audience, audienceOf, rolesOf, rulesOf } from './grant.ts'
import { View } from './view.ts'

/** Why somebody sees a row, or the first thing that keeps them from it. */
export const REASONS = {
  SHOWN: 'At least one rule shows it.',
  VIEWER_INACTIVE: 'The viewer is disabled or in the trash, and sees nothing.',
  SUBJECT_INACTIVE: 'It is disabled or in the trash, and shown to nobody.',
  NO_TYPE: 'It has no type that exists, and is shown to nobody.',
  NO_DEPARTMENT: 'The person belongs to no department that exists, and is shown to nobody.',
  NO_RULES: 'The roles of the viewer hold no rule.',
  TYPE_NOT_GRANTED: 'No rule of the viewer names its type.',
  OUTSIDE: 'Rules name its type, but only for departments of the viewer and what is below them.',
  DEPARTMENT_HIDDEN: 'Rules name the type of the person, but none of them shows one of their departments.',
} as const

export type Reason = keyof typeof REASONS

/** A rule that shows the row, and the role that gives it. */
export interface Granting {
  readonly role: Role
  readonly rule: Rule
  /** Of a person: their departments that this rule shows. */
  readonly departmentIds: readonly string[]
}

export interface FieldExplanation {
  readonly key: string
  /** Of the catalogue; built-in fields need none. */
  readonly definition: FieldDefinition | null
  readonly isSensitive: boolean
  readonly isVisible: boolean
  /** Rules that show the row and grant the field; empty for fields that need no grant. */
  readonly rules: readonly Rule[]
}

export interface Explanation {
  readonly isVisible: boolean
  readonly reason: Reason
  readonly grants: readonly Granting[]
  /** By key. */
  readonly fields: readonly FieldExplanation[]
}

/** Whether a viewer sees a department or a person and its fields, and by what, as the view itself says rule by rule (V9). */
export function explain(state: State, viewer: Staff, subject: Department | Staff): Explanation {
  const isVisible = rowOf(new View(audienceOf(state, viewer.id), state), subject) !== null
  const grants = isVisible ? grantsOf(state, viewer, subject) : []
  return {
    isVisible,
    reason: isVisible ? 'SHOWN' : reasonOf(state, viewer, subject),
    grants,
    fields: fieldsOf(state, subject, grants),
  }
}

function rowOf(view: View, subject: Department | Staff) {
  return subject.kind === 'staff' ? view.staff(subject.id) : view.department(subject.id)
}

function grantsOf(state: State, viewer: Staff, subject: Department | Staff): Granting[] {
  const own = viewer.memberships.map((m) => m.departmentId)
  return rolesOf(state, viewer.id).flatMap((role) =>
    rulesOf(state, role).flatMap((rule) => {
      const row = rowOf(new View(audience([rule], own), state), subject)
      if (!row) return []
      const departmentIds = 'memberships' in row ? row.memberships.map((m) => m.departmentId) : []
      return [{ role, rule, departmentIds }]
    }),
  )
}

function reasonOf(state: State, viewer: Staff, subject: Department | Staff): Reason {
  if (viewer.status !== 'ACTIVE') return 'VIEWER_INACTIVE'
  if (subject.status !== 'ACTIVE') return 'SUBJECT_INACTIVE'
  const { typeId } = subject
  const kind = subject.kind === 'staff' ? 'staffType' : 'departmentType'
  if (typeId === null || !state.get(kind, typeId)) return 'NO_TYPE'
  if (subject.kind === 'staff' && !subject.memberships.some((m) => state.get('department', m.departmentId)))
    return 'NO_DEPARTMENT'
  const rules = rolesOf(state, viewer.id).flatMap((role) => rulesOf(state, role))
  if (rules.length === 0) return 'NO_RULES'
  const named = rules.filter((rule) =>
    (subject.kind === 'staff' ? rule.staffTypeIds : rule.departmentTypeIds).includes(typeId),
  )
  if (named.length === 0) return 'TYPE_NOT_GRANTED'
  return subject.kind === 'staff' ? 'DEPARTMENT_HIDDEN' : 'OUTSIDE'
}

function fieldsOf(
  state: State,
  subject: Department | Staff,
  grants: readonly Granting[],
): FieldExplanation[] {
  const category = subject.kind === 'staff' ? 'STAFF' : 'DEPARTMENT'
  const catalogue = new FieldCatalogue(state)
  const definitions = new Map(
    [...state.all('fieldDefinition')].filter((f) => f.appliesTo === category).map((f) => [f.key, f]),
  )
  const rules = [...new Map(grants.map(({ rule }) => [rule.id, rule])).values()]
  const free = new Set(catalogue.shown(category, new Set()))
  const shown = new Set(catalogue.shown(category, new Set(rules.flatMap((rule) => rule.sensitiveFields))))
  const all = catalogue.shown(category, { has: () => true })
  return all.sort(compareText).map((key) => ({
    key,
    definition: definitions.get(key) ?? null,
    isSensitive: !free.has(key),
    isVisible: grants.length > 0 && shown.has(key),
    rules: free.has(key) ? [] : rules.filter((rule) => rule.sensitiveFields.includes(key)),
  }))
}
