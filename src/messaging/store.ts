import { z } from 'zod'
import type { Database, Sql, Statement } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { bodySchema, RECALLED, type Body, type NoticeBody } from './body.ts'
import { gramsOf, type Question } from './grams.ts'
import {
  CONVERSATION_KINDS,
  pairOf,
  type Conversation,
  type ConversationKind,
  type Message,
} from './conversation.ts'
import {
  AFTER,
  ALL,
  BEFORE,
  BY_ID,
  CREATE,
  JOIN,
  LEAVE,
  MARK,
  MEMBERS,
  NEXT_EVENT,
  NOTE,
  OF_PAIR,
  ONE,
  PLACE,
  RECALL,
  RENAME,
  SEARCH,
  SEND,
} from './statements.ts'

const messageSchema = z
  .object({
    conversation_id: z.string(),
    seq: z.int(),
    id: z.string(),
    event: z.int(),
    sender_id: z.string(),
    body: bodySchema,
    sent_at: z.coerce.date(),
    recalled_at: z.coerce.date().nullable(),
  })
  .transform((row): Message => {
    const { seq, id, event, body } = row
    const [conversationId, senderId] = [row.conversation_id, row.sender_id]
    return {
      conversationId,
      seq,
      id,
      event,
      senderId,
      body,
      sentAt: row.sent_at,
      recalledAt: row.recalled_at,
    }
  })

const conversationSchema = z.object({
  id: z.string(),
  kind: z.enum(CONVERSATION_KINDS),
  name: z.string().nullable(),
  ownerId: z.string().nullable(),
  head: z.int(),
  lastAt: z.date(),
  memberIds: z.array(z.string()),
  staffId: z.string(),
  since: z.int(),
  read: z.int(),
  unread: z.int(),
  isMuted: z.boolean(),
  isPinned: z.boolean(),
  last: messageSchema.nullable(),
})

/** Somebody who gets what is said in a conversation. */
export interface Listener {
  readonly staffId: string
  readonly since: number
}

export interface SearchPage {
  /** Null: in all of them. */
  readonly conversationId: string | null
  readonly beforeId: string | null
  readonly limit: number
}

export interface NewGroup {
  readonly id: string
  readonly name: string
  readonly ownerId: string
  readonly memberIds: readonly string[]
  readonly now: Date
}

export interface NewMessage {
  readonly conversationId: string
  readonly id: string
  readonly senderId: string
  readonly key: string | null
  readonly body: Body
  readonly now: Date
}

/** What is to become of a conversation, and the notice that says so. */
export interface Change {
  readonly conversationId: string
  readonly noticeId: string
  readonly actorId: string
  readonly now: Date
  readonly notice: NoticeBody
  readonly join?: readonly string[]
  readonly leave?: readonly string[]
  readonly name?: string
  readonly ownerId?: string
}

/** What a member marks; what is absent stays. A mark of what was read never goes back. */
export interface Marks {
  readonly read?: number
  readonly isMuted?: boolean
  readonly isPinned?: boolean
}

/**
 * Conversations and messages in PostgreSQL. Events of a conversation are numbered and announced (channel `messaging`) in the
 * order in which they are committed. Rejects with AppError UNAVAILABLE when the database is away.
 */
