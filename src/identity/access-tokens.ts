import { hash } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { publicJwk, signingKey, type PublicJwk, type SigningKey } from './keys.ts'

/** The `iss` of every access token. */
export const ISSUER = 'dolores'
/** Access tokens live ten minutes. */
export const ACCESS_TOKEN_SECONDS = 600

const ALGORITHM = 'EdDSA'
/** RFC 9068: an access token is told from every other JWT by its type. */
const TYPE = 'at+jwt'
/** Ours have some 400 characters; whatever is much longer is refused before it is looked at. */
const MAX_TOKEN_LENGTH = 2048

/** What a valid access token says. */
export interface Claims {
  readonly staffId: string
  readonly sessionId: string
  /** Who looks at the directory as `staffId` (RFC 8693 4.1); absent: they themself. */
  readonly actorId?: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export type Verification =
  | { readonly kind: 'valid'; readonly claims: Claims }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid' }

const payloadSchema = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  exp: z.int(),
  act: z.object({ sub: z.uuid() }).optional(),
})

/** Signs and checks access tokens: EdDSA only, one key, `typ`, `iss`, `aud`, `exp`, `sub` and `sid` all required (T93). */
export class AccessTokens {
  readonly #key: SigningKey
  readonly #audience: string
  readonly #clock: Clock
  /** By the digest of tokens whose signature was checked already; expiry is looked at every time. No token is kept. */
  readonly #checked = new LRUCache<string, Claims>({ max: 10_000 })

  constructor(secret: string, audience: string, clock: Clock) {
    this.#key = signingKey(secret)
    this.#audience = audience
    this.#clock = clock
  }

  /** `actorId`: who looks at the directory as that person; else it is they themself. */
  async sign(
    staffId: string,
    sessionId: string,
    actorId?: string,
  ): Promise<{ token: string; expiresAt: Date }> {
    const issuedAt = Math.floor(this.#clock.now() / 1000)
    const expiresAt = issuedAt + ACCESS_TOKEN_SECONDS
    const token = await new SignJWT({
      sid: sessionId,
      ...(actorId === undefined ? {} : { act: { sub: actorId } }),
    })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: this.#key.kid })
      .setIssuer(ISSUER)
      .setAudience(this.#audience)
      .setSubject(staffId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(this.#key.privateKey)
    return { token, expiresAt: new Date(expiresAt * 1000) }
  }

  /** `expired` is said of a token only when everything else about it is right. */
  async verify(token: string): Promise<Verification> {
    if (token.length > MAX_TOKEN_LENGTH) return { kind: 'invalid' }
    const digest = hash('sha256', token, 'base64')
    const known = this.#checked.get(digest)
    if (known) return this.#timely(known)
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.#key.publicKey, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: ISSUER,
        audience: this.#audience,
        requiredClaims: ['exp', 'sub', 'sid'],
        currentDate: new Date(this.#clock.now()),
      })
      const parsed = payloadSchema.safeParse(payload)
      if (!parsed.success || protectedHeader.kid !== this.#key.kid) return { kind: 'invalid' }
      const claims = {
        staffId: parsed.data.sub,
        sessionId: parsed.data.sid,
        expiresAt: parsed.data.exp * 1000,
        ...(parsed.data.act ? { actorId: parsed.data.act.sub } : {}),
      }
      this.#checked.set(digest, claims)
      return this.#timely(claims)
    } catch (error) {
      return { kind: error instanceof errors.JWTExpired ? 'expired' : 'invalid' }
    }
  }

  jwks(): { readonly keys: readonly PublicJwk[] } {
    return { keys: [publicJwk(this.#key)] }
  }

  #timely(claims: Claims): Verification {
    return claims.expiresAt > this.#clock.now() ? { kind: 'valid', claims } : { kind: 'expired' }
  }
}
