import { pause, type Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { ACCESS_TOKEN_SECONDS } from './access-tokens.ts'
import type { Ended } from './sessions.ts'

/** Where ended sessions can be read from. */
export interface EndedSource {
  endedWithin(seconds: number): Promise<readonly Ended[]>
}

const POLL_MS = 1000
/** An update may commit this long after the moment that it bears. */
const OVERLAP_SECONDS = 15
/** As long as an access token of the session may still be good. */
const REMEMBER_SECONDS = ACCESS_TOKEN_SECONDS + 60

/** Sessions that ended while access tokens of theirs may still live. Every instance knows of each within a second (P4). */
export class EndedSessions {
  readonly #source: EndedSource
  readonly #clock: Clock
  readonly #log: Logger
  readonly #listeners = new Set<(sessionId: string) => void>()
  /** Session id -> when it may be forgotten. */
  readonly #ended = new Map<string, number>()
  #readAt = 0
  #wake: () => void = () => {}

  constructor(source: EndedSource, clock: Clock, log: Logger) {
    this.#source = source
    this.#clock = clock
    this.#log = log
  }

  has(sessionId: string): boolean {
    return this.#ended.has(sessionId)
  }

  /** Called once for each session that ends. Returns how to stop listening. */
  onEnded(listener: (sessionId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A session ended; `at`: when, in milliseconds since the epoch, where that is known. */
  add(sessionId: string, at = 0): void {
    const known = this.#ended.get(sessionId)
    // Tokens were issued by clocks that were right; ours may be slow, and would forget too soon.
    const until = Math.max(at, this.#clock.now()) + REMEMBER_SECONDS * 1000
    this.#ended.set(sessionId, Math.max(known ?? 0, until))
    if (known === undefined) for (const listener of this.#listeners) listener(sessionId)
  }

  /** Reads what ended since the last reading; the first time, and when the clock was set back, all that matters. */
  async read(): Promise<void> {
    const startedAt = this.#clock.now()
    const passed = (startedAt - this.#readAt) / 1000
    const since = passed < 0 ? REMEMBER_SECONDS : Math.min(REMEMBER_SECONDS, passed + OVERLAP_SECONDS)
    for (const { id, revokedAt } of await this.#source.endedWithin(since)) this.add(id, revokedAt.getTime())
    this.#readAt = startedAt
    for (const [id, until] of this.#ended) if (until < startedAt) this.#ended.delete(id)
  }

  /** Something was announced: read at once. */
  wake(): void {
    this.#wake()
  }

  /** Reads each second and whenever woken, until the signal. A database that does not answer is asked again. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    let isReachable = true
    while (!signal.aborted) {
      const nap = new AbortController()
      this.#wake = () => nap.abort()
      try {
        await this.read()
        isReachable = true
      } catch (error) {
        if (isReachable) this.#log.warn({ err: error }, 'Ended sessions cannot be read')
        isReachable = false
      }
      if (!signal.aborted) await pause(POLL_MS, nap.signal)
    }
  }
}
