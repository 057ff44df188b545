/** Why nothing is sent to a webhook. */
export const PAUSES = {
  BY_HAND: 'Somebody has paused it.',
  FAILING: 'The receiver has not taken a message for most of a day.',
  GONE: 'The receiver has answered 410: it wants no more.',
  ACCOUNT: 'The account whose view it has is disabled or gone.',
} as const

export type Pause = keyof typeof PAUSES

export function isPause(text: string): text is Pause {
  return Object.hasOwn(PAUSES, text)
}

/** What has become of one attempt to send something. */
export interface Outcome {
  /** Of HTTP; null when there was no answer. */
  readonly status: number | null
  /** Why it does not count as taken; null when it does. */
  readonly problem: string | null
  readonly durationMs: number
  /** How long the receiver wants to be left alone, in milliseconds; null when it did not say. */
  readonly retryAfterMs: number | null
}

/** What is to be done after an attempt. */
export type Next =
  | { readonly kind: 'taken' }
  | { readonly kind: 'again'; readonly delayMs: number }
  | { readonly kind: 'paused'; readonly why: Pause }

/** Waits before the next attempts, in milliseconds: some 16 hours in all. When they are used up the webhook is paused. */
export const RETRY_MS = [
  5000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000,
] as const

/** Of each wait as much may be added, so that many webhooks of one receiver do not come back at once. */
const JITTER = 0.2
const LONGEST_RETRY_AFTER_MS = 3_600_000

/**
 * Decides what follows an attempt (T115). `failures`: attempts without success before this one; `random` from 0 to 1. A
 * receiver's wish to be left alone is heard, but for no longer than an hour.
 */
export function nextAfter(
  outcome: Outcome,
  failures: number,
  random: number,
  retryMs: readonly number[] = RETRY_MS,
): Next {
  if (outcome.problem === null) return { kind: 'taken' }
  if (outcome.status === 410) return { kind: 'paused', why: 'GONE' }
  const wait = retryMs[failures]
  if (wait === undefined) return { kind: 'paused', why: 'FAILING' }
  const asked = Math.min(outcome.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS)
  return { kind: 'again', delayMs: Math.round(Math.max(wait, asked) * (1 + random * JITTER)) }
}
