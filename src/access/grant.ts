import { createHash } from 'node:crypto'
import { canonicalJson, compareText } from '../model/canonical.ts'
import type { Ability, Role, Rule } from '../model/entry.ts'
import type { State } from '../model/state.ts'

/** A rule as far as it decides a view: without id and names, so that renaming or regrouping rules changes nobody's view. */
export type GrantRule = Pick<Rule, 'departmentTypeIds' | 'staffTypeIds' | 'scope' | 'sensitiveFields'>

/** A distinct grant, shared by everyone who has the same one (V6). Equal keys see equal views of equal states. */
export interface Audience {
  readonly key: string
  /** The first 8 bytes of SHA-256(key), 16 hex digits (C1). */
  readonly fingerprint: string
  readonly rules: readonly GrantRule[]
  /** Positions in `rules` of those that name a type, ascending; the same array each time. */
  readonly byDepartmentType: ReadonlyMap<string, readonly number[]>
  readonly byStaffType: ReadonlyMap<string, readonly number[]>
  readonly isScoped: boolean
  /** The viewer's own departments, sorted; empty unless a rule is scoped. */
  readonly ownDepartmentIds: readonly string[]
}

/** Makes the audience of a set of rules: duplicates and order do not matter. */
export function audience(rules: Iterable<GrantRule>, ownDepartmentIds: readonly string[]): Audience {
  const distinct = new Map<string, GrantRule>()
  for (const rule of rules) {
    const plain: GrantRule = {
      departmentTypeIds: [...new Set(rule.departmentTypeIds)].sort(compareText),
      staffTypeIds: [...new Set(rule.staffTypeIds)].sort(compareText),
      scope: rule.scope,
      sensitiveFields: [...new Set(rule.sensitiveFields)].sort(compareText),
    }
    distinct.set(canonicalJson(plain), plain)
  }
  const sorted = [...distinct].sort(([a], [b]) => compareText(a, b))
  const isScoped = sorted.some(([, rule]) => rule.scope === 'OWN_SUBTREE')
  const own = isScoped ? [...new Set(ownDepartmentIds)].sort(compareText) : []
  const key = canonicalJson([sorted.map(([text]) => text), own])
  const plainRules = sorted.map(([, rule]) => rule)
  return {
    key,
    fingerprint: createHash('sha256').update(key).digest('hex').slice(0, 16),
    rules: plainRules,
    byDepartmentType: positionsBy(plainRules, (rule) => rule.departmentTypeIds),
    byStaffType: positionsBy(plainRules, (rule) => rule.staffTypeIds),
    isScoped,
    ownDepartmentIds: own,
  }
}

function positionsBy(
  rules: readonly GrantRule[],
  typesOf: (rule: GrantRule) => readonly string[],
): Map<string, number[]> {
  const positions = new Map<string, number[]>()
  for (const [position, rule] of rules.entries()) {
    for (const type of typesOf(rule)) {
      const known = positions.get(type)
      if (known) known.push(position)
      else positions.set(type, [position])
    }
  }
  return positions
}

/** The audience that sees nothing (V7). */
export const NOBODY: Audience = audience([], [])

/** The audience of a person in a state; whoever is missing, disabled or trashed sees nothing. */
export function audienceOf(state: State, staffId: string | null): Audience {
  const staff = staffId === null ? undefined : state.get('staff', staffId)
  if (staff?.status !== 'ACTIVE') return NOBODY
  const rules = rolesOf(state, staff.id).flatMap((role) => rulesOf(state, role))
  return audience(
    rules,
    staff.memberships.map((m) => m.departmentId),
  )
}

/** The roles of a person that exist, in the order of their ids. */
export function rolesOf(state: State, staffId: string): Role[] {
  return existing(state.get('staff', staffId)?.roleIds ?? [], (id) => state.get('role', id))
}

/** The rules of a role that exist, in the order of their ids. */
export function rulesOf(state: State, role: Role): Rule[] {
  return existing(role.ruleIds, (id) => state.get('rule', id))
}

/** What the person's roles let them do (V10), without duplicates; nothing for whoever may not sign in. */
export function abilitiesOf(state: State, staffId: string): Ability[] {
  if (state.get('staff', staffId)?.status !== 'ACTIVE') return []
  const distinct = new Map<string, Ability>()
  for (const role of rolesOf(state, staffId)) {
    for (const ability of role.abilities) distinct.set(canonicalJson(ability), ability)
  }
  return [...distinct].sort(([a], [b]) => compareText(a, b)).map(([, ability]) => ability)
}

/** Canonical text of all that `viewer` shows of itself (P3): record, departments, roles, their rules and abilities. */
export function viewerRecord(state: State, staffId: string): string {
  const staff = state.get('staff', staffId) ?? null
  const roles = rolesOf(state, staffId)
  return canonicalJson([
    staff,
    existing(staff?.memberships.map((m) => m.departmentId) ?? [], (id) => state.get('department', id)),
    roles,
    roles.map((role) => rulesOf(state, role)),
  ])
}

function existing<T>(ids: readonly string[], get: (id: string) => T | undefined): T[] {
  return ids.flatMap((id) => get(id) ?? [])
}
