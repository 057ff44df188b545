import { LoginDocument, RefreshSessionDocument, type LoginMutation } from '../generated/graphql.ts'
import { DirectoryError } from './error.ts'
import { Transport, type TransportOptions } from './transport.ts'

/** Tokens of somebody who signs in with a password: for programs. Pages keep their session in a cookie. */
export class PasswordSession {
  readonly #transport: Transport
  #access: { readonly token: string; readonly until: number } | null = null
  #refreshToken: string | null = null
  #renewing: Promise<string> | null = null
  /** Who it is, once somebody is signed in. */
  staffId: string | null = null
  copyLeaseSeconds = 0

  constructor(options: Omit<TransportOptions, 'token'>) {
    this.#transport = new Transport({ ...options, token: null })
  }

  /** Rejects with DirectoryError; UNAUTHENTICATED: the login or the password is not right. */
  async login(login: string, password: string): Promise<void> {
    const answer = await this.#transport.ask(LoginDocument, { input: { login, password } })
    this.#take(answer.login)
  }

  /** A token that counts for a while, for `Transport`. */
  readonly token = async (): Promise<string> => {
    if (this.#access && this.#access.until > Date.now()) return this.#access.token
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = null))
    return await this.#renewing
  }

  async #renew(): Promise<string> {
    const refreshToken = this.#refreshToken
    if (refreshToken === null) throw new DirectoryError('UNAUTHENTICATED', 'Nobody is signed in.')
    const answer = await this.#transport.ask(RefreshSessionDocument, { refreshToken })
    return this.#take(answer.refreshSession)
  }

  #take(outcome: Outcome): string {
    switch (outcome.__typename) {
      case 'Session': {
        const { accessToken, refreshToken, expiresAt, viewer } = outcome
        const life = Date.parse(expiresAt) - Date.now()
        this.#access = { token: accessToken, until: Date.now() + life * FRESH }
        this.#refreshToken = refreshToken
        this.staffId = viewer.staff?.id ?? null
        this.copyLeaseSeconds = outcome.copyLeaseSeconds
        return accessToken
      }
      case 'InvalidCredentials':
        throw new DirectoryError('UNAUTHENTICATED', outcome.message)
      case 'TooManyAttempts':
        throw new DirectoryError('RATE_LIMITED', outcome.message)
    }
  }
}

/** A token is renewed when this share of its life is over. */
const FRESH = 0.9

type Outcome = LoginMutation['login']
