import { z } from 'zod'

/** The name of a person's account at Easemob: made of the staff id alone, so that it says nothing of them and never changes. */
export const accountIdSchema = z
  .string()
  .regex(/^s_[a-z2-7]{26}$/)
  .brand('AccountId')

export type AccountId = z.output<typeof accountIdSchema>

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
/** 26 characters of five bits carry two more than an id has. */
const SPARE_BITS = 2n

/** `s_` and the 128 bits of an entryUUID in base32 (RFC 4648, lower case, no padding). */
export function accountIdOf(staffId: string): AccountId {
  let bits = BigInt(`0x${staffId.replaceAll('-', '')}`) << SPARE_BITS
  let text = ''
  for (let i = 0; i < 26; i++) {
    text = ALPHABET.charAt(Number(bits & 31n)) + text
    bits >>= 5n
  }
  return accountIdSchema.parse(`s_${text}`)
}

/** Whose account it is; null for an account that we have not made. */
export function staffIdOf(account: string): string | null {
  if (!accountIdSchema.safeParse(account).success) return null
  let bits = 0n
  for (const letter of account.slice(2)) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(letter))
  const hex = (bits >> SPARE_BITS).toString(16).padStart(32, '0')
  // Of names that differ in the spare bits alone, one is an account's.
  if ((bits & 3n) !== 0n) return null
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
