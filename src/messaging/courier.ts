import { LRUCache } from 'lru-cache'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Message } from './conversation.ts'
import { Feed } from './feed.ts'
import type { ConversationStore } from './store.ts'

export interface CourierOptions {
  readonly store: Pick<ConversationStore, 'after' | 'listeners' | 'one'>
  readonly log: Logger
}

/** Word that something has happened (channel `messaging`). */
export type Word =
  /** A conversation has come to this event. */
  | { readonly kind: 'event'; readonly conversationId: string; readonly event: number }
  /** Somebody has marked a conversation of theirs. */
  | { readonly kind: 'marks'; readonly conversationId: string; readonly staffId: string }

/** Conversations of which is known how far they were told. */
const KNOWN = 20_000
/** Messages that are read at once. */
const PAGE = 500

export function wordOf(payload: string): Word | null {
  const [conversationId = '', what = '', staffId = ''] = payload.split(' ')
  if (what === 'of') return { kind: 'marks', conversationId, staffId }
  const event = Number(what)
  return Number.isInteger(event) && event > 0 ? { kind: 'event', conversationId, event } : null
}

/**
 * Tells whoever is online here what happens in their conversations, each event once and in order. Word of it is a hint, the
 * database is the truth: what is told is read from there. One conversation is read at a time for everybody in it.
 */
export class Courier {
  readonly #o: CourierOptions
  readonly #feeds = new Map<string, Set<Feed>>()
  /** The last event that was told. */
  readonly #told = new LRUCache<string, number>({ max: KNOWN })
  /** Conversations that are being read; and the event that was announced meanwhile. */
  readonly #reading = new Map<string, number>()

  constructor(options: CourierOptions) {
    this.#o = options
  }

  /** How many subscriptions are open here. */
  get size(): number {
    let size = 0
    for (const feeds of this.#feeds.values()) size += feeds.size
    return size
  }

  /** Everything from now on. The feed is in place before the call returns, so that what comes next is in it. */
  open(staffId: string): Feed {
    const feed = new Feed(staffId, () => this.#close(feed))
    const feeds = this.#feeds.get(staffId)
    if (feeds) feeds.add(feed)
    else this.#feeds.set(staffId, new Set([feed]))
    return feed
  }

  /** Word has come; null: some may have been missed. */
  heard(payload: string | undefined): void {
    const word = payload === undefined ? null : wordOf(payload)
    if (!word) return this.#begin()
    if (this.#feeds.size === 0) {
      // Whoever comes asks for it.
      this.#told.delete(word.conversationId)
      return
    }
    if (word.kind === 'event') void this.#follow(word.conversationId, word.event)
    else void this.#tellMarks(word.conversationId, word.staffId)
  }

  close(): void {
    for (const feeds of this.#feeds.values()) for (const feed of feeds) void feed.return()
  }

  /** Everybody asks again. */
  #begin(): void {
    this.#told.clear()
    for (const feeds of this.#feeds.values()) for (const feed of feeds) feed.push({ kind: 'OPENED' })
  }

  async #follow(conversationId: string, event: number): Promise<void> {
    const announced = this.#reading.get(conversationId)
    this.#reading.set(conversationId, Math.max(event, announced ?? 0))
    if (announced !== undefined) return
    try {
      for (let from = this.#told.get(conversationId) ?? event - 1; ;) {
        if (from >= (this.#reading.get(conversationId) ?? 0)) return
        from = await this.#tell(conversationId, from)
        this.#told.set(conversationId, from)
      }
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#reading.delete(conversationId)
    }
  }

  /** Answers the event up to which everything was told. */
  async #tell(conversationId: string, from: number): Promise<number> {
    const { store } = this.#o
    // Members first: whoever joins after that is told by the notice of it, which is read again then.
    const listeners = await store.listeners(conversationId)
    const messages = await store.after(conversationId, 0, from, PAGE)
    const head = messages.at(-1)?.event ?? this.#reading.get(conversationId) ?? from
    const online = listeners.filter(({ staffId }) => this.#feeds.has(staffId))
    if (messages.some(changesConversation))
      await this.#tellConversation(conversationId, [
        ...online.map(({ staffId }) => staffId),
        ...leaversOf(messages),
      ])
    for (const { staffId, since } of online) {
      const theirs = messages.filter(({ seq }) => seq > since)
      const event = { kind: 'MESSAGES', conversationId, head, messages: theirs } as const
      if (theirs.length > 0) for (const feed of this.#feeds.get(staffId) ?? []) feed.push(event)
    }
    return head
  }

  async #tellMarks(conversationId: string, staffId: string): Promise<void> {
    try {
      await this.#tellConversation(conversationId, [staffId])
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    this.#o.log.warn({ reason: messageOf(error) }, 'messages could not be told: readers ask again')
    this.#begin()
  }

  /** As each of them has it, or that they have it no more. */
  async #tellConversation(conversationId: string, staffIds: readonly string[]): Promise<void> {
    for (const staffId of new Set(staffIds)) {
      if (!this.#feeds.has(staffId)) continue
      const conversation = await this.#o.store.one(staffId, conversationId)
      for (const feed of this.#feeds.get(staffId) ?? [])
        feed.push(conversation ? { kind: 'CONVERSATION', conversation } : { kind: 'GONE', conversationId })
    }
  }

  #close(feed: Feed): void {
    const feeds = this.#feeds.get(feed.staffId)
    feeds?.delete(feed)
    if (feeds?.size === 0) this.#feeds.delete(feed.staffId)
  }
}

/** What its members have to know before the messages make sense: of two people the first message is all that tells of it. */
function changesConversation({ body, seq }: Message): boolean {
  return body.kind === 'NOTICE' || seq === 1
}

function leaversOf(messages: readonly Message[]): string[] {
  return messages.flatMap(({ body }) =>
    body.kind === 'NOTICE' && (body.action === 'LEFT' || body.action === 'REMOVED') ? body.staffIds : [],
  )
}
