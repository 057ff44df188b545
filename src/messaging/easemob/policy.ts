import type { Reason } from './failure.ts'

/** What has become of one request. */
export type Outcome =
  | {
      readonly kind: 'answer'
      readonly status: number
      /** Easemob's code and words; '' where there are none. */
      readonly error: string
      readonly description: string
      readonly body: unknown
    }
  | {
      readonly kind: 'silence'
      /** Whether it may have reached Easemob. */
      readonly wasSent: boolean
      readonly problem: string
    }

/** An answer by which Easemob says that it is so already. Texts count only here: the codes alone do not tell. */
export interface Sign {
  readonly status: number
  readonly error?: string
  readonly text?: string
}

/** What is true of an operation. */
export interface Habits {
  /** Whether doing it twice does no harm. */
  readonly isRepeatable: boolean
  /** Answers that mean that what is wanted holds. */
  readonly settledBy?: readonly Sign[]
  /** Answers that mean so only where an attempt before may have done it. */
  readonly settledAgainBy?: readonly Sign[]
}

/** What the attempts before this one have come to. */
export interface Past {
  /** How often it was asked again for want of an answer or of room. */
  readonly retries: number
  /** Answers of 500 so far. */
  readonly crashes: number
  /** Whether the token was renewed for it. */
  readonly isRenewed: boolean
  /** Whether it has waited for somebody who did the same (409). */
  readonly hasWaited: boolean
  /** Whether an attempt may have been carried out. */
  readonly mayBeDone: boolean
}

export const NO_PAST: Past = { retries: 0, crashes: 0, isRenewed: false, hasWaited: false, mayBeDone: false }

export type Verdict =
  | { readonly kind: 'done' }
  /** It was so before. */
  | { readonly kind: 'settled' }
  /** Ask again after `waitMs`; where `isCrowded`, nobody else asks for the like meanwhile. */
  | { readonly kind: 'again'; readonly waitMs: number; readonly isCrowded: boolean; readonly past: Past }
  /** Ask again at once, with another token. */
  | { readonly kind: 'renew'; readonly past: Past }
  | { readonly kind: 'failed'; readonly reason: Reason }

export const MOST_RETRIES = 6
const FIRST_MS = 500
const LONGEST_MS = 30_000
/** Of two who create the same within a second one is turned away. */
const CONFLICT_MS = 1100

/**
 * Decides what follows an outcome (design/easemob.md, 6; T102, T103, T104). `random` from 0 to 1: waits are anything from
 * nothing to a bound that doubles, so that those who failed together do not come back together.
 */
export function decide(outcome: Outcome, habits: Habits, past: Past, random: number): Verdict {
  const again = (changed: Partial<Past>, isCrowded = false): Verdict =>
    past.retries >= MOST_RETRIES
      ? { kind: 'failed', reason: 'UNAVAILABLE' }
      : {
          kind: 'again',
          waitMs: Math.round(random * Math.min(LONGEST_MS, FIRST_MS * 2 ** past.retries)),
          isCrowded,
          past: { ...past, retries: past.retries + 1, ...changed },
        }
  const perhapsDone = (changed: Partial<Past> = {}): Verdict =>
    habits.isRepeatable ? again({ mayBeDone: true, ...changed }) : { kind: 'failed', reason: 'UNCERTAIN' }

  if (outcome.kind === 'silence') return outcome.wasSent ? perhapsDone() : again({})
  const { status, error, description } = outcome
  if (status >= 200 && status < 300) return { kind: 'done' }
  const isAny = (signs: readonly Sign[] = []) => signs.some((sign) => isSaidBy(sign, outcome))
  if (isAny(habits.settledBy) || (past.mayBeDone && isAny(habits.settledAgainBy))) return { kind: 'settled' }
  if (status === 401)
    return past.isRenewed
      ? { kind: 'failed', reason: 'UNAUTHORISED' }
      : { kind: 'renew', past: { ...past, isRenewed: true } }
  if (status === 409)
    return past.hasWaited
      ? { kind: 'failed', reason: 'REFUSED' }
      : { kind: 'again', waitMs: CONFLICT_MS, isCrowded: false, past: { ...past, hasWaited: true } }
  if (status === 429)
    return error === 'resource_limited' ? { kind: 'failed', reason: 'PLAN_LIMIT' } : again({}, true)
  if (status === 403 && error === 'message_send_error' && description.includes('reach limit'))
    return again({}, true)
  if (status === 502 || status === 503 || status === 504) return perhapsDone()
  if (status === 500 && past.crashes === 0) return perhapsDone({ crashes: 1 })
  if (status >= 500) return { kind: 'failed', reason: habits.isRepeatable ? 'UNAVAILABLE' : 'UNCERTAIN' }
  return { kind: 'failed', reason: 'REFUSED' }
}

function isSaidBy(sign: Sign, { status, error, description }: Outcome & { kind: 'answer' }): boolean {
  return (
    sign.status === status &&
    (sign.error === undefined || sign.error === error) &&
    (sign.text === undefined || description.includes(sign.text))
  )
}
