import type { Ability, Rule, Staff } from '../model/entry.ts'
import { canonicalJson } from '../model/canonical.ts'
import { ancestry, subtree, type State } from '../model/state.ts'
import { abilitiesOf, rolesOf, rulesOf } from './grant.ts'

/** What a role may let its holders do (V10). Names are stable: they stand in the directory. */
export const ABILITIES = {
  'staff.read': 'See people of the scope in the administration, with the given fields.',
  'staff.write':
    'Edit the given fields of people; with all fields also create, move, disable, delete, restore.',
  'staff.account': 'Invite people, end their sessions, and give them a way to set a new password.',
  'department.read': 'See departments of the scope in the administration, with the given fields.',
  'department.write':
    'Edit the given fields of departments; with all fields also create, move, merge, delete, restore.',
  'role.assign': 'Give roles to people of the scope, and take them away.',
  'role.write': 'Create, edit and delete roles.',
  'rule.write': 'Create, edit and delete rules.',
  'type.write': 'Create, edit and delete types of departments and staff.',
  'field.write': 'Create, edit and delete entries of the field catalogue.',
  'access.explain': 'Ask what people of the scope may see, and look at the directory as one of them.',
  'audit.read': 'Read the audit log.',
  'server.read':
    'See how the server is: health, delays, queues, how many are online. For the whole organisation only.',
  'webhook.write': 'Create, edit, pause and delete webhooks, and read what they were sent.',
  'integration.write': 'Create, edit and delete integrations, and make and revoke their tokens.',
} as const

export type AbilityName = keyof typeof ABILITIES

export function isAbilityName(text: string): text is AbilityName {
  return Object.hasOwn(ABILITIES, text)
}

/** As the name of an ability: all there are, those of later releases too. As a field: all fields. */
export const ALL = '*'

/** Who may change something may see it (T37): each ability, and those that include it. */
const INCLUDED_IN: Partial<Record<AbilityName, readonly AbilityName[]>> = {
  'staff.read': ['staff.write'],
  'department.read': ['department.write'],
}

/** Whoever administers people of a department has to see that both are there, if nothing more of them. */
const SHOWING = {
  staff: ['staff.read', 'staff.write', 'staff.account', 'role.assign', 'access.explain'],
  department: [
    'department.read',
    'department.write',
    'staff.read',
    'staff.write',
    'staff.account',
    'role.assign',
    'access.explain',
  ],
} as const satisfies Record<string, readonly AbilityName[]>

/** Abilities that are for some fields; the others are for all of what they are about. */
const BY_FIELDS: readonly AbilityName[] = ['staff.read', 'staff.write', 'department.read', 'department.write']

type ShownByRule = Pick<Rule, 'departmentTypeIds' | 'staffTypeIds' | 'scope' | 'sensitiveFields'>

/** The fields that an ability covers at some place. */
export interface Fields {
  has(key: string): boolean
  /** Whether it covers all fields, which is what creating, moving, deleting and restoring needs. */
  readonly isAll: boolean
}

const NO_FIELDS: Fields = { has: () => false, isAll: false }
const ALL_FIELDS: Fields = { has: () => true, isAll: true }

/**
 * What one person may administer in one state: abilities (what), scope (which part of the real tree), fields. The one
 * evaluator for reading and writing (V10): what it does not cover is neither shown nor changed. Nobody who may not sign
 * in has any.
 */
export class Authority {
  readonly staffId: string
  readonly abilities: readonly Ability[]
  readonly state: State
  readonly #own: ReadonlySet<string>

  constructor(state: State, staffId: string) {
    this.staffId = staffId
    this.state = state
    this.abilities = abilitiesOf(state, staffId)
    this.#own = new Set(state.get('staff', staffId)?.memberships.map((m) => m.departmentId))
  }

  /** Whether there is an ability of the name anywhere, for any field. */
  has(name: AbilityName): boolean {
    return this.abilities.some((ability) => isFor(ability, name))
  }

