/** What Easemob counts together, for one AppKey. */
export type Family =
  | 'token'
  | 'users'
  | 'attributes'
  | 'groups'
  | 'joined'
  | 'people'
  | 'rooms'
  | 'recall'
  | 'blocks'
  | 'history'

export interface Limit {
  readonly of: 'calls' | 'messages'
  /** As published. */
  readonly count: number
  readonly perMs: number
}

const calls = (count: number, perMs = 1000): Limit => ({ of: 'calls', count, perMs })
const messages = (count: number, perMs: number): Limit => ({ of: 'messages', count, perMs })

/**
 * The published limits (design/easemob.md, 2 to 6). Where they hold for one endpoint, a family of several shares it all the
 * same: we stay below. `people` and `rooms` are messages to persons and to groups.
 */
export const LIMITS: Readonly<Record<Family, readonly Limit[]>> = {
  token: [calls(300)],
  users: [calls(100)],
  attributes: [calls(100)],
  groups: [calls(100)],
  joined: [calls(50)],
  people: [calls(100), messages(6000, 60_000)],
  rooms: [calls(20), messages(20, 1000)],
  recall: [calls(100)],
  blocks: [calls(50)],
  history: [calls(10, 60_000)],
}

/** How much of a limit is used; others may use the same AppKey, and clocks differ. */
const SHARE = 0.8

/**
 * A token bucket that fills at 80 % of a limit and holds the rest of it: in no span of `perMs` more than the limit is taken
 * (T103).
 */
export class Bucket {
  readonly capacity: number
  readonly #perMs: number
  #level: number
  #at: number

  constructor({ count, perMs }: Limit, now: number) {
    this.capacity = count - count * SHARE
    this.#perMs = (count * SHARE) / perMs
    this.#level = this.capacity
    this.#at = now
  }

  /** Milliseconds until `cost` can be taken and `reserve` is left, as far as so much fits in at all; 0 when it can now. */
  waitFor(cost: number, reserve: number, now: number): number {
    this.#fill(now)
    const wanted = Math.min(cost + reserve, Math.max(cost, this.capacity))
    return wanted <= this.#level + EPSILON
      ? 0
      : Math.max(1, Math.ceil((wanted - this.#level - EPSILON) / this.#perMs))
  }

  take(cost: number, now: number): void {
    this.#fill(now)
    this.#level -= cost
  }

  #fill(now: number): void {
    const passed = Math.max(0, now - this.#at)
    this.#level = Math.min(this.capacity, this.#level + passed * this.#perMs)
    this.#at = now
  }
}

/** Less than any call costs; sums of fractions may miss a whole number by it. */
const EPSILON = 1e-9
