import { createHash, randomBytes } from 'node:crypto'
import { numberIn, Refusal, textIn } from './answer.ts'
import type { Asked, Endpoint } from './endpoint.ts'
import { addUser, entityOf, legalName } from './world.ts'

interface Issued {
  readonly user: string | null
  readonly endsAt: number
  readonly number: number
}

const SIXTY_DAYS = 5_184_000

/** Tokens of the app and of users (design/easemob.md, 1). */
export class Tokens {
  readonly #o: { readonly clientId: string; readonly clientSecret: string; readonly now: () => number }
  readonly #issued = new Map<string, Issued>()
  readonly #createdAt = new Map<string, number>()
  #expiredBefore = 0

  constructor(options: {
    readonly clientId: string
    readonly clientSecret: string
    readonly now: () => number
  }) {
    this.#o = options
  }

  issue(user: string | null, ttl: number | null): { access_token: string; expires_in: number } {
    const seconds = ttl ?? SIXTY_DAYS
    const token = `YWMt${randomBytes(48).toString('base64url')}`
    this.#issued.set(token, { user, endsAt: this.#o.now() + seconds * 1000, number: this.#issued.size })
    return { access_token: token, expires_in: seconds }
  }

  /** Every token that was given out is refused from now on. */
  expireAll(): void {
    this.#expiredBefore = this.#issued.size
  }

  isOf(token: string, user: string): boolean {
    return this.#issued.get(token)?.user === user
  }

  /** Who asks: null is the app. Refuses as the matrix of 401 says. */
  who(authorization: string | undefined): string | null {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1]
    if (token === undefined)
      throw new Refusal(401, 'unauthorized', 'Unable to authenticate due to expired access token')
    if (!token.startsWith('YWMt'))
      throw new Refusal(401, 'auth_bad_access_token', 'Unable to authenticate due to corrupt access token')
    const issued = this.#issued.get(token)
    if (!issued) throw new Refusal(401, 'auth_bad_access_token', 'Unable to authenticate')
    if (issued.number < this.#expiredBefore || issued.endsAt <= this.#o.now())
      throw new Refusal(401, 'unauthorized', 'Unable to authenticate (OAuth)')
    return issued.user
  }

  /** Lets the app through and nobody else. */
  demandApp(authorization: string | undefined): void {
    if (this.who(authorization) !== null)
      throw new Refusal(401, 'auth_bad_access_token', 'Unable to authenticate due to corrupt access token')
  }

  isClient(id: string | null, secret: string | null): boolean {
    const hash = (text: string) => createHash('sha256').update(text).digest('hex')
    return id === this.#o.clientId && hash(secret ?? '') === hash(this.#o.clientSecret)
  }

  /** Of two who make the same user within a second one is turned away. */
  noteCreated(user: string): void {
    this.#createdAt.set(user, this.#o.now())
  }

  isBeingCreated(user: string): boolean {
    const at = this.#createdAt.get(user)
    return at !== undefined && this.#o.now() - at < 1000
  }
}

export const TOKEN_ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/token',
    family: 'token',
    isOpen: true,
    isBare: true,
    handle: (asked) => {
      const ttl = numberIn(asked.fields, 'ttl')
      switch (textIn(asked.fields, 'grant_type')) {
        case 'client_credentials':
          return ofApp(asked, ttl)
        case 'password':
          return ofPassword(asked, ttl)
        case 'inherit':
          return inherited(asked, ttl)
        case null:
          throw new Refusal(400, 'invalid_grant', 'grant_type is required')
        default:
          throw new Refusal(400, 'invalid_grant', 'unsupported grant_type')
      }
    },
  },
]

function ofApp({ world, fields }: Asked, ttl: number | null) {
  if (!world.tokens.isClient(textIn(fields, 'client_id'), textIn(fields, 'client_secret')))
    throw new Refusal(401, 'unauthorized', 'Unable to authenticate (OAuth)')
  return { ...world.tokens.issue(null, ttl), application: world.uuid }
}

function ofPassword({ world, fields }: Asked, ttl: number | null) {
  const user = world.users.get(textIn(fields, 'username')?.toLowerCase() ?? '')
  if (!user) throw new Refusal(404, 'invalid_grant', 'user not found')
  if (!user.activated) throw new Refusal(400, 'invalid_grant', 'user not activated')
  if (user.password === null || user.password !== textIn(fields, 'password'))
    throw new Refusal(400, 'invalid_grant', 'invalid password')
  return { ...world.tokens.issue(user.username, ttl), user: entityOf(user) }
}

function inherited({ world, fields, authorization }: Asked, ttl: number | null) {
  world.tokens.demandApp(authorization)
  const given = textIn(fields, 'username')
  if (given === null) throw new Refusal(404, 'entity_not_found', 'User null not found')
  const name = legalName(given)
  const mayCreate = fields['autoCreateUser'] === true
  if (mayCreate && world.tokens.isBeingCreated(name))
    throw new Refusal(409, 'concurrent_operation_error', 'concurrency create app user failed')
  const known = world.users.get(name)
  if (!known && !mayCreate) throw new Refusal(404, 'invalid_grant', 'user not found')
  if (!known) world.tokens.noteCreated(name)
  const user = known ?? addUser(world, name, null)
  if (!user.activated) throw new Refusal(400, 'invalid_grant', 'user not activated')
  return { ...world.tokens.issue(name, ttl), user: entityOf(user) }
}