  /** The fields that an ability covers somewhere. */
  anywhere(name: AbilityName): Fields {
    return fieldsOf(
      name,
      this.abilities.filter((a) => isFor(a, name)),
    )
  }

  get hasAny(): boolean {
    return this.abilities.some(({ name }) => name === ALL || isAbilityName(name))
  }

  /** All abilities, everywhere, for all fields. */
  get isUnlimited(): boolean {
    return this.abilities.some(isUnlimited)
  }

  /** In the whole organisation and for all fields: what has no place in the tree needs that. */
  everywhere(name: AbilityName): boolean {
    return fieldsOf(
      name,
      this.abilities.filter((a) => isFor(a, name) && a.scope === 'ORGANISATION'),
    ).isAll
  }

  /** Whether the administration shows a field of everybody, or of every department. */
  readsEverywhere(name: 'staff.read' | 'department.read', key: string): boolean {
    return fieldsOf(
      name,
      this.abilities.filter((a) => isFor(a, name) && a.scope === 'ORGANISATION'),
    ).has(key)
  }

  /** What an ability covers at a department; null: where there is none above. */
  at(name: AbilityName, departmentId: string | null): Fields {
    return fieldsOf(
      name,
      this.abilities.filter((a) => isFor(a, name) && this.#covers(a, departmentId)),
    )
  }

  /**
   * What an ability covers of a person: only where its scope holds all of their departments, so that nobody draws a
   * person into their scope to edit them (T36). Somebody without a department belongs to the whole organisation.
   */
  over(name: AbilityName, staff: Pick<Staff, 'memberships'>): Fields {
    return fieldsOf(
      name,
      this.abilities.filter((a) => isFor(a, name) && this.#coversAll(a, staff)),
    )
  }

  /**
   * Ids of all that an ability covers: departments, and people as `over` has it. Somebody without a department is in none of
   * these scopes; whoever may it everywhere is not to be asked this.
   */
  covered(name: AbilityName): Set<string> {
    const covered = new Set<string>()
    for (const ability of this.abilities.filter((a) => isFor(a, name))) {
      const tops = ability.scope === 'SUBTREE' ? [ability.departmentId ?? ''] : [...this.#own]
      if (ability.scope === 'ORGANISATION') continue
      const isThere = (id: string) => this.state.get('department', id) !== undefined
      const places = new Set(tops.flatMap((top) => [...subtree(this.state, top)]).filter(isThere))
      for (const place of places) {
        covered.add(place)
        for (const id of this.state.members(place)) {
          const memberships = this.state.get('staff', id)?.memberships ?? []
          if (memberships.every((m) => places.has(m.departmentId))) covered.add(id)
        }
      }
    }
    return covered
  }

  /** Authorities with the same text cover the same of the same state. */
  get text(): string {
    const isOwn = this.abilities.some(({ scope }) => scope === 'OWN_SUBTREE')
    return canonicalJson([this.abilities, isOwn ? [...this.#own].sort() : []])
  }

  /** Whether what is covered does not depend on where anything stands in the tree. */
  get isOfNoPlace(): boolean {
    return this.abilities.every(({ scope }) => scope === 'ORGANISATION')
  }

  /** Departments, with all below them, to one of which everybody belongs whom the administration shows; null: to any, or to none. */
  tops(): readonly string[] | null {
    const abilities = this.abilities.filter((a) => isOneOf(a, SHOWING.staff))
    if (abilities.some(({ scope }) => scope === 'ORGANISATION')) return null
    return abilities.flatMap((a) => (a.scope === 'SUBTREE' ? (a.departmentId ?? []) : [...this.#own]))
  }

  /** Whether the administration shows a department at all. */
  showsDepartment(departmentId: string): boolean {
    return this.abilities.some((a) => isOneOf(a, SHOWING.department) && this.#covers(a, departmentId))
  }

  /** Whether the administration shows a person at all: one of their departments is in a scope. */
  showsStaff({ memberships }: Pick<Staff, 'memberships'>): boolean {
    const abilities = this.abilities.filter((a) => isOneOf(a, SHOWING.staff))
    return abilities.some(
      (a) =>
        a.scope === 'ORGANISATION' || memberships.some(({ departmentId }) => this.#covers(a, departmentId)),
    )
  }

  /**
   * Whether all that somebody may do is also the caller's, at the same places: nobody takes over, disables or deletes an
   * account that can do more than their own (T36).
   */
  outranks(subject: Staff): boolean {
    if (this.isUnlimited || subject.id === this.staffId) return true
    const roles = rolesOf(this.state, subject.id)
    const own = subject.memberships.map((m) => m.departmentId)
    return roles.every((role) => role.abilities.every((ability) => this.holds(ability, own)))
  }

  /**
   * Whether the account of somebody may come into the caller's hands: by a link with which a password is chosen, or by another
   * login. They may neither do nor see more than the caller (T36).
   */
  mayTakeOver(subject: Staff): boolean {
    if (this.isUnlimited || subject.id === this.staffId) return true
    if (!this.outranks(subject)) return false
    if (this.everywhere('staff.read') && this.everywhere('department.read')) return true
    const own = subject.memberships.map((m) => m.departmentId)
    const isOwnRead = own.length > 0 && own.every((id) => this.#readsAll(id))
    const rules = rolesOf(this.state, subject.id).flatMap((role) => rulesOf(this.state, role))
    return rules.every((rule) => (rule.scope === 'OWN_SUBTREE' && isOwnRead) || this.holdsRule(rule, own))
  }

  /**
   * Whether an ability is contained in the caller's own; `own`: departments of whoever is to hold it, null when that can be
   * anybody. Nobody gives what they do not have (T36).
   */
  holds(ability: Ability, own: readonly string[] | null): boolean {
    return this.abilities.some((mine) => {
      if (mine.name !== ALL && mine.name !== ability.name) return false
      if (!mine.fields.includes(ALL) && !ability.fields.every((key) => mine.fields.includes(key)))
        return false
      if (mine.scope === 'ORGANISATION') return true
      if (ability.scope === 'ORGANISATION') return false
      const places = ability.scope === 'SUBTREE' ? [ability.departmentId] : own
      return places !== null && places.length > 0 && places.every((id) => this.#covers(mine, id))
    })
  }

  /**
   * Whether a rule shows no more than the caller's own rules do: one of them has to contain it (V0: no product across
   * rules). `own`: departments of whoever is to hold it, null when that can be anybody: what a rule shows of them is not
   * what it shows of the caller's own.
   */
  holdsRule(rule: ShownByRule, own: readonly string[] | null): boolean {
    if (this.isUnlimited) return true
    const mine = rolesOf(this.state, this.staffId).flatMap((role) => rulesOf(this.state, role))
    const isNear = rule.scope === 'OWN_SUBTREE' && own !== null && own.every((id) => this.#isBelowOwn(id))
    return mine.some(
      (r) =>
        (r.scope === 'ORGANISATION' || isNear) &&
        isWithin(rule.departmentTypeIds, r.departmentTypeIds) &&
        isWithin(rule.staffTypeIds, r.staffTypeIds) &&
        isWithin(rule.sensitiveFields, r.sensitiveFields),
    )
  }

  /**
   * Whether the caller has all that these roles give to somebody for departments that are new to them: rights for one's own
   * departments grow with these (T36).
   */
  holdsForOwn(roleIds: readonly string[], before: readonly string[], after: readonly string[]): boolean {
    if (this.isUnlimited) return true
    const old = new Set(before)
    const added = after.filter((id) => !this.#isBelow(id, old))
    if (added.length === 0) return true
    const roles = roleIds.flatMap((id) => this.state.get('role', id) ?? [])
    const isOwn = ({ scope }: { readonly scope: string }) => scope === 'OWN_SUBTREE'
    return roles.every(
      (role) =>
        role.abilities.filter(isOwn).every((ability) => this.holds(ability, added)) &&
        (added.every((id) => this.#readsAll(id)) ||
          rulesOf(this.state, role)
            .filter(isOwn)
            .every((rule) => this.holdsRule(rule, added))),
    )
  }

  /** Whether the caller could do more with somebody who belongs to `after` than with one who belongs to `before` (T36). */
  gainsOver(before: readonly string[], after: readonly string[]): boolean {
    const isIn = (ability: Ability, ids: readonly string[]) =>
      ids.length > 0 && ids.every((id) => this.#covers(ability, id))
    return this.abilities.some(
      (ability) =>
        ability.scope !== 'ORGANISATION' && isIn(ability, after) && !this.#holdsAt(ability, before),
    )
  }

  /** Whether the caller could do or see more of a department, were it to move from below one to below another (T36). */
  gainsOf(departmentId: string, fromId: string | null, toId: string | null): boolean {
    if (this.isUnlimited) return false
    const places = [departmentId, ...(fromId === null ? [] : [fromId])]
    const isGained = (ability: Ability) =>
      ability.scope !== 'ORGANISATION' &&
      this.#covers(ability, toId) &&
      !places.some((place) => this.#holdsAt(ability, [place]))
    if (this.abilities.some(isGained)) return true
    const isSeen = places.some((place) => this.#isBelowOwn(place) || this.#readsAll(place))
    if (isSeen || toId === null || !this.#isBelowOwn(toId)) return false
    const mine = rolesOf(this.state, this.staffId).flatMap((role) => rulesOf(this.state, role))
    return mine.some((rule) => rule.scope === 'OWN_SUBTREE' && !this.holdsRule(rule, [departmentId]))
  }

  #holdsAt(ability: Ability, departmentIds: readonly string[]): boolean {
    return this.holds({ ...ability, scope: 'OWN_SUBTREE', departmentId: null }, departmentIds)
  }

  /** Whether no rule shows more of it than the administration does. */
  #readsAll(departmentId: string): boolean {
    return this.at('department.read', departmentId).isAll && this.at('staff.read', departmentId).isAll
  }

  #isBelowOwn(departmentId: string): boolean {
    return this.#isBelow(departmentId, this.#own)
  }

  #isBelow(departmentId: string, tops: ReadonlySet<string>): boolean {
    for (const { id } of ancestry(this.state, departmentId)) if (tops.has(id)) return true
    return false
  }

  #coversAll(ability: Ability, { memberships }: Pick<Staff, 'memberships'>): boolean {
    if (ability.scope === 'ORGANISATION') return true
    return memberships.length > 0 && memberships.every((m) => this.#covers(ability, m.departmentId))
  }

  #covers(ability: Ability, departmentId: string | null): boolean {
    if (ability.scope === 'ORGANISATION') return true
    if (departmentId === null) return false
    for (const { id } of ancestry(this.state, departmentId)) {
      if (ability.scope === 'SUBTREE' ? id === ability.departmentId : this.#own.has(id)) return true
    }
    return false
  }
}

/** Everything, everywhere, for all fields. */
export function isUnlimited({ name, scope, fields }: Ability): boolean {
  return name === ALL && scope === 'ORGANISATION' && fields.includes(ALL)
}

function isFor(ability: Ability, name: AbilityName): boolean {
  return isOneOf(ability, [name, ...(INCLUDED_IN[name] ?? [])])
}

function isOneOf({ name }: Ability, names: readonly AbilityName[]): boolean {
  return name === ALL || names.some((one) => one === name)
}

function fieldsOf(name: AbilityName, abilities: readonly Ability[]): Fields {
  if (abilities.length === 0) return NO_FIELDS
  if (!BY_FIELDS.includes(name)) return ALL_FIELDS
  const keys = new Set(abilities.flatMap((ability) => ability.fields))
  if (keys.has(ALL)) return ALL_FIELDS
  return { has: (key) => keys.has(key), isAll: false }
}

function isWithin(some: readonly string[], all: readonly string[]): boolean {
  return some.every((item) => all.includes(item))
}
