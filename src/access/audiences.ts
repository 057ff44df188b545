import { LRUCache } from 'lru-cache'
import type { Staff } from '../model/entry.ts'
import type { State } from '../model/state.ts'
import { audienceOf, NOBODY, type Audience } from './grant.ts'

/** Audiences as some roles and rules make them: by the roles of a person, and their own departments where a rule is scoped. */
interface Grants {
  readonly roles: object
  readonly rules: object
  readonly byRoles: Map<string, Audience>
  readonly byPerson: WeakMap<Staff, Audience>
}

/** Audiences that are kept as one object each; what hangs on one that falls out is merely made anew. */
const MAX_AUDIENCES = 20_000
/** States with other roles or rules that are looked at by turns. */
const KEPT_GRANTS = 4

/**
 * `audienceOf` with a memory: worked out once for everybody with equal roles, and equal own departments where a rule is
 * scoped (V6), for as long as no role or rule changes. Equal audiences are the same object.
 */
export class Audiences {
  readonly #interned = new LRUCache<string, Audience>({ max: MAX_AUDIENCES })
  /** Of the states that were looked at last, the newest first. */
  #grants: readonly Grants[] = []
  /** For tests and metrics: how often an audience was worked out. */
  made = 0

  of(state: State, staffId: string | null): Audience {
    const staff = staffId === null ? undefined : state.get('staff', staffId)
    if (staff?.status !== 'ACTIVE') return NOBODY
    const grants = this.#grantsOf(state)
    let audience = grants.byPerson.get(staff)
    if (!audience) {
      audience = this.#byRoles(grants, state, staff)
      grants.byPerson.set(staff, audience)
    }
    return audience
  }

  #byRoles({ byRoles }: Grants, state: State, staff: Staff): Audience {
    const roles = staff.roleIds.join(' ')
    const some = byRoles.get(roles)
    if (some && !some.isScoped) return some
    const own = staff.memberships.map((m) => m.departmentId).sort()
    const key = `${roles}\n${own.join(' ')}`
    let audience = byRoles.get(key)
    if (!audience) {
      audience = this.#one(audienceOf(state, staff.id))
      this.made++
      byRoles.set(key, audience)
      byRoles.set(roles, audience)
    }
    return audience
  }

  #grantsOf(state: State): Grants {
    const roles = state.stamp('role')
    const rules = state.stamp('rule')
    const known = this.#grants.find((g) => g.roles === roles && g.rules === rules)
    if (known) return known
    const grants: Grants = { roles, rules, byRoles: new Map(), byPerson: new WeakMap() }
    this.#grants = [grants, ...this.#grants.slice(0, KEPT_GRANTS - 1)]
    return grants
  }

  #one(audience: Audience): Audience {
    const known = this.#interned.get(audience.key)
    if (!known) this.#interned.set(audience.key, audience)
    return known ?? audience
  }
}
