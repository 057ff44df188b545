import { z } from 'zod'

/** Text from outside that is compared or searched, never stored: no NUL, no half characters (T19). Lengths in UTF-16 units. */
export function cleanText(maxLength: number) {
  return z
    .string()
    .max(maxLength, `must have at most ${maxLength} characters`)
    .refine((text) => !/[\0\p{Surrogate}]/u.test(text), 'must not contain NUL or half of a character')
}

/** A password: any characters, but no more than a directory hashes in a moment (T92). */
export const passwordSchema = z
  .string()
  .max(128, 'must have at most 128 characters')
  .refine((text) => Buffer.byteLength(text) <= 512, 'must have at most 512 bytes')
