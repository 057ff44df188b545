import { z } from 'zod'
import type { Time } from '../time.ts'
import { FUTURE_MS, hintOf, PAST_MS } from './hint.ts'
import { isSigned } from './signature.ts'

/** A client wants to send this: may it? What the message says is not looked at. */
export interface Question {
  readonly from: string
  /** An account, or the group. */
  readonly to: string
  readonly chat: 'person' | 'group'
}

/** Null lets it pass; otherwise what the sender is shown. */
export type Objection = string | null

/** What is answered to Easemob. */
export interface PreSendAnswer {
  readonly valid: boolean
  readonly code?: string
}

const signedSchema = z.object({
  callId: z.string().max(300),
  timestamp: z.coerce.number().int(),
  security: z.string(),
})

/** What a pre-send callback asks; null when it is not one of Easemob's, or of another kind. `now` in ms since the epoch. */
export function questionOf(text: string, secret: string, now: number): Question | null {
  try {
    const body: unknown = JSON.parse(text)
    const signed = signedSchema.parse(body)
    if (!isSigned(signed, secret)) return null
    if (signed.timestamp < now - PAST_MS || signed.timestamp > now + FUTURE_MS) return null
    const hint = hintOf(body)
    return hint.kind === 'message' ? { from: hint.from, to: hint.to, chat: hint.chat } : null
  } catch {
    return null
  }
}

/**
 * Answers in time, or lets it pass: Easemob waits 200 ms and delivers then all the same, so that this is a courtesy to the
 * sender and no guard (T108). Who may talk to whom is seen to by membership of groups and by accounts.
 */
export async function answerInTime(
  decide: (signal: AbortSignal) => Promise<Objection>,
  time: Time,
  limitMs = 150,
): Promise<PreSendAnswer> {
  const late = new AbortController()
  const over = new AbortController()
  try {
    const passing = time.wait(limitMs, over.signal).then(() => null)
    // What is decided too late, or fails, changes nothing.
    const objection = await Promise.race([decide(late.signal).catch(() => null), passing])
    return objection === null ? { valid: true } : { valid: false, code: objection }
  } finally {
    over.abort()
    late.abort()
  }
}
