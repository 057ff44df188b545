import type { Logger } from '../log.ts'
import type { ChangesResult } from './results.ts'
import type { Channel, Subscriber } from './subscriber.ts'

interface Item {
  readonly root: ChangesResult
  readonly subscribers: readonly Subscriber[]
  readonly afterwards: ((subscriber: Subscriber) => void) | undefined
}

/** After so many writes the event loop gets its turn. */
const SLICE = 500

/** Writes results to subscribers, strictly in the order in which they were added; each is encoded once per channel. */
export class Outbox {
  readonly #isLive: (subscriber: Subscriber) => boolean
  readonly #tooSlow: (subscriber: Subscriber) => void
  readonly #log: Logger
  #queue: Item[] = []
  #isDraining = false
  #drained: Promise<void> = Promise.resolve()
  /** For tests and metrics: how often an operation was executed. */
  encodings = 0

  constructor(isLive: (s: Subscriber) => boolean, tooSlow: (s: Subscriber) => void, log: Logger) {
    this.#isLive = isLive
    this.#tooSlow = tooSlow
    this.#log = log
  }

  /** `afterwards` is called for each subscriber once its result was written. */
  add(
    root: ChangesResult,
    subscribers: readonly Subscriber[],
    afterwards?: (subscriber: Subscriber) => void,
  ): void {
    this.#queue.push({ root, subscribers, afterwards })
    if (this.#isDraining) return
    this.#isDraining = true
    this.#drained = this.#drain()
  }

  /** Resolves when everything added so far has been written. */
  idle(): Promise<void> {
    return this.#drained
  }

  async #drain(): Promise<void> {
    let written = 0
    for (let item = this.#queue.shift(); item; item = this.#queue.shift()) {
      const encoded = new Map<Channel, Promise<Buffer>>()
      for (const subscriber of item.subscribers) {
        try {
          if (!(await this.#deliver(subscriber, item.root, encoded))) this.#tooSlow(subscriber)
          else if (this.#isLive(subscriber)) item.afterwards?.(subscriber)
        } catch (error) {
          this.#log.error({ err: error }, 'a delta could not be delivered')
          this.#tooSlow(subscriber)
        }
        if (++written % SLICE === 0) await new Promise(setImmediate)
      }
    }
    this.#isDraining = false
  }

  async #deliver(
    subscriber: Subscriber,
    root: ChangesResult,
    encoded: Map<Channel, Promise<Buffer>>,
  ): Promise<boolean> {
    if (!this.#isLive(subscriber)) return true
    const { channel } = subscriber
    let payload = encoded.get(channel)
    if (!payload) {
      this.encodings++
      encoded.set(channel, (payload = channel.encode(root)))
    }
    const bytes = await payload
    return !this.#isLive(subscriber) || subscriber.send(bytes)
  }
}
