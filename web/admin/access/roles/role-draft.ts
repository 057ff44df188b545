import type {
  AbilityInput,
  AbilityScope,
  AdminRolePartsFragment,
  CreateRoleInput,
} from '../../../generated/graphql.ts'
import type { Opened } from '../entry-form.ts'
import { patchOf } from '../entry-form.ts'

/** What a role lets its holders do, as a line of a form. */
export interface AbilityDraft {
  /** `*`: all. */
  readonly name: string
  readonly scope: AbilityScope
  /** With SUBTREE; the name is empty when the department is out of the own scope. */
  readonly department: { readonly id: string; readonly name: string } | null
  /** Sorted; `*`: all. */
  readonly fields: readonly string[]
  /** Otherwise it is not the caller's to take away. */
  readonly isWithinOwn: boolean
}

/** What a form shows of a role. Lists are sorted. */
export interface RoleDraft {
  readonly name: string
  readonly description: string
  readonly ruleIds: string[]
  readonly abilities: readonly AbilityDraft[]
}

export const ROLE_FIELDS = ['name', 'description', 'ruleIds', 'abilities'] as const

export const EMPTY_ROLE: RoleDraft = { name: '', description: '', ruleIds: [], abilities: [] }

export const ALL = '*'

/** Abilities that are for some fields; the others are for all of what they are about. */
export const BY_FIELDS: readonly string[] = [
  'staff.read',
  'staff.write',
  'department.read',
  'department.write',
]

/** What somebody needs to look after a branch. */
export const BRANCH: readonly string[] = ['department.write', 'staff.write', 'staff.account', 'role.assign']

export function openedRole({ id, revision, ...role }: AdminRolePartsFragment): Opened<RoleDraft> {
  const { name, description, rules, abilities } = role
  const draft = {
    name,
    description: description ?? '',
    ruleIds: rules.map((rule) => rule.id).toSorted(),
    abilities: abilities.map(({ departmentId, department, ...ability }) => ({
      name: ability.name,
      scope: ability.scope,
      department: departmentId === null ? null : { id: departmentId, name: department?.name ?? '' },
      fields: ability.fields.toSorted(),
      isWithinOwn: ability.isWithinOwn,
    })),
  }
  return { id, revision, draft }
}

type RolePatch = Omit<CreateRoleInput, 'idempotencyKey' | 'name'> & { name?: string }

export function rolePatch(base: RoleDraft, draft: RoleDraft): RolePatch {
  const { abilities, ...rest } = patchOf(ROLE_FIELDS, base, draft)
  return { ...rest, ...(abilities ? { abilities: abilities.map(abilityInput) } : {}) }
}

export function abilityInput({ name, scope, department, fields }: AbilityDraft): AbilityInput {
  return { name, scope, departmentId: department?.id ?? null, fields: [...fields] }
}

/** One more line: most who look after something do several things at the same place. */
export function nextAbility(abilities: readonly AbilityDraft[], names: readonly string[]): AbilityDraft {
  const last = abilities.at(-1)
  const { scope, department } = last ?? { scope: 'OWN_SUBTREE' as const, department: null }
  const isThere = (name: string) =>
    abilities.some((one) => one.name === name && one.scope === scope && one.department?.id === department?.id)
  const name = names.find((one) => one !== ALL && !isThere(one)) ?? names[0] ?? ALL
  return { name, scope, department, fields: [ALL], isWithinOwn: true }
}

/** Lines with all that somebody needs to look after a branch; those that are there already stay. */
export function withBranch(
  abilities: readonly AbilityDraft[],
  department: { readonly id: string; readonly name: string },
): AbilityDraft[] {
  const scope = 'SUBTREE' as const
  const missing = BRANCH.filter(
    (name) =>
      !abilities.some(
        (one) => one.name === name && one.department?.id === department.id && one.fields.includes(ALL),
      ),
  )
  return [
    ...abilities,
    ...missing.map((name) => ({ name, scope, department, fields: [ALL], isWithinOwn: true })),
  ]
}

/** A line with another ability, place or choice of fields; what does not go with it is put right. */
export function withPart(ability: AbilityDraft, some: Partial<AbilityDraft>): AbilityDraft {
  const next = { ...ability, ...some }
  const isOtherKind = some.name !== undefined && kindOf(some.name) !== kindOf(ability.name)
  return {
    ...next,
    department: next.scope === 'SUBTREE' ? next.department : null,
    fields: isOtherKind || !BY_FIELDS.includes(next.name) ? [ALL] : fieldsAfter(ability.fields, next.fields),
  }
}

/** All fields, or some: whoever chooses one of the two gives up the other. */
function fieldsAfter(before: readonly string[], after: readonly string[]): readonly string[] {
  if (!after.includes(ALL)) return after.toSorted()
  return before.includes(ALL) && after.length > 1 ? after.filter((key) => key !== ALL).toSorted() : [ALL]
}

function kindOf(name: string): string {
  return name.split('.')[0] ?? name
}
