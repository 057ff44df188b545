import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { Authority } from '../access/authority.ts'
import { mayEmploy, type Scope } from '../access/employ.ts'
import type { Action } from '../audit/actions.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Whence } from '../audit/record.ts'
import type { Refusals } from '../audit/refusals.ts'
import type { Clock } from '../clock.ts'
import { EditConflict, InvalidInput, NotFound, NotPermitted } from '../edit/failures.ts'
import type { Once } from '../edit/once.ts'
import { isId } from '../edit/scene.ts'
import { deriveSecret } from '../identity/keys.ts'
import { canonicalJson } from '../model/canonical.ts'
import type { State } from '../model/state.ts'
import { parseDays, parseDescription, parseName, parseOverlap, parseScopes } from './input.ts'
import { lapseOf, type Lapse } from './integration-tokens.ts'
import type { Integration, IntegrationStore, NewToken, Token } from './store.ts'
import { hashOf, prefixOf, tokenOf } from './token.ts'

export interface IntegrationsOptions {
  readonly store: IntegrationStore
  /** TOKEN_SECRET. */
  readonly secret: string
  readonly audit: Pick<AuditLog, 'write'>
  readonly refusals: Pick<Refusals, 'note'>
  readonly once: Once
  readonly newId: () => string
  readonly clock: Clock
}

/** Whoever asks, and from where. */
export interface Asking {
  readonly authority: Authority
  readonly from: Whence
  /** Their idempotency key; null: none. */
  readonly key: string | null
}

export interface IntegrationInput {
  readonly name: string
  readonly description: string
  /** The account as which it acts. */
  readonly staffId: string
  readonly scopes: readonly string[]
}

/** What is to change; what is absent stays. */
export type IntegrationUpdate = Partial<Pick<IntegrationInput, 'name' | 'description' | 'scopes'>>

/** A token that was made, with its text, which is not shown again. */
export interface Issued {
  readonly integration: Integration
  readonly token: Token
  readonly text: string
}

/** What a token is worth now. */
export type TokenState = 'ACTIVE' | 'REVOKED' | Lapse

const MAX_INTEGRATIONS = 100
const MAX_TOKENS = 10
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const SUBJECT = 'integration'
const TAKEN = 'is taken by another integration'
const CHANGED = 'Somebody else has changed this integration: look at it again.'
const NOT_COVERED = 'Your administration does not cover integrations.'
const BEYOND =
  'An integration acts as an account other than your own that signs in, of which you may see everything; to administer, the account may do and see no more than you.'

/** What is kept of a token under its key: nothing that anybody could sign in with. */
const madeSchema = z.object({ tokenId: z.string(), seed: z.string() })

/**
 * Integrations as they are administered: programs that use the API by tokens of their own. Each acts as an account of the
 * directory, whose roles decide what it sees and does, as they do for people: one evaluator, and one place where HR looks who
 * may what. (GitHub and Google Workspace do the same with apps and service accounts; a second system of rights beside the
 * roles would have to be kept equal to them for ever.) Scopes only take away from that.
 *
 * Only whoever may do all of that themself makes a token, and a token lives with the rights of whom it was shown to: nobody
 * gains by an integration (T36, T97). Methods that change something throw EditFailure; the same key gives their answer again.
 */
export class Integrations {
  readonly #o: IntegrationsOptions
  readonly #key: Buffer

  constructor(options: IntegrationsOptions) {
    this.#o = options
    this.#key = deriveSecret(options.secret, 'integration')
  }

  /** All, by name; none for callers without the ability. */
  async all(authority: Authority): Promise<Integration[]> {
    return authority.everywhere('integration.write') ? await this.#o.store.all() : []
  }

  async byId(authority: Authority, id: string): Promise<Integration | null> {
    return authority.everywhere('integration.write') && isId(id) ? await this.#o.store.byId(id) : null
  }

