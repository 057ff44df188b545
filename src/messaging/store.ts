import { z } from 'zod'
import type { Database, Sql, Statement } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { bodySchema, RECALLED, type Body, type NoticeBody } from './body.ts'
import {
  CONVERSATION_KINDS,
  pairOf,
  UNREAD_LIMIT,
  type Conversation,
  type ConversationKind,
  type Message,
} from './conversation.ts'

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

/** What all questions for conversations read; `$1`: whose. */
const MINE = `
  SELECT c.id, c.kind, c.name, c.owner_id AS "ownerId", c.head, c.last_at AS "lastAt", m.staff_id AS "staffId", m.since, m.read,
    m.is_muted AS "isMuted", m.is_pinned AS "isPinned", to_jsonb(l) AS last,
    (SELECT array_agg(o.staff_id ORDER BY o.staff_id) FROM conversation_member o WHERE o.conversation_id = c.id) AS "memberIds",
    (SELECT count(*)::int FROM (
      SELECT FROM message u WHERE u.conversation_id = c.id AND u.seq > m.read AND u.seq > m.since AND u.sender_id <> m.staff_id
        AND u.recalled_at IS NULL LIMIT ${UNREAD_LIMIT}
    ) AS counted) AS unread
  FROM conversation_member m JOIN conversation c ON c.id = m.conversation_id
  LEFT JOIN LATERAL (
    SELECT * FROM message n WHERE n.conversation_id = c.id AND n.seq > m.since ORDER BY n.seq DESC LIMIT 1
  ) AS l ON true
  WHERE m.staff_id = $1`

/** The newest first, pinned ones before all others. */
const ALL: Statement = {
  name: 'conversations',
  text: `${MINE} ORDER BY m.is_pinned DESC, c.last_at DESC, c.id LIMIT $2`,
}
const ONE: Statement = { name: 'conversation', text: `${MINE} AND c.id = $2` }
const CREATE: Statement = {
  name: 'create_conversation',
  text: `
    INSERT INTO conversation (id, kind, pair, name, owner_id, created_by, last_at, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING`,
}
const OF_PAIR: Statement = {
  name: 'conversation_of_pair',
  text: 'SELECT id FROM conversation WHERE pair = $1',
}
const JOIN: Statement = {
  name: 'join_conversation',
  text: `
    INSERT INTO conversation_member (conversation_id, staff_id, since, read)
    SELECT $1::uuid, s, $3::int, $3::int FROM unnest($2::uuid[]) AS s ON CONFLICT DO NOTHING`,
}
const LEAVE: Statement = {
  name: 'leave_conversation',
  text: 'DELETE FROM conversation_member WHERE conversation_id = $1 AND staff_id = ANY ($2::uuid[])',
}
const NEXT_EVENT: Statement = { name: 'next_event', text: 'SELECT next_event($1) AS number' }
const NOTE: Statement = {
  name: 'note_in_conversation',
  text: `
    INSERT INTO message (conversation_id, seq, id, event, sender_id, body, sent_at)
    VALUES ($1, $2, $3, $2, $4, $5, $6)`,
}
const RENAME: Statement = {
  name: 'rename_conversation',
  text: 'UPDATE conversation SET name = coalesce($2, name), owner_id = coalesce($3, owner_id) WHERE id = $1',
}
const SEND: Statement = { name: 'send_message', text: 'SELECT * FROM send_message($1, $2, $3, $4, $5, $6)' }
const RECALL: Statement = {
  name: 'recall_message',
  text: `
    UPDATE message SET event = next_event(conversation_id), body = $3, recalled_at = $4
    WHERE conversation_id = $1 AND id = $2 AND recalled_at IS NULL RETURNING *`,
}
const BY_ID: Statement = {
  name: 'message',
  text: 'SELECT * FROM message WHERE conversation_id = $1 AND id = $2 AND seq > $3',
}
const BEFORE: Statement = {
  name: 'messages_before',
  text: 'SELECT * FROM message WHERE conversation_id = $1 AND seq > $2 AND seq < $3 ORDER BY seq DESC LIMIT $4',
}
const AFTER: Statement = {
  name: 'messages_after',
  text: 'SELECT * FROM message WHERE conversation_id = $1 AND seq > $2 AND event > $3 ORDER BY event LIMIT $4',
}
const MEMBERS: Statement = {
  name: 'conversation_members',
  text: 'SELECT staff_id AS "staffId", since FROM conversation_member WHERE conversation_id = $1',
}
/** Told to the other devices of the reader alone. */
const MARK: Statement = {
  name: 'mark_conversation',
  text: `
    WITH marked AS (
      UPDATE conversation_member SET read = greatest(read, coalesce($3::int, read)),
        is_muted = coalesce($4::boolean, is_muted), is_pinned = coalesce($5::boolean, is_pinned)
      WHERE conversation_id = $1::uuid AND staff_id = $2 RETURNING staff_id
    )
    SELECT pg_notify('messaging', $1::uuid || ' of ' || staff_id) FROM marked`,
}

/** Somebody who gets what is said in a conversation. */
export interface Listener {
  readonly staffId: string
  readonly since: number
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
    const [row] = await this.#rows(SEND, [conversationId, id, senderId, key, JSON.stringify(body), now])
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
