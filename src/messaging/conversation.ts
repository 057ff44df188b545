import type { Body } from './body.ts'

export const CONVERSATION_KINDS = ['DIRECT', 'GROUP'] as const
export type ConversationKind = (typeof CONVERSATION_KINDS)[number]

/** What was said, at its place in a conversation. */
export interface Message {
  readonly conversationId: string
  /** Its place: the event that brought it. Grows, with gaps where other messages were changed. */
  readonly seq: number
  readonly id: string
  /** The last event that changed it: `seq` while nothing has. */
  readonly event: number
  readonly senderId: string
  readonly body: Body
  readonly sentAt: Date
  readonly recalledAt: Date | null
}

/** A conversation as one of its members has it. */
export interface Conversation {
  readonly id: string
  readonly kind: ConversationKind
  /** Null for one of two people. */
  readonly name: string | null
  readonly ownerId: string | null
  /** The number of its last event. */
  readonly head: number
  /** When somebody last wrote. */
  readonly lastAt: Date
  readonly memberIds: readonly string[]
  /** Whose view of it this is. */
  readonly staffId: string
  /** Messages up to this one came before they did, and are not theirs. */
  readonly since: number
  /** The last message that they have read. */
  readonly read: number
  /** Messages of others behind that one, up to UNREAD_LIMIT. */
  readonly unread: number
  readonly isMuted: boolean
  readonly isPinned: boolean
  readonly last: Message | null
}

/** Nobody counts further than this. */
export const UNREAD_LIMIT = 100

/** Members of a group at most. */
export const MAX_MEMBERS = 500

/** Names of two people in the order in which their one conversation is found. */
export function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}

/** Who the other one of two is. */
export function peerOf({ kind, memberIds, staffId }: Conversation): string | null {
  return kind === 'DIRECT' ? (memberIds.find((id) => id !== staffId) ?? null) : null
}
