import { EasemobFailure, whileWanted } from './failure.ts'
import type { Time } from './time.ts'

/** A token as Easemob gives it. */
export interface Granted {
  readonly token: string
  readonly lifeMs: number
}

export interface AppTokenOptions {
  /** Asks Easemob for a token. */
  readonly grant: () => Promise<Granted>
  readonly time: Time
}

interface Held {
  readonly token: string
  readonly renewAt: number
  readonly endsAt: number
}

/** How long nobody asks again after a failure: Easemob bans those who ask for tokens too often. */
const REST_MS = 10_000

/**
 * The token by which this server speaks for the app. It is asked for by one call at a time, however many want it (T104), and
 * anew after half of its life.
 */
export class AppToken {
  readonly #o: AppTokenOptions
  #held: Held | null = null
  #asking: Promise<string> | null = null
  #failed: { readonly until: number; readonly error: unknown } | null = null

  constructor(options: AppTokenOptions) {
    this.#o = options
  }

  /** Rejects as the question did, for ten seconds; with ENDED when the signal aborts. */
  get(signal: AbortSignal): Promise<string> {
    const now = this.#o.time.now()
    if (this.#held && now < this.#held.renewAt) return Promise.resolve(this.#held.token)
    if (this.#failed && now < this.#failed.until) return this.#elseHeld(this.#failed.error)
    this.#asking ??= this.#ask().finally(() => (this.#asking = null))
    return whileWanted(this.#asking, signal)
  }

  /** Easemob does not take this token: the next who asks gets another. Nothing happens where that was done already. */
  refused(token: string): void {
    if (this.#held?.token === token) this.#held = null
  }

  async #ask(): Promise<string> {
    const { grant, time } = this.#o
    try {
      const askedAt = time.now()
      const { token, lifeMs } = await grant()
      this.#held = { token, renewAt: askedAt + lifeMs / 2, endsAt: askedAt + lifeMs }
      this.#failed = null
      return token
    } catch (error) {
      const isEnding = error instanceof EasemobFailure && error.reason === 'ENDED'
      if (!isEnding) this.#failed = { until: time.now() + REST_MS, error }
      return await this.#elseHeld(error)
    }
  }

  /** While it lives, a token of which half the life is over is better than none. */
  #elseHeld(error: unknown): Promise<string> {
    return this.#held && this.#o.time.now() < this.#held.endsAt
      ? Promise.resolve(this.#held.token)
      : Promise.reject(error)
  }
}
