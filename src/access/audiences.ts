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

/** `audienceOf` with a memory: worked out once per person for as long as neither they nor any role or rule has changed. */
export class Audiences {
  readonly #known = new WeakMap<Staff, Known>()
  readonly #interned = new LRUCache<string, Audience>({ max: MAX_AUDIENCES })

  /** Equal audiences are the same object. */
  of(state: State, staffId: string | null): Audience {
    const staff = staffId === null ? undefined : state.get('staff', staffId)
    if (!staff) return NOBODY
    const roles = state.stamp('role')
    const rules = state.stamp('rule')
    const known = this.#known.get(staff)
    if (known?.roles === roles && known.rules === rules) return known.audience
    const audience = this.#one(audienceOf(state, staff.id))
    this.#known.set(staff, { roles, rules, audience })
    return audience
  }

  #one(audience: Audience): Audience {
    const known = this.#interned.get(audience.key)
    if (!known) this.#interned.set(audience.key, audience)
    return known ?? audience
  }
}
