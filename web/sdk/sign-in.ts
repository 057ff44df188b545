import { LoginDocument, RefreshSessionDocument } from '../generated/graphql.ts'
import { successOf } from './errors.ts'
import type { GetToken, Token } from './tokens.ts'
import { createTransport, type TransportOptions } from './transport.ts'

export interface SignInOptions extends Pick<TransportOptions, 'url' | 'fetch'> {
  readonly login: string
  readonly password: string
}

/**
 * Tokens for a program that signs in with a name and a password, and renews its session for as long as the server lets it.
 * A session that was ended is not begun again: that is for the next start. The function rejects with DirectoryError, for
 * example INVALID_CREDENTIALS when the password is not taken.
 */
export function signInWith({ url, fetch, login, password }: SignInOptions): GetToken {
  const { request } = createTransport({ url, ...(fetch ? { fetch } : {}) })
  let refreshToken: string | null = null
  const keep = (session: { refreshToken: string; accessToken: string; copyLeaseSeconds: number }): Token => {
    ;({ refreshToken } = session)
    const { accessToken, copyLeaseSeconds } = session
    return { accessToken, copyLeaseSeconds }
  }
  return async () => {
    if (refreshToken === null) {
      const { login: result } = await request(LoginDocument, { input: { login, password } })
      return keep(successOf(result))
    }
    const { refreshSession } = await request(RefreshSessionDocument, { refreshToken })
    return refreshSession.__typename === 'InvalidCredentials' ? null : keep(successOf(refreshSession))
  }
}