export class ConversationStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Somebody's, the pinned ones and then the newest first. */
  async all(staffId: string, limit: number): Promise<Conversation[]> {
    return (await this.#rows(ALL, [staffId, limit])).map((row) => conversationSchema.parse(row))
  }

  /** Null when they are no member. */
  async one(staffId: string, id: string): Promise<Conversation | null> {
    const [row] = await this.#rows(ONE, [staffId, id])
    return row ? conversationSchema.parse(row) : null
  }

  /** The one conversation of two people, made when there is none. Answers its id. */
  async ofTwo(id: string, creatorId: string, otherId: string, now: Date): Promise<string> {
    const pair = pairOf(creatorId, otherId)
    return await reaching(() =>
      this.#db.transaction(async (tx) => {
        await tx.run(CREATE, [id, 'DIRECT' satisfies ConversationKind, pair, null, null, creatorId, now])
        const [found] = await tx.run<{ id: string }>(OF_PAIR, [pair])
        const at = found?.id ?? id
        await tx.run(JOIN, [at, [creatorId, otherId], 0])
        return at
      }),
    )
  }

  /** A group, with the notice that it was made. */
  async createGroup(group: NewGroup, noticeId: string): Promise<void> {
    const { id, name, ownerId, memberIds, now } = group
    await reaching(() =>
      this.#db.transaction(async (tx) => {
        await tx.run(CREATE, [id, 'GROUP' satisfies ConversationKind, null, name, ownerId, ownerId, now])
        await tx.run(JOIN, [id, [ownerId, ...memberIds], 0])
        const notice: NoticeBody = { kind: 'NOTICE', action: 'CREATED', staffIds: memberIds, name }
        await this.#note(tx, { conversationId: id, noticeId, actorId: ownerId, now, notice })
      }),
    )
  }

  /** Changes a conversation and says so in it; whoever joins has what comes from this notice on. */
  async change(change: Change): Promise<void> {
    const { conversationId, join, leave, name, ownerId } = change
    await reaching(() =>
      this.#db.transaction(async (tx) => {
        const event = await this.#note(tx, change)
        if (leave) await tx.run(LEAVE, [conversationId, leave])
        if (join) await tx.run(JOIN, [conversationId, join, event - 1])
        if (name !== undefined || ownerId !== undefined)
          await tx.run(RENAME, [conversationId, name ?? null, ownerId ?? null])
      }),
    )
  }

  /** Null when the sender is no member. The same key gives the message that it gave before, also when it came meanwhile. */
  async send({ conversationId, id, senderId, key, body, now }: NewMessage): Promise<Message | null> {
    const grams = body.kind === 'TEXT' ? gramsOf(body.text) : []
    const values = [conversationId, id, senderId, key, JSON.stringify(body), grams, now]
    const [row] = await this.#rows(SEND, values)
    return row && Reflect.get(row, 'id') !== null ? messageSchema.parse(row) : null
  }

  /** Takes the words out of a message; null when that was done before. */
  async recall(conversationId: string, id: string, now: Date): Promise<Message | null> {
    const [row] = await this.#rows(RECALL, [conversationId, id, JSON.stringify(RECALLED), now])
    return row ? messageSchema.parse(row) : null
  }

  async message({ id, since }: Conversation, messageId: string): Promise<Message | null> {
    const [row] = await this.#rows(BY_ID, [id, messageId, since])
    return row ? messageSchema.parse(row) : null
  }

  /** The last ones before a place, in their order. */
  async before({ id, since }: Conversation, seq: number, limit: number): Promise<Message[]> {
    const rows = await this.#rows(BEFORE, [id, since, seq, limit])
    return rows.map((row) => messageSchema.parse(row)).reverse()
  }

  /** What came or was changed after an event, in the order of events. `since`: messages up to it are left out. */
  async after(conversationId: string, since: number, event: number, limit: number): Promise<Message[]> {
    const rows = await this.#rows(AFTER, [conversationId, since, event, limit])
    return rows.map((row) => messageSchema.parse(row))
  }

  /** What somebody has in their conversations, or in one of them, the newest first. `beforeId`: older than that one. */
  async search(
    staffId: string,
    { tsquery, runs }: Question,
    { conversationId, beforeId, limit }: SearchPage,
  ): Promise<Message[]> {
    const patterns = runs.map((run) => `%${run.replaceAll(/[\\%_]/g, '\\$&')}%`)
    const rows = await this.#rows(SEARCH, [staffId, tsquery, patterns, conversationId, beforeId, limit])
    return rows.map((row) => messageSchema.parse(row))
  }

  /** The place of the first message at or after a time; null when there is none. */
  async placeAt({ id, since }: Conversation, at: Date): Promise<number | null> {
    const [row] = await reaching(() => this.#db.run<{ seq: number | null }>(PLACE, [id, since, at]))
    return row?.seq ?? null
  }

  async listeners(conversationId: string): Promise<Listener[]> {
    return await reaching(() => this.#db.run<Listener>(MEMBERS, [conversationId]))
  }

  async mark(conversationId: string, staffId: string, { read, isMuted, isPinned }: Marks): Promise<void> {
    await this.#rows(MARK, [conversationId, staffId, read ?? null, isMuted ?? null, isPinned ?? null])
  }

  /** Answers the event. */
  async #note(tx: Sql, { conversationId, noticeId, actorId, now, notice }: Change): Promise<number> {
    const [next] = await tx.run<{ number: number }>(NEXT_EVENT, [conversationId])
    const event = next?.number ?? 0
    await tx.run(NOTE, [conversationId, event, noticeId, actorId, JSON.stringify(notice), now])
    return event
  }

  #rows(statement: Statement, values: readonly unknown[]): Promise<object[]> {
    return reaching(() => this.#db.run(statement, values))
  }
}
