import { z } from 'zod'

/** Characters of a text at most, and people it may mention. */
export const MAX_TEXT = 5000
export const MAX_MENTIONS = 50

/** What somebody has written. */
export interface TextBody {
  readonly kind: 'TEXT'
  readonly text: string
  /** Id of the message that is quoted. */
  readonly quotedId: string | null
  readonly mentionIds: readonly string[]
  readonly mentionsAll: boolean
}

export const NOTICE_ACTIONS = ['CREATED', 'ADDED', 'REMOVED', 'LEFT', 'RENAMED', 'OWNER'] as const
export type NoticeAction = (typeof NOTICE_ACTIONS)[number]

/** What has become of the conversation; the sender has done it. */
export interface NoticeBody {
  readonly kind: 'NOTICE'
  readonly action: NoticeAction
  /** Who was added or removed, or owns it now. */
  readonly staffIds: readonly string[]
  /** The new name. */
  readonly name: string | null
}

/** Its words are gone, on every device and in the database. */
export interface RecalledBody {
  readonly kind: 'RECALLED'
}

export type Body = TextBody | NoticeBody | RecalledBody

export const RECALLED: RecalledBody = { kind: 'RECALLED' }

/** As it stands in the database. */
export const bodySchema: z.ZodType<Body> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('TEXT'),
    text: z.string(),
    quotedId: z.string().nullable(),
    mentionIds: z.array(z.string()),
    mentionsAll: z.boolean(),
  }),
  z.object({
    kind: z.literal('NOTICE'),
    action: z.enum(NOTICE_ACTIONS),
    staffIds: z.array(z.string()),
    name: z.string().nullable(),
  }),
  z.object({ kind: z.literal('RECALLED') }),
])
