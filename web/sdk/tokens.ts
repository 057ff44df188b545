import { DirectoryError } from './errors.ts'

/** What a caller gives to speak with: an access token, and how long a copy may be opened without the server (K2). */
export interface Token {
  readonly accessToken: string
  /** Of the `Session`; the client's setting when absent. */
  readonly copyLeaseSeconds?: number
}

/**
 * Gives the token to speak with; null when there is no session any more. `refused` is the token that the server does not
 * take any longer: get another one (`refreshSession`), and never answer it again. One call is under way at a time, since a
 * refresh token counts once. May throw or reject when no answer can be had now.
 */
export type GetToken = (refused: string | null) => TokenAnswer | Promise<TokenAnswer>
type TokenAnswer = Token | string | null

/** The token of a client: asked for once, kept until it is refused. */
export class Tokens {
  readonly #getToken: GetToken
  #asked: Promise<Token | null> | null = null
  #current: Token | null = null

  constructor(getToken: GetToken) {
    this.#getToken = getToken
  }

  /** The token; null without a session. Throws DirectoryError UNREACHABLE when the caller cannot tell now. */
  get(): Promise<Token | null> {
    return this.#current ? Promise.resolve(this.#current) : this.#ask(null)
  }

  /** A token other than this one; null when there is none. Throws as `get` does. */
  async renew(refused: string): Promise<Token | null> {
    const current = await this.get()
    if (current && current.accessToken !== refused) return current
    this.#current = null
    const next = await this.#ask(refused)
    return next?.accessToken === refused ? null : next
  }

  #ask(refused: string | null): Promise<Token | null> {
    this.#asked ??= this.#answer(refused).finally(() => {
      this.#asked = null
    })
    return this.#asked
  }

  async #answer(refused: string | null): Promise<Token | null> {
    try {
      const answer = await this.#getToken(refused)
      this.#current = typeof answer === 'string' ? { accessToken: answer } : answer
      return this.#current
    } catch (cause) {
      throw cause instanceof DirectoryError
        ? cause
        : new DirectoryError('UNREACHABLE', 'There is no token to be had now.', { cause })
    }
  }
}

/** For a token that nobody renews: when it is refused, the session is over. */
export function fixedToken(token: string): GetToken {
  return (refused) => (refused === token ? null : token)
}
