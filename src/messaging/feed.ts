import type { Conversation, Message } from './conversation.ts'

/** What somebody online is told of their conversations. */
export type FeedEvent =
  /**
   * From here on everything is told; what came before has to be asked for. Comes first, and again where something may have been
   * missed.
   */
  | { readonly kind: 'OPENED' }
  /** Messages that came or were changed, in the order of events. `head` is the last event that was looked at. */
  | {
      readonly kind: 'MESSAGES'
      readonly conversationId: string
      readonly head: number
      readonly messages: readonly Message[]
    }
  /** A conversation is new to them, or is another one now: its name, its members, their marks. */
  | { readonly kind: 'CONVERSATION'; readonly conversation: Conversation }
  /** It is theirs no more: whatever a device has of it goes. */
  | { readonly kind: 'GONE'; readonly conversationId: string }

/** Events that wait for a slow reader at most. */
const MAX_WAITING = 256

/**
 * Events on their way to one subscription, in order. A reader that falls behind loses what waited, and is told so: it asks again
 * then, as after any break.
 */
export class Feed implements AsyncGenerator<FeedEvent, void, undefined> {
  readonly staffId: string
  readonly #onEnd: (feed: Feed) => void
  #waiting: FeedEvent[] = [{ kind: 'OPENED' }]
  #wake: (() => void) | null = null
  #isOver = false

  constructor(staffId: string, onEnd: (feed: Feed) => void) {
    this.staffId = staffId
    this.#onEnd = onEnd
  }

  push(event: FeedEvent): void {
    if (this.#isOver) return
    if (this.#waiting.length >= MAX_WAITING) this.#waiting = [{ kind: 'OPENED' }]
    else this.#waiting.push(event)
    this.#wake?.()
  }

  async next(): Promise<IteratorResult<FeedEvent, void>> {
    while (!this.#isOver) {
      const event = this.#waiting.shift()
      if (event) return { value: event, done: false }
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = null
    }
    return { value: undefined, done: true }
  }

  async return(): Promise<IteratorResult<FeedEvent, void>> {
    if (!this.#isOver) {
      this.#isOver = true
      this.#waiting = []
      this.#onEnd(this)
      this.#wake?.()
    }
    return { value: undefined, done: true }
  }

  async throw(error: unknown): Promise<IteratorResult<FeedEvent, void>> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
