import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { deriveSecret } from './keys.ts'

/**
 * A refresh token: the session's id, a secret that the session keeps for life, and a secret that each refresh replaces, both
 * 256 bits. The first proves that a token once was ours, so that a spent one is known to be replayed (T94) while somebody
 * who merely knows the id of a session can end nothing.
 */
export interface RefreshToken {
  readonly sessionId: string
  readonly family: Buffer
  readonly generation: Buffer
}

const ID_BYTES = 16
const SECRET_BYTES = 32
const BYTES = ID_BYTES + 2 * SECRET_BYTES

export function newRefreshToken(
  sessionId: string,
  random: (size: number) => Buffer = randomBytes,
): RefreshToken {
  return { sessionId, family: random(SECRET_BYTES), generation: random(SECRET_BYTES) }
}

export function formatRefreshToken({ sessionId, family, generation }: RefreshToken): string {
  return Buffer.concat([Buffer.from(sessionId.replaceAll('-', ''), 'hex'), family, generation]).toString(
    'base64url',
  )
}

/** Null for anything that is not in exactly the form that we give out. */
export function parseRefreshToken(text: string): RefreshToken | null {
  if (!/^[\w-]{107}$/.test(text)) return null
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== BYTES || bytes.toString('base64url') !== text) return null
  const hex = bytes.toString('hex', 0, ID_BYTES)
  return {
    sessionId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    family: bytes.subarray(ID_BYTES, ID_BYTES + SECRET_BYTES),
    generation: bytes.subarray(ID_BYTES + SECRET_BYTES),
  }
}

/** What is stored of a secret. A fast hash is enough for 256 random bits. */
export function hashSecret(secret: Buffer): Buffer {
  return createHash('sha256').update(secret).digest()
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/**
 * Makes the successor of a token. It follows from the token and a key that only the servers have: a client that lost the
 * answer, or two tabs that refresh at once, get the same successor from any instance, and no secret has to be stored.
 */
export class Successors {
  readonly #key: Buffer

  constructor(secret: string) {
    this.#key = deriveSecret(secret, 'refresh-token')
  }

  after({ sessionId, family, generation }: RefreshToken): RefreshToken {
    const next = createHmac('sha256', this.#key).update(sessionId).update(generation).digest()
    return { sessionId, family, generation: next }
  }
}
