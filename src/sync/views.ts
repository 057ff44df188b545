import { LRUCache } from 'lru-cache'
import { Audiences } from '../access/audiences.ts'
import type { Audience } from '../access/grant.ts'
import { Projections } from '../access/projections.ts'
import { View } from '../access/view.ts'
import type { State } from '../model/state.ts'
import { shortHash, type Point } from './cursor.ts'
import type { History } from './trail.ts'

/** The views of this instance: one of each audience at the head, others as they are asked for. */
export class Views {
  readonly #history: History
  readonly #audiences = new Audiences()
  readonly #projections = new Projections()
  readonly #atHead = new LRUCache<string, View>({ max: 2000 })

  constructor(history: History) {
    this.#history = history
  }

  /** What a person sees now; nothing for null. */
  of(staffId: string | null): View {
    return this.atHead(this.audienceOf(staffId))
  }

  /** A person's audience in a state, the head unless another is given; equal ones are the same object. */
  audienceOf(staffId: string | null, state: State = this.#history.state): Audience {
    return this.#audiences.of(state, staffId)
  }

  /** How many audiences were worked out. */
  get audiencesMade(): number {
    return this.#audiences.made
  }

  atHead(audience: Audience): View {
    const known = this.#atHead.get(audience.key)
    if (known?.state === this.#history.state) return known
    const view = new View(audience, this.#history.state, this.#projections)
    this.#atHead.set(audience.key, view)
    return view
  }

  over(audience: Audience, state: State): View {
    return state === this.#history.state
      ? this.atHead(audience)
      : new View(audience, state, this.#projections)
  }

  headPoint({ fingerprint }: Audience): Point {
    return { version: this.#history.version, hash: shortHash(this.#history.hash), fingerprint }
  }
}

/** A key for what was worked out about one audience at one version. */
export function pointKey(at: Point): string {
  return `${at.version} ${at.hash} ${at.fingerprint}`
}
