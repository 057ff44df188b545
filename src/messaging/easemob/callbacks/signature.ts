import { createHash, hkdfSync, timingSafeEqual } from 'node:crypto'

/** What Easemob signs: neither the body nor the path, and with md5. It shows who has sent, not what (T105). */
export interface Signed {
  readonly callId: string
  /** Milliseconds, as they stand in the body. */
  readonly timestamp: number
  /** `md5hex(callId + secret + timestamp)`. */
  readonly security: string
}

/** Takes as long whatever is wrong. */
export function isSigned({ callId, timestamp, security }: Signed, secret: string): boolean {
  const expected = createHash('md5').update(`${callId}${secret}${timestamp}`).digest('hex')
  return isSame(expected, security)
}

/** Takes as long wherever they differ. */
export function isSame(expected: string, given: string): boolean {
  const [one, other] = [expected, given].map((text) => createHash('sha256').update(text).digest())
  return one !== undefined && other !== undefined && timingSafeEqual(one, other)
}

/** The part of the path that only Easemob is told, since the signature covers no body. 32 characters. */
export function pathSecretOf(tokenSecret: string): string {
  return Buffer.from(hkdfSync('sha256', tokenSecret, '', 'dolores easemob callbacks', 16)).toString('hex')
}
