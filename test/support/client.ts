import { Wire } from './wire.ts'

export interface Answer {
  readonly status: number
  readonly data: Record<string, unknown> | null
  readonly errors: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[]
  readonly headers: Headers
}

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresAt: string
}

const TOKENS =
  '__typename ... on Session { accessToken refreshToken expiresAt } ... on Error { code message }'
const LOGIN = `mutation ($login: String!, $password: String!) { result: login(input: { login: $login, password: $password }) { ${TOKENS} } }`
const REFRESH = `mutation ($refreshToken: String!) { result: refreshSession(refreshToken: $refreshToken) { ${TOKENS} } }`

/** A small client of the API: requests over HTTP with the token of the last login, and bare sockets. */
export class Client {
  readonly url: string
  readonly #headers: Readonly<Record<string, string>>
  tokens: Tokens | null = null

  /** `headers` go with every request. */
  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.url = url
    this.#headers = headers
  }

  /** Asks; errors are returned, not thrown. */
  async ask(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...this.#headers,
        ...(this.tokens ? { authorization: `Bearer ${this.tokens.accessToken}` } : {}),
      },
      body: JSON.stringify({ query, variables }),
    })
    const body: Partial<Answer> = JSON.parse(await response.text())
    const { data = null, errors = [] } = body
    return { status: response.status, data, errors, headers: response.headers }
  }

  /** Asks and fails on errors. */
  async query(query: string, variables: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const { data, errors } = await this.ask(query, variables)
    if (errors.length > 0 || !data) throw new Error(JSON.stringify(errors))
    return data
  }

  /** What `login` answers, whatever it is; tokens are kept. */
  tryLogin(login: string, password: string): Promise<Outcome> {
    return this.#keep(LOGIN, { login, password })
  }

  async login(login: string, password: string): Promise<Tokens> {
    const outcome = await this.tryLogin(login, password)
    if (outcome.__typename !== 'Session' || !this.tokens) throw new Error(JSON.stringify(outcome))
    return this.tokens
  }

  /** What `refreshSession` answers to a token, the last one unless another is given. */
  refresh(refreshToken: string = this.tokens?.refreshToken ?? ''): Promise<Outcome> {
    return this.#keep(REFRESH, { refreshToken })
  }

  /** A socket that is signed in. */
  socket(): Promise<Wire> {
    return Wire.connect(`${this.url}/graphql`, this.tokens?.accessToken ?? '')
  }

  /** A picture or any other path, with the session. */
  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    const authorization = this.tokens ? { authorization: `Bearer ${this.tokens.accessToken}` } : {}
    return fetch(`${this.url}${path}`, { headers: { ...authorization, ...headers } })
  }

  async #keep(query: string, variables: Record<string, unknown>): Promise<Outcome> {
    const { data, errors } = await this.ask(query, variables)
    if (!data) throw new Error(JSON.stringify(errors))
    const outcome = data['result'] as Outcome
    if (outcome.__typename === 'Session') this.tokens = outcome
    return outcome
  }
}

export type Outcome =
  | ({ readonly __typename: 'Session' } & Tokens)
  | {
      readonly __typename: 'InvalidCredentials' | 'TooManyAttempts'
      readonly code: string
      readonly message: string
    }
