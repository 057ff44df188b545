import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ACCOUNT_RULE,
  ADDRESS_RULE,
  countFailure,
  FORGET_MS,
  forgive,
  networkOf,
  PAIR_RULE,
  remainingBlock,
  type Attempts,
} from '../../src/identity/back-off.ts'

const rules = fc.constantFrom(PAIR_RULE, ACCOUNT_RULE, ADDRESS_RULE)

describe('back-off', () => {
  it('[T90] costs nothing at first, then doubles up to its bound', () => {
    let attempts: Attempts = { failures: 0, blockedUntil: 0 }
    const waits = Array.from({ length: 20 }, () => {
      const now = attempts.blockedUntil
      attempts = countFailure(attempts, PAIR_RULE, now)
      return remainingBlock(attempts, now)
    })
    expect(waits.slice(0, 9)).toEqual([0, 0, 0, 0, 0, 1000, 2000, 4000, 8000])
    expect(Math.max(...waits)).toBe(PAIR_RULE.maxMs)
  })

  it('[T90] never blocks longer than its bound, so that nobody is locked out', () => {
    fc.assert(
      fc.property(rules, fc.array(fc.nat(3_600_000), { maxLength: 200 }), (rule, gaps) => {
        let now = 0
        let attempts: Attempts | undefined
        for (const gap of gaps) {
          now += gap
          attempts = countFailure(attempts, rule, now)
          expect(remainingBlock(attempts, now)).toBeLessThanOrEqual(rule.maxMs)
          expect(remainingBlock(attempts, now + rule.maxMs)).toBe(0)
        }
      }),
    )
  })

  it('[T90] leaves a person under attack from elsewhere at most a minute', () => {
    expect(ACCOUNT_RULE.maxMs).toBeLessThanOrEqual(60_000)
  })

  it('[T90] forgets after a quiet time', () => {
    const tired = { failures: 100, blockedUntil: 1000 }
    expect(countFailure(tired, PAIR_RULE, 1000 + FORGET_MS)).toEqual({
      failures: 1,
      blockedUntil: 1000 + FORGET_MS,
    })
  })

  it('[T90] takes back what was no failure', () => {
    fc.assert(
      fc.property(rules, fc.nat(50), (rule, failures) => {
        const before = { failures, blockedUntil: 0 }
        expect(forgive(countFailure(before, rule, 0), 0)).toEqual(before)
      }),
    )
  })
})

describe('networkOf', () => {
  it('takes IPv6 by the /64 that somebody owns', () => {
    expect(networkOf('192.0.2.7')).toBe('192.0.2.7')
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(networkOf('2001:0DB8:0001:0002::9')).toBe('2001:db8:1:2::/64')
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64')
    expect(networkOf('::1')).toBe('0:0:0:0::/64')
    expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
  })
})
