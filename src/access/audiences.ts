import { LRUCache } from 'lru-cache'
import type { Staff } from '../model/entry.ts'
import type { State } from '../model/state.ts'
import { audienceOf, NOBODY, type Audience } from './grant.ts'

interface Known {
  readonly roles: object
  readonly rules: object
  readonly audience: Audience
}

/** Audiences that are kept as one object each; what hangs on one that falls out is merely made anew. */
const MAX_AUDIENCES = 20_000

/**
 * `audienceOf` with a memory: worked out once for people of equal roles, and equal departments where a rule is scoped (V6),
 * for as long as no role or rule has changed. When one changes for everybody, it costs as much as there are grants.
 */
export class Audiences {
  readonly #known = new LRUCache<string, Known>({ max: MAX_AUDIENCES })
  readonly #interned = new LRUCache<string, Audience>({ max: MAX_AUDIENCES })

  /** Equal audiences are the same object. */
  of(state: State, staffId: string | null): Audience {
    const staff = staffId === null ? undefined : state.get('staff', staffId)
    if (staff?.status !== 'ACTIVE') return NOBODY
    const roles = staff.roleIds.join(' ')
    const some = this.#ofKey(state, staff, roles)
    if (!some.isScoped) return some
    const own = staff.memberships.map((m) => m.departmentId).sort()
    return this.#ofKey(state, staff, `${roles}\n${own.join(' ')}`)
  }

  /** `key` names all that the audience depends on, beside roles and rules. */
  #ofKey(state: State, { id }: Staff, key: string): Audience {
    const roles = state.stamp('role')
    const rules = state.stamp('rule')
    const known = this.#known.get(key)
    if (known?.roles === roles && known.rules === rules) return known.audience
    const audience = this.#one(audienceOf(state, id))
    this.#known.set(key, { roles, rules, audience })
    return audience
  }

  #one(audience: Audience): Audience {
    const known = this.#interned.get(audience.key)
    if (!known) this.#interned.set(audience.key, audience)
    return known ?? audience
  }
}
