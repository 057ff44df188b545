import fc from 'fast-check'
import { expect, it } from 'vitest'
import { accountIdOf, staffIdOf } from '../../../src/messaging/easemob/ids.ts'

it('[7] an account is named by the staff id, in letters that Easemob takes, and says whose it is', () => {
  expect(accountIdOf('00000000-0000-0000-0000-000000000000')).toBe(`s_${'a'.repeat(26)}`)
  // RFC 4648: the base32 of these sixteen bytes.
  expect(accountIdOf('48656c6c-6f21-dead-beef-0123456789ab')).toBe('s_jbswy3dpehpk3pxpaerukz4jvm')
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (one, other) => {
      expect(accountIdOf(one)).toMatch(/^s_[a-z2-7]{26}$/)
      expect(staffIdOf(accountIdOf(one))).toBe(one)
      expect(accountIdOf(one) === accountIdOf(other)).toBe(one === other)
    }),
  )
})

it('[T109] an account of somebody else is nobody of ours', () => {
  const ours = accountIdOf('ffffffff-ffff-ffff-ffff-ffffffffffff')
  expect(staffIdOf(ours)).toBe('ffffffff-ffff-ffff-ffff-ffffffffffff')
  // The last carries two spare bits: only one of four letters is ours.
  for (const name of [
    'admin',
    '',
    's_',
    ours.slice(0, -1),
    `${ours}a`,
    ours.toUpperCase(),
    `${ours.slice(0, -1)}7`,
  ])
    expect(staffIdOf(name), name).toBeNull()
})
