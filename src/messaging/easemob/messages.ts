import { z } from 'zod'
import { anything, withData } from './answers.ts'
import { inBatches, type Partly } from './batches.ts'
import type { Caller, How } from './client.ts'
import { EasemobFailure } from './failure.ts'
import type { AccountId } from './ids.ts'

/** What a message says (design/easemob.md, 4). Urls are those of files at Easemob or anywhere. */
export type Content =
  | { readonly type: 'txt'; readonly body: { readonly msg: string } }
  | { readonly type: 'cmd'; readonly body: { readonly action: string } }
  | {
      readonly type: 'img' | 'file' | 'audio' | 'video'
      readonly body: { readonly url: string; readonly filename?: string; readonly secret?: string }
    }
  | {
      readonly type: 'custom'
      readonly body: { readonly customEvent: string; readonly customExts: Readonly<Record<string, string>> }
    }

/** Persons by their accounts, or groups by the ids that Easemob gave them. */
export type Audience =
  | { readonly kind: 'people'; readonly to: readonly AccountId[] }
  | { readonly kind: 'groups'; readonly to: readonly string[] }

export interface Outgoing {
  /** Ours. Easemob may deliver a message twice; clients and archive tell by this id that it is one. */
  readonly id: string
  readonly from: AccountId
  readonly audience: Audience
  readonly content: Content
  /** More for clients; with the body at most 5 KB. */
  readonly ext?: Readonly<Record<string, unknown>>
  /** No notice on phones. */
  readonly isSilent?: boolean
}

/** Most receivers of one call. */
const MOST = { people: 600, groups: 3 } as const

const sentSchema = withData(z.record(z.string(), z.string()))

export interface Sent extends Partly<string> {
  /** Easemob's ids, by receiver. */
  readonly messageIds: ReadonlyMap<string, string>
}

/**
 * Sends a message in somebody's name. Easemob neither checks whether the receivers exist nor whether they want it, and does
 * not know that it has had a message before: it is sent again when an answer is lost.
 */
export async function sendMessage(easemob: Caller, message: Outgoing, how: How): Promise<Sent> {
  const { id, from, audience, content, ext = {}, isSilent = false } = message
  const isToPeople = audience.kind === 'people'
  const messageIds = new Map<string, string>()
  const partly = await inBatches<string>(
    [...new Set<string>(audience.to)],
    MOST[audience.kind],
    async (to) => {
      const done = await easemob.call(
        {
          method: 'POST',
          path: isToPeople ? '/messages/users' : '/messages/chatgroups',
          json: {
            from,
            to,
            type: content.type,
            body: content.body,
            ext: { ...ext, dolores_id: id, ...(isSilent ? { em_ignore_notification: true } : {}) },
          },
          family: isToPeople ? 'people' : 'rooms',
          messages: to.length,
          habits: { isRepeatable: true },
          answer: sentSchema,
        },
        how,
      )
      if (done.kind === 'done')
        for (const [receiver, messageId] of Object.entries(done.data.data))
          messageIds.set(receiver, messageId)
      return { done: to, failed: [] }
    },
  )
  return { ...partly, messageIds }
}

export interface Recall {
  /** Easemob's. */
  readonly messageId: string
  readonly from: string
  /** An account or a group. */
  readonly to: string
  readonly chat: 'chat' | 'groupchat'
  /** Also when the time in which people may recall is over. */
  readonly isForced: boolean
}

/** Older servers say in an answer of 200 that there was nothing to recall. */
const notRecalledSchema = z.object({ msgs: z.array(z.object({ recalled: z.string() })).min(1) })

/** Takes a message back. One that is not there is a failure, unless an attempt before may have taken it. */
export async function recallMessage(easemob: Caller, recall: Recall, how: How): Promise<void> {
  const { messageId, from, to, chat, isForced } = recall
  await easemob.call(
    {
      method: 'POST',
      path: '/messages/msg_recall',
      json: { msg_id: messageId, from, to, chat_type: chat, force: isForced },
      family: 'recall',
      habits: { isRepeatable: true, settledAgainBy: [{ status: 403, text: 'not_found msg' }] },
      answer: anything,
      refusal: (body) => {
        const parsed = notRecalledSchema.safeParse(body)
        const [first] = parsed.success ? parsed.data.msgs : []
        return first && first.recalled !== 'yes'
          ? { status: 403, error: 'message_recall_error', description: first.recalled }
          : null
      },
    },
    how,
  )
}

/** Whether a failed recall has found nothing to take back. */
export function isNothingToRecall(error: unknown): boolean {
  return (
    error instanceof EasemobFailure && error.status === 403 && error.description.includes('not_found msg')
  )
}
