/** So many people may start again at the same moment. */
const AT_ONCE = 100
/** Those beyond come in so many steps over this time, in milliseconds. */
const SPREAD_MS = 10_000
const STEPS = 8

/**
 * When whoever is told to start again may do so (R1): at once, unless many others were told within the last seconds. After
 * a deploy that answers everybody SCHEMA, or a change of grants that is too much for a delta, snapshots come one after
 * the other. A person counts once, however often they ask.
 */
export class Spread {
  readonly #now: () => number
  #begunAt = Number.NEGATIVE_INFINITY
  readonly #told = new Map<string, number>()

  /** `now` in milliseconds, of a clock that does not jump. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** The delay of a person, in milliseconds. */
  delayOf(staffId: string): number {
    const now = this.#now()
    if (now - this.#begunAt > SPREAD_MS) {
      this.#begunAt = now
      this.#told.clear()
    }
    const place = this.#told.get(staffId) ?? this.#told.size
    this.#told.set(staffId, place)
    return place < AT_ONCE ? 0 : Math.round(((1 + (place % STEPS)) * SPREAD_MS) / STEPS)
  }
}