  stateOf(state: State, integration: Integration, token: Token): TokenState {
    if (token.revokedAt !== null) return 'REVOKED'
    const authorityOf = (staffId: string) => new Authority(state, staffId)
    return lapseOf(state, authorityOf, { ...token, integration }, this.#o.clock.now()) ?? 'ACTIVE'
  }

  /** It has no token yet. */
  async create(asking: Asking, input: IntegrationInput): Promise<Integration> {
    const { store, newId } = this.#o
    const action = 'integration.create'
    this.#requireAbility(asking, action)
    const asked = {
      name: parseName(input.name),
      description: parseDescription(input.description),
      scopes: parseScopes(input.scopes),
      staffId: input.staffId,
    }
    this.#requireAccount(asking, asked, action)
    const made = await this.#once(asking, action, asked, z.string(), async () => {
      if ((await store.all()).length >= MAX_INTEGRATIONS)
        throw InvalidInput.at('', `There are ${MAX_INTEGRATIONS} integrations already: delete some first.`)
      const [id, createdBy] = [newId(), asking.authority.staffId]
      const integration = await store.create({ id, ...asked, key: asking.key, createdBy })
      if (!integration) throw InvalidInput.at('name', TAKEN)
      if (integration.id === id) await this.#record(asking, integration, action, factsOf(integration))
      return integration.id
    })
    return await this.#find(asking, made, action)
  }

  /** Sets what is given; with other scopes its tokens mean something else from then on, and their sockets begin anew. */
  async update(
    asking: Asking,
    id: string,
    input: IntegrationUpdate,
    ifRevision: string | null,
  ): Promise<Integration> {
    const action = 'integration.update'
    await this.#once(asking, action, [id, input, ifRevision], z.null(), async () => {
      const integration = await this.#find(asking, id, action)
      if (ifRevision !== null && ifRevision !== revisionOf(integration)) throw new EditConflict(null, CHANGED)
      const { name, description, scopes } = input
      const next = {
        name: name === undefined ? integration.name : parseName(name),
        description: description === undefined ? integration.description : parseDescription(description),
        scopes: scopes === undefined ? integration.scopes : parseScopes(scopes),
      }
      // To take something away must be possible for whoever may not give it.
      const isMore = next.scopes.some((scope) => !integration.scopes.includes(scope))
      if (isMore) this.#requireAccount(asking, { ...integration, ...next }, action)
      const outcome = await this.#o.store.update(integration, next)
      if (outcome === 'taken') throw InvalidInput.at('name', TAKEN)
      if (outcome === 'changed') throw new EditConflict(null, CHANGED)
      await this.#record(asking, { ...integration, ...next }, action, factsOf({ ...integration, ...next }))
      return null
    })
    return await this.#find(asking, id, action)
  }

  /** A new token, good for so many days. */
  async issue(asking: Asking, id: string, days: number): Promise<Issued> {
    const action = 'integration.issueToken'
    const lifeMs = parseDays(days) * DAY_MS
    const made = await this.#once(asking, action, [id, days], madeSchema, async () => {
      const integration = await this.#find(asking, id, action)
      return await this.#make(asking, integration, lifeMs, null, action)
    })
    return await this.#issued(asking, made, action)
  }

  /** A token in the place of another one; both work for so many hours, if the old one has as long. */
  async rotate(asking: Asking, tokenId: string, days: number, overlapHours: number): Promise<Issued> {
    const action = 'integration.rotateToken'
    const lifeMs = parseDays(days) * DAY_MS
    const overlapMs = parseOverlap(overlapHours) * HOUR_MS
    const input = [tokenId, days, overlapHours]
    const made = await this.#once(asking, action, input, madeSchema, async () => {
      const [integration, token] = await this.#findToken(asking, tokenId, action)
      const now = this.#o.clock.now()
      if (!isLive(token, now)) throw InvalidInput.at('id', 'has ended already: make a new token')
      const replaced = { id: tokenId, endsAt: new Date(now + overlapMs), prefix: token.prefix }
      return await this.#make(asking, integration, lifeMs, replaced, action)
    })
    return await this.#issued(asking, made, action)
  }

  /** Ends a token, and its sockets within a second. */
  async revoke(asking: Asking, tokenId: string): Promise<Integration> {
    const { store, clock } = this.#o
    const action = 'integration.revokeToken'
    await this.#once(asking, action, tokenId, z.null(), async () => {
      const [integration, { prefix }] = await this.#findToken(asking, tokenId, action)
      if (await store.revokeToken(tokenId, new Date(clock.now())))
        await this.#record(asking, integration, action, { prefix })
      return null
    })
    const [integration] = await this.#findToken(asking, tokenId, action)
    return integration
  }

  /** Its tokens end with it. */
  async delete(asking: Asking, id: string): Promise<void> {
    const action = 'integration.delete'
    await this.#once(asking, action, id, z.null(), async () => {
      const integration = await this.#find(asking, id, action)
      if (await this.#o.store.delete(id)) await this.#record(asking, integration, action)
      return null
    })
  }

  async #make(
    asking: Asking,
    integration: Integration,
    lifeMs: number,
    replaced: { readonly id: string; readonly endsAt: Date; readonly prefix: string } | null,
    action: Action,
  ): Promise<z.infer<typeof madeSchema>> {
    const { store, newId, clock } = this.#o
    this.#requireAccount(asking, integration, action)
    const now = clock.now()
    const live = integration.tokens.filter((token) => isLive(token, now))
    if (live.length >= MAX_TOKENS + (replaced ? 1 : 0))
      throw InvalidInput.at('', `There are ${MAX_TOKENS} tokens of it already: revoke one first.`)
    const [tokenId, seed] = [newId(), randomBytes(32).toString('base64url')]
    const text = tokenOf(this.#key, seed)
    const token: NewToken = {
      id: tokenId,
      integrationId: integration.id,
      prefix: prefixOf(text) ?? '',
      hash: hashOf(this.#key, text).toString('hex'),
      issuedBy: asking.authority.staffId,
      expiresAt: new Date(now + lifeMs),
    }
    await store.addToken(token, replaced)
    await this.#record(asking, integration, action, {
      prefix: token.prefix,
      expiresAt: token.expiresAt.toISOString(),
      ...(replaced ? { replaces: replaced.prefix, until: replaced.endsAt.toISOString() } : {}),
    })
    return { tokenId, seed }
  }

  /** The same text again, for whoever may still have it made. */
  async #issued(
    asking: Asking,
    { tokenId, seed }: z.infer<typeof madeSchema>,
    action: Action,
  ): Promise<Issued> {
    const [integration, token] = await this.#findToken(asking, tokenId, action)
    this.#requireAccount(asking, integration, action)
    return { integration, token, text: tokenOf(this.#key, seed) }
  }

  /** Whoever asks again must have the ability still. */
  async #once<A>(
    asking: Asking,
    action: Action,
    input: unknown,
    answer: z.ZodType<A>,
    work: () => Promise<A>,
  ): Promise<A> {
    this.#requireAbility(asking, action)
    const { authority, key } = asking
    return await this.#o.once.run({ actorId: authority.staffId, key, name: action, input }, answer, work)
  }

  async #find(asking: Asking, id: string, action: Action): Promise<Integration> {
    this.#requireAbility(asking, action)
    const integration = isId(id) ? await this.#o.store.byId(id) : null
    if (!integration) throw new NotFound('id')
    return integration
  }

  async #findToken(asking: Asking, tokenId: string, action: Action): Promise<[Integration, Token]> {
    this.#requireAbility(asking, action)
    const token = isId(tokenId) ? await this.#o.store.token(tokenId) : null
    if (!token) throw new NotFound('id')
    return [await this.#find(asking, token.integrationId, action), token]
  }

  #requireAbility(asking: Asking, action: Action): void {
    if (asking.authority.everywhere('integration.write')) return
    this.#refuse(asking, action, null, NOT_COVERED)
  }

  #requireAccount(
    asking: Asking,
    { staffId, scopes }: { readonly staffId: string; readonly scopes: readonly Scope[] },
    action: Action,
  ): void {
    const { authority } = asking
    const account = authority.state.get('staff', staffId)
    if (!account || !authority.showsStaff(account)) throw new NotFound('staffId')
    if (!mayEmploy(authority, account, scopes)) this.#refuse(asking, action, staffId, BEYOND)
  }

  #refuse({ authority, from }: Asking, action: Action, staffId: string | null, message: string): never {
    const subject = staffId === null ? null : { kind: 'staff', id: staffId, label: null }
    const reason = `NOT_PERMITTED: ${message}`
    this.#o.refusals.note({ actorId: authority.staffId, action, reason, from, subject })
    throw new NotPermitted(message)
  }

  async #record(
    { authority, from }: Asking,
    { id, name }: Pick<Integration, 'id' | 'name'>,
    action: Action,
    detail: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const subject = { kind: SUBJECT, id, label: name }
    await this.#o.audit.write({ actorId: authority.staffId, action, subject, from, detail })
  }
}

/** Of all that `update` sets. */
export function revisionOf({ name, description, scopes }: Integration): string {
  const content = canonicalJson([name, description, [...scopes].sort()])
  return createHash('sha256').update(content).digest('hex').slice(0, 32)
}

function isLive({ revokedAt, expiresAt }: Token, now: number): boolean {
  return revokedAt === null && expiresAt.getTime() > now
}

function factsOf({ staffId, scopes }: Pick<Integration, 'staffId' | 'scopes'>): Record<string, string> {
  return { staffId, scopes: scopes.join(' ') }
}
