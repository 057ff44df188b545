import { expect, it } from 'vitest'
import { nextAfter, RETRY_MS, type Outcome } from '../../src/webhook/attempt.ts'

const outcome = (o: Partial<Outcome>): Outcome => ({
  status: null,
  problem: 'no',
  durationMs: 1,
  retryAfterMs: null,
  ...o,
})
const HOUR = 3_600_000

it.each([
  ['what was taken', outcome({ status: 204, problem: null }), 3, { kind: 'taken' }],
  ['a failure', outcome({ status: 500 }), 0, { kind: 'again', delayMs: 5000 }],
  ['no answer', outcome({}), 1, { kind: 'again', delayMs: 30_000 }],
  ['a redirect', outcome({ status: 302 }), 0, { kind: 'again', delayMs: 5000 }],
  [
    'a wish to be left alone',
    outcome({ status: 429, retryAfterMs: 60_000 }),
    0,
    { kind: 'again', delayMs: 60_000 },
  ],
  ['a shorter wish', outcome({ status: 503, retryAfterMs: 1 }), 2, { kind: 'again', delayMs: 120_000 }],
  ['a wish for years', outcome({ status: 503, retryAfterMs: 1e12 }), 0, { kind: 'again', delayMs: HOUR }],
  ['410', outcome({ status: 410 }), 0, { kind: 'paused', why: 'GONE' }],
  ['the last failure', outcome({ status: 500 }), RETRY_MS.length, { kind: 'paused', why: 'FAILING' }],
] as const)('[T115] %s decides what follows', (_, given, failures, next) => {
  expect(nextAfter(given, failures, 0)).toEqual(next)
})

it('[T115] waits grow, for most of a day, and no two webhooks come back at the same moment', () => {
  const waits = RETRY_MS.map((_, failures) => {
    const [least, most] = [0, 1].map((random) => nextAfter(outcome({}), failures, random))
    if (least?.kind !== 'again' || most?.kind !== 'again') throw new Error('it is paused too early')
    expect(most.delayMs).toBeGreaterThan(least.delayMs)
    return least.delayMs
  })
  expect(waits).toEqual(waits.toSorted((a, b) => a - b))
  const hours = waits.reduce((sum, ms) => sum + ms, 0) / HOUR
  expect(hours).toBeGreaterThan(12)
  expect(hours).toBeLessThan(24)
})
