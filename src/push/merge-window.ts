/** A burst that lasts is gathered for up to so many times as long as one that begins. */
const LONGEST = 5
/** No time grows beyond this, in milliseconds: a change of grants takes effect within a second (P3). */
const LIMIT_MS = 500

/**
 * How long versions are gathered before they are evaluated together (P5). After a quiet time a version waits for nothing;
 * what comes within `shortestMs` of an evaluation waits for the end of that time. While that goes on the time doubles, up to
 * five times `shortestMs`: somebody imports a whole company then, and everyone online is told the less often.
 */
export class MergeWindow {
  readonly #shortestMs: number
  readonly #longestMs: number
  #ms: number
  #openedAt = Number.NEGATIVE_INFINITY

  constructor(shortestMs: number) {
    this.#shortestMs = shortestMs
    this.#longestMs = Math.max(shortestMs, Math.min(LONGEST * shortestMs, LIMIT_MS))
    this.#ms = shortestMs
  }

  /** Milliseconds that the first version after an evaluation has to wait when it comes at `now`; none after a quiet time. */
  delay(now: number): number {
    const left = this.#openedAt + this.#ms - now
    this.#ms = left > 0 ? Math.min(2 * this.#ms, this.#longestMs) : this.#shortestMs
    return Math.max(0, left)
  }

  /** What was gathered is evaluated at `now`. */
  open(now: number): void {
    this.#openedAt = now
  }
}
