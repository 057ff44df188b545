import type { SignedIn } from '../model/signed-in.ts'

/** Who is asking, as an access token proves it. */
export interface Viewer extends SignedIn {
  /** When the token ends, in milliseconds since the epoch. */
  readonly expiresAt: number
}

/**
 * `expired`: a new token from the refresh token helps. `ended`: only a new sign-in does. `invalid`: it never was a token of ours.
 * `looking`: it looks at the directory as somebody else, and this is for more than that (T39). `scope`: it is the token of an
 * integration that only reads (T97). `away`: nobody can tell now.
 */
export type RefusalReason = 'expired' | 'ended' | 'invalid' | 'looking' | 'scope' | 'away'

export type Authentication =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'viewer'; readonly viewer: Viewer }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }

/** The token of an `Authorization` header or connection parameter (RFC 6750); null when there is something else in it. */
export function bearerToken(authorization: string): string | null {
  return /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization)?.[1] ?? null
}
