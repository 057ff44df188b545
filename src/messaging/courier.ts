import { LRUCache } from 'lru-cache'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { Queue } from '../push/queue.ts'
import type { Message } from './conversation.ts'
import { Feed, type FeedEvent } from './feed.ts'
import type { ConversationStore } from './store.ts'

export interface CourierOptions {
  readonly store: Pick<ConversationStore, 'events' | 'listeners' | 'one'>
  readonly log: Logger
}

/** Word that something has happened (channel `messaging`). */
export type Word =
  /** A conversation has come to this event. */
  | { readonly kind: 'event'; readonly conversationId: string; readonly event: number }
  /** Somebody has marked a conversation of theirs. */
  | { readonly kind: 'marks'; readonly conversationId: string; readonly staffId: string }

/** What is still to be told of a conversation. */
interface Telling {
  /** The last event that was told, and the last one that was announced. */
  told: number
  announced: number
  /** Who has marked it. */
  readonly markers: Set<string>
}

/** Conversations of which is known how far they were told. */
const KNOWN = 20_000
/** Conversations that are told at a time: whoever asks needs connections to the database too. */
const AT_ONCE = 4
/** Messages that are read at once. */
const PAGE = 500

/** Null for words of a newer server, which are of things that this one does not tell. */
export function wordOf(payload: string): Word | null {
  const [conversationId = '', what = '', staffId, ...more] = payload.split(' ')
  if (more.length > 0) return null
  if (staffId !== undefined) return what === 'of' ? { kind: 'marks', conversationId, staffId } : null
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
  /** Conversations that are being told, each in one go after the other. */
  readonly #telling = new Map<string, Telling>()
  readonly #queue = new Queue(AT_ONCE)

  constructor(options: CourierOptions) {
    this.#o = options
  }

  /** How many subscriptions are open here. */
  get size(): number {
    let size = 0
    for (const feeds of this.#feeds.values()) size += feeds.size
    return size
  }

  /** Whether all that was heard of is told. */
  get isIdle(): boolean {
    return this.#telling.size === 0
  }

  /** Everything from now on. The feed is in place before the call returns, so that what comes next is in it. */
  open(staffId: string): Feed {
    const feed = new Feed(staffId, () => this.#close(feed))
    const feeds = this.#feeds.get(staffId)
    if (feeds) feeds.add(feed)
    else this.#feeds.set(staffId, new Set([feed]))
    return feed
  }

  /** Word has come; undefined: some may have been missed. */
  heard(payload: string | undefined): void {
    if (payload === undefined) return this.#begin()
    const word = wordOf(payload)
    if (!word) return
    if (this.#feeds.size === 0) {
      // Whoever comes asks for it.
      this.#told.delete(word.conversationId)
      return
    }
    const { conversationId } = word
    const telling = this.#telling.get(conversationId) ?? { told: 0, announced: 0, markers: new Set() }
    if (word.kind === 'marks') telling.markers.add(word.staffId)
    else {
      if (telling.announced === 0) telling.told = this.#told.get(conversationId) ?? word.event - 1
      telling.announced = Math.max(word.event, telling.announced)
    }
    if (this.#telling.has(conversationId)) return
    this.#telling.set(conversationId, telling)
    this.#queue.add(() => this.#tellNext(conversationId, telling))
  }

  close(): void {
    for (const feeds of this.#feeds.values()) for (const feed of feeds) void feed.return()
  }

  /** Everybody asks again. */
  #begin(): void {
    this.#told.clear()
    for (const feeds of this.#feeds.values()) for (const feed of feeds) feed.push({ kind: 'OPENED' })
  }

  /** What was heard of a conversation until now; what is heard meanwhile comes after what is to be told of others. */
  async #tellNext(conversationId: string, telling: Telling): Promise<void> {
    try {
      const markers = [...telling.markers]
      telling.markers.clear()
      await this.#tellConversation(conversationId, markers)
      if (telling.told < telling.announced) {
        telling.told = await this.#tell(conversationId, telling)
        this.#told.set(conversationId, telling.told)
      }
      if (telling.told < telling.announced || telling.markers.size > 0) {
        this.#queue.add(() => this.#tellNext(conversationId, telling))
        return
      }
    } catch (error) {
      this.#failed(error)
    }
    this.#telling.delete(conversationId)
  }

  /** Answers the event up to which everything was told. */
  async #tell(conversationId: string, { told, announced }: Telling): Promise<number> {
    const { store } = this.#o
    const messages = await store.events(conversationId, told, PAGE)
    // Members last: whoever has gone meanwhile is told nothing, whoever has come is told by the notice of it.
    const listeners = await store.listeners(conversationId)
    const head = messages.at(-1)?.event ?? announced
    const online = listeners.filter(({ staffId }) => this.#feeds.has(staffId))
    // Also who is back already: what they had is not theirs any more.
    for (const staffId of new Set(leaversOf(messages))) this.#push(staffId, { kind: 'GONE', conversationId })
    if (messages.some(changesConversation))
      await this.#tellConversation(
        conversationId,
        online.map(({ staffId }) => staffId),
      )
    for (const { staffId, since } of online) {
      const theirs = messages.filter(({ seq }) => seq > since)
      if (theirs.length > 0) this.#push(staffId, { kind: 'MESSAGES', conversationId, head, messages: theirs })
    }
    return head
  }

  #failed(error: unknown): void {
    this.#o.log.warn({ reason: messageOf(error) }, 'messages could not be told: readers ask again')
    this.#begin()
  }

  /** As each of them has it, or that they have it no more. */
  async #tellConversation(conversationId: string, staffIds: readonly string[]): Promise<void> {
    for (const staffId of staffIds) {
      if (!this.#feeds.has(staffId)) continue
      const conversation = await this.#o.store.one(staffId, conversationId)
      this.#push(
        staffId,
        conversation ? { kind: 'CONVERSATION', conversation } : { kind: 'GONE', conversationId },
      )
    }
  }

  #push(staffId: string, event: FeedEvent): void {
    for (const feed of this.#feeds.get(staffId) ?? []) feed.push(event)
  }

  #close(feed: Feed): void {
    const feeds = this.#feeds.get(feed.staffId)
    feeds?.delete(feed)
    if (feeds?.size === 0) this.#feeds.delete(feed.staffId)
  }
}

/** What its members have to know before the messages make sense: of two people the first message is all that tells of it. */
function changesConversation({ body, seq }: Message): boolean {
  return body.kind === 'NOTICE' || body.kind === 'UNKNOWN' || seq === 1
}

function leaversOf(messages: readonly Message[]): string[] {
  return messages.flatMap(({ body }) =>
    body.kind === 'NOTICE' && (body.action === 'LEFT' || body.action === 'REMOVED') ? body.staffIds : [],
  )
}
