import { audienceOf, NOBODY, type Audience } from '../access/grant.ts'
import type { State } from '../model/state.ts'
import { getOrMake } from './room.ts'

/** The audiences of many people: made once a generation of the state for equal roles, and equal own departments where a rule is scoped (V6). */
export class Audiences {
  readonly state: State
  readonly #known = new Map<string, Audience>()
  #generation: number

  constructor(state: State) {
    this.state = state
    this.#generation = state.generation
  }

  /** How many were made of this generation of the state. */
  get made(): number {
    return this.#known.size
  }

  of(staffId: string): Audience {
    if (this.#generation !== this.state.generation) {
      this.#known.clear()
      this.#generation = this.state.generation
    }
    const staff = this.state.get('staff', staffId)
    if (staff?.status !== 'ACTIVE') return NOBODY
    const make = () => audienceOf(this.state, staffId)
    const roles = staff.roleIds.join(' ')
    const some = getOrMake(this.#known, roles, make)
    if (some.rules.every((rule) => rule.scope !== 'OWN_SUBTREE')) return some
    const own = staff.memberships.map((m) => m.departmentId).sort()
    return getOrMake(this.#known, `${roles}\n${own.join(' ')}`, make)
  }
}
