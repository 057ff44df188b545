import { Refusal } from './answer.ts'
import type { EmulatedFamily } from './endpoint.ts'

interface Counted {
  readonly calls: number
  readonly perMs: number
  readonly messages?: { readonly count: number; readonly perMs: number }
}

const DEFAULT: Counted = { calls: 100, perMs: 1000 }

/** As published (design/easemob.md, 2 to 6). */
const PUBLISHED: Readonly<Record<string, Counted>> = {
  token: { calls: 300, perMs: 1000 },
  joined: { calls: 50, perMs: 1000 },
  blocks: { calls: 50, perMs: 1000 },
  people: { calls: 100, perMs: 1000, messages: { count: 6000, perMs: 60_000 } },
  rooms: { calls: 20, perMs: 1000, messages: { count: 20, perMs: 1000 } },
  history: { calls: 10, perMs: 60_000 },
}

/** What the published limits let through, in any span of time and not in whole seconds alone. */
export class Limiter {
  readonly #now: () => number
  readonly #calls = new Map<string, number[]>()
  readonly #messages = new Map<string, { readonly at: number; readonly count: number }[]>()
  /** How often it was too much. */
  refused = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** Counts a call, and refuses it where it is one too many; a call that is refused does not count. */
  check(family: EmulatedFamily, messages: number): void {
    const now = this.#now()
    const limit = PUBLISHED[family] ?? DEFAULT
    const calls = (this.#calls.get(family) ?? []).filter((at) => at > now - limit.perMs)
    if (calls.length >= limit.calls) throw this.#tooMany(reachLimit())
    const quota = limit.messages
    if (quota) {
      const sent = (this.#messages.get(family) ?? []).filter(({ at }) => at > now - quota.perMs)
      if (sent.reduce((sum, { count }) => sum + count, messages) > quota.count)
        throw this.#tooMany(new Refusal(403, 'message_send_error', 'message send reach limit'))
      this.#messages.set(family, [...sent, { at: now, count: messages }])
    }
    calls.push(now)
    this.#calls.set(family, calls)
  }

  #tooMany(refusal: Refusal): Refusal {
    this.refused++
    return refusal
  }
}

export function reachLimit(): Refusal {
  return new Refusal(429, 'reach_limit', 'This request has reached api limit')
}
