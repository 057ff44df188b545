import { z } from 'zod'
import { isSigned } from './signature.ts'

/**
 * What a callback says has happened. It is a hint and never the truth: the signature covers no body, so that whoever acts
 * upon it reads first at Easemob whether it is so (T105).
 */
export type Hint =
  | {
      readonly kind: 'message'
      readonly chat: 'person' | 'group'
      readonly messageId: string
      readonly from: string
      /** An account, or the group. */
      readonly to: string
    }
  | { readonly kind: 'recall'; readonly messageId: string }
  | { readonly kind: 'group'; readonly groupId: string; readonly operation: string }
  | { readonly kind: 'presence'; readonly account: string; readonly isOnline: boolean }
  /** Nothing that we act upon. */
  | { readonly kind: 'other' }

/** A callback as it is kept until somebody sees to it. */
export interface CallbackRow {
  /** The same for a callback that is posted again; of one id one is kept (T106). */
  readonly callId: string
  /** When Easemob says that it happened, in milliseconds. They come in any order. */
  readonly at: number
  readonly hint: Hint
  /** As it came. What it claims is to be compared with the history before it counts. */
  readonly body: string
}

export type Judged =
  | { readonly kind: 'taken'; readonly row: CallbackRow }
  | { readonly kind: 'refused'; readonly why: 'UNREADABLE' | 'FORGED' | 'STALE' }

/**
 * How old a callback may be. Easemob posts at once and once again, and tells of a lost heartbeat five minutes late; what it
 * posts from its paid store is older, and stands in the history.
 */
export const PAST_MS = 10 * 60_000
/** How much our clock may be behind. */
export const FUTURE_MS = 2 * 60_000

/** Ids and names go into tables and logs: nothing but printable ASCII. */
const word = z.string().regex(/^[\x21-\x7e]{1,300}$/)
const signedSchema = z.object({
  callId: word,
  timestamp: z.union([
    z.number().int(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ]),
  security: z.string(),
})

const messageSchema = z.object({
  chat_type: z.string(),
  from: word,
  to: word,
  msg_id: word,
  group_id: word.optional(),
})
const recallSchema = z.object({
  chat_type: z.literal('recall'),
  recall_id: word.optional(),
  payload: z.object({ ack_message_id: word.optional() }).optional(),
})
const groupSchema = z.object({
  chat_type: z.literal('muc'),
  payload: z.object({ muc_id: word, operation: word, is_chatroom: z.boolean().optional() }),
})
const presenceSchema = z.object({ user: word, status: z.enum(['online', 'offline']) })

/** Decides whether a callback is taken. `now` in milliseconds since the epoch. */
export function judge(text: string, secret: string, now: number): Judged {
  const body = jsonOf(text)
  const signed = signedSchema.safeParse(body)
  if (!signed.success) return { kind: 'refused', why: 'UNREADABLE' }
  if (!isSigned(signed.data, secret)) return { kind: 'refused', why: 'FORGED' }
  const { callId, timestamp: at } = signed.data
  if (at < now - PAST_MS || at > now + FUTURE_MS) return { kind: 'refused', why: 'STALE' }
  return { kind: 'taken', row: { callId, at, hint: hintOf(body), body: text } }
}

/** Whatever it is, there is a hint: new kinds of callbacks are no failures, which Easemob would count. */
export function hintOf(body: unknown): Hint {
  const recall = recallSchema.safeParse(body)
  if (recall.success) {
    const messageId = recall.data.recall_id ?? recall.data.payload?.ack_message_id
    return messageId === undefined ? OTHER : { kind: 'recall', messageId }
  }
  const group = groupSchema.safeParse(body)
  if (group.success) {
    const { muc_id, operation, is_chatroom } = group.data.payload
    // `org#app_123@conference.easemob.com`
    const groupId = /_(\d+)@/.exec(muc_id)?.[1]
    return groupId === undefined || is_chatroom === true ? OTHER : { kind: 'group', groupId, operation }
  }
  const presence = presenceSchema.safeParse(body)
  if (presence.success) {
    // `org#app_name@easemob.com/ios_…`: an app's name has no underscore before its account's.
    const account = /^[^#]+#[^_]+_([^@]+)@/.exec(presence.data.user)?.[1]
    return account === undefined
      ? OTHER
      : { kind: 'presence', account, isOnline: presence.data.status === 'online' }
  }
  const message = messageSchema.safeParse(body)
  if (message.success) {
    const { chat_type, from, to, msg_id: messageId, group_id } = message.data
    if (chat_type === 'chat') return { kind: 'message', chat: 'person', messageId, from, to }
    // The documents have both.
    if (chat_type === 'groupchat' || chat_type === 'group')
      return { kind: 'message', chat: 'group', messageId, from, to: group_id ?? to }
  }
  return OTHER
}

const OTHER: Hint = { kind: 'other' }

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
