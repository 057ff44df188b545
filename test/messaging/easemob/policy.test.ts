import { describe, expect, it } from 'vitest'
import {
  decide,
  MOST_RETRIES,
  NO_PAST,
  type Habits,
  type Outcome,
  type Past,
} from '../../../src/messaging/easemob/policy.ts'

const answer = (status: number, error = '', description = ''): Outcome => ({
  kind: 'answer',
  status,
  error,
  description,
  body: null,
})
const silence = (wasSent: boolean): Outcome => ({ kind: 'silence', wasSent, problem: 'x' })
const REPEATABLE: Habits = { isRepeatable: true }
const ONCE: Habits = { isRepeatable: false }
const past = (over: Partial<Past>): Past => ({ ...NO_PAST, ...over })
const again = (over: Partial<Past>, isCrowded = false) => ({
  kind: 'again',
  // The longest: chance is 1.
  waitMs: 500,
  isCrowded,
  past: past({ retries: 1, ...over }),
})
const failed = (reason: string) => ({ kind: 'failed', reason })

describe('[T102] [T103] [T104] what follows an outcome', () => {
  it.each([
    ['200', answer(200), REPEATABLE, NO_PAST, { kind: 'done' }],
    ['201', answer(201), ONCE, NO_PAST, { kind: 'done' }],
    // Too much, or not now: it has not been done.
    ['429 reach_limit', answer(429, 'reach_limit'), ONCE, NO_PAST, again({}, true)],
    ['429 without a code', answer(429), REPEATABLE, NO_PAST, again({}, true)],
    ['429 resource_limited', answer(429, 'resource_limited'), REPEATABLE, NO_PAST, failed('PLAN_LIMIT')],
    [
      '403 of too many messages',
      answer(403, 'message_send_error', 'message send reach limit'),
      ONCE,
      NO_PAST,
      again({}, true),
    ],
    [
      '403 of messages for another reason',
      answer(403, 'message_send_error', 'no'),
      REPEATABLE,
      NO_PAST,
      failed('REFUSED'),
    ],
    ['403 exceed_limit', answer(403, 'exceed_limit'), REPEATABLE, NO_PAST, failed('REFUSED')],
    [
      '403 of a service that is not bought',
      answer(403, 'forbidden_op', 'unopened'),
      REPEATABLE,
      NO_PAST,
      failed('REFUSED'),
    ],
    ['no connection', silence(false), ONCE, NO_PAST, again({})],
    // Perhaps it was done.
    ['no answer', silence(true), REPEATABLE, NO_PAST, again({ mayBeDone: true })],
    ['no answer to what may not be done twice', silence(true), ONCE, NO_PAST, failed('UNCERTAIN')],
    ...[502, 503, 504].flatMap((status) => [
      [`${status}`, answer(status), REPEATABLE, NO_PAST, again({ mayBeDone: true })] as const,
      [
        `${status} to what may not be done twice`,
        answer(status),
        ONCE,
        NO_PAST,
        failed('UNCERTAIN'),
      ] as const,
    ]),
    ['500', answer(500), REPEATABLE, NO_PAST, again({ mayBeDone: true, crashes: 1 })],
    ['500 a second time', answer(500), REPEATABLE, past({ crashes: 1 }), failed('UNAVAILABLE')],
    ['500 to what may not be done twice', answer(500), ONCE, NO_PAST, failed('UNCERTAIN')],
    ['501', answer(501), REPEATABLE, past({ crashes: 1 }), failed('UNAVAILABLE')],
    // The token, once.
    ['401', answer(401, 'unauthorized'), ONCE, NO_PAST, { kind: 'renew', past: past({ isRenewed: true }) }],
    [
      '401 auth_bad_access_token',
      answer(401, 'auth_bad_access_token'),
      REPEATABLE,
      NO_PAST,
      { kind: 'renew', past: past({ isRenewed: true }) },
    ],
    ['401 with a new token', answer(401), REPEATABLE, past({ isRenewed: true }), failed('UNAUTHORISED')],
    // Somebody else does the same, once.
    [
      '409',
      answer(409, 'concurrent_operation_error'),
      ONCE,
      NO_PAST,
      { kind: 'again', waitMs: 1100, isCrowded: false, past: past({ hasWaited: true }) },
    ],
    ['409 a second time', answer(409), REPEATABLE, past({ hasWaited: true }), failed('REFUSED')],
    // No other is asked again.
    ...[400, 402, 404, 405, 413, 415, 302].map(
      (status) => [`${status}`, answer(status), REPEATABLE, NO_PAST, failed('REFUSED')] as const,
    ),
    ['the last retry', answer(503), REPEATABLE, past({ retries: MOST_RETRIES }), failed('UNAVAILABLE')],
    [
      '429 after the last retry',
      answer(429),
      REPEATABLE,
      past({ retries: MOST_RETRIES }),
      failed('UNAVAILABLE'),
    ],
  ] as const)('%s', (_, outcome, habits, before, verdict) => {
    expect(decide(outcome, habits, before, 1)).toEqual(verdict)
  })

  const TAKEN = { status: 403, error: 'forbidden_op', text: 'already in group' }
  const NOT_FOUND = { status: 403, text: 'not_found msg' }
  it.each([
    [
      'by code and words',
      { settledBy: [TAKEN] },
      answer(403, 'forbidden_op', 'user: a already in group: 1'),
      NO_PAST,
      'settled',
    ],
    ['not by the code alone', { settledBy: [TAKEN] }, answer(403, 'forbidden_op', 'no'), NO_PAST, 'failed'],
    [
      'not by the words alone',
      { settledBy: [TAKEN] },
      answer(400, 'x', 'already in group'),
      NO_PAST,
      'failed',
    ],
    ['by a status alone', { settledBy: [{ status: 404 }] }, answer(404), NO_PAST, 'settled'],
    [
      'not where nothing was tried',
      { settledAgainBy: [NOT_FOUND] },
      answer(403, '', 'not_found msg'),
      NO_PAST,
      'failed',
    ],
    [
      'where it may have been done',
      { settledAgainBy: [NOT_FOUND] },
      answer(403, '', 'not_found msg'),
      past({ mayBeDone: true }),
      'settled',
    ],
    [
      'not where it was only too much',
      { settledAgainBy: [NOT_FOUND] },
      answer(403, '', 'not_found msg'),
      past({ retries: 1 }),
      'failed',
    ],
  ] as const)('what is so already is told %s', (_, signs, outcome, before, kind) => {
    expect(decide(outcome, { isRepeatable: true, ...signs }, before, 1).kind).toBe(kind)
  })
})

it('[T103] waits are anything up to a bound that doubles from half a second and ends at thirty', () => {
  const waits = (random: number) =>
    Array.from({ length: MOST_RETRIES }, (_, retries) => {
      const verdict = decide(answer(503), REPEATABLE, past({ retries }), random)
      return verdict.kind === 'again' ? verdict.waitMs : null
    })
  expect(waits(1)).toEqual([500, 1000, 2000, 4000, 8000, 16_000])
  expect(waits(0.5)).toEqual([250, 500, 1000, 2000, 4000, 8000])
  expect(waits(0)).toEqual([0, 0, 0, 0, 0, 0])
})
