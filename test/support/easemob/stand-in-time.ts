import type { Time } from '../../../src/messaging/easemob/time.ts'

interface Wait {
  readonly ms: number
  readonly until: number
  readonly end: () => void
}

/** How long a request of our client waits for its answer; other waits are never this long to the millisecond. */
export const PATIENCE_MS = 10_000

/** Time that passes when a test says so, or while it waits for something that is waited for. */
export class StandInTime implements Time {
  #now: number
  readonly #waits = new Set<Wait>()

  constructor(now = Date.UTC(2026, 10, 27, 10)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) {
        resolve()
        return
      }
      const wait: Wait = {
        ms,
        until: this.#now + ms,
        end: () => {
          this.#waits.delete(wait)
          signal?.removeEventListener('abort', wait.end)
          resolve()
        },
      }
      this.#waits.add(wait)
      signal?.addEventListener('abort', wait.end, { once: true })
    })
  }

  /** Lets so much pass; whoever has waited that long goes on, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await turns()
    for (let next = this.#first(); next && next.until <= end; next = this.#first()) {
      this.#now = Math.max(this.#now, next.until)
      next.end()
      await turns()
    }
    // Somebody else may have let more pass.
    this.#now = Math.max(this.#now, end)
    await turns()
  }

  /**
   * Waits for a promise of our client, and lets time pass meanwhile: from one wait to the next, but only while no request is
   * on its way whose answer will come. `silent`: how many have none.
   */
  async through<T>(promise: Promise<T>, silent: () => number = () => 0): Promise<T> {
    let isOver = false
    const over = () => (isOver = true)
    void promise.then(over, over)
    for (let quiet = 0; !isOver;) {
      await turn()
      const asked = [...this.#waits].filter(({ ms }) => ms === PATIENCE_MS).length
      quiet = asked === silent() ? quiet + 1 : 0
      const next = quiet > 3 ? this.#first() : undefined
      if (!next) continue
      this.#now = Math.max(this.#now, next.until)
      next.end()
      quiet = 0
    }
    return await promise
  }

  #first(): Wait | undefined {
    return [...this.#waits].toSorted((a, b) => a.until - b.until)[0]
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn()
}
