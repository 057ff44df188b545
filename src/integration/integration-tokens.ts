import { Authority } from '../access/authority.ts'
import { mayEmploy } from '../access/employ.ts'
import { listen } from '../changelog/wake.ts'
import { pause, type Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { State } from '../model/state.ts'
import { deriveSecret } from '../identity/keys.ts'
import { sameHash } from '../identity/refresh-tokens.ts'
import type { Authentication, Viewer } from '../identity/viewer.ts'
import { dayOf, INTEGRATION_CHANNEL, type IntegrationStore, type LiveToken } from './store.ts'
import { hashOf, looksLikeToken, prefixOf } from './token.ts'

export interface IntegrationTokensOptions {
  readonly store: Pick<IntegrationStore, 'live' | 'used' | 'forget'>
  readonly replica: { readonly state: State; onAdvance(listener: () => void): () => void }
  /** TOKEN_SECRET. */
  readonly secret: string
  /** Of the database, for what is announced there. */
  readonly url: string
  readonly clock: Clock
  readonly log: Logger
}

const POLL_MS = 1000
/** What was read is good for as long as an access token of a session is, where the database does not answer. */
const TRUSTED_MS = 600_000
/** Tokens that are looked for one by one at a time: whoever makes up many costs the database no more. All are read soon. */
const MAX_LOOKS = 20
const FORGET_EVERY_MS = 60 * 60_000

/** Why a token of the table is not taken: it ran out, its account may not sign in, its owner may not hold it any more. */
export type Lapse = 'EXPIRED' | 'ACCOUNT' | 'OWNER'

/** Null: it is good. `authorityOf`: what somebody may do in that state. */
export function lapseOf(
  state: State,
  authorityOf: (staffId: string) => Authority,
  {
    issuedBy,
    expiresAt,
    integration,
  }: Pick<LiveToken, 'issuedBy' | 'expiresAt'> & {
    readonly integration: Pick<LiveToken['integration'], 'staffId' | 'scopes'>
  },
  now: number,
): Lapse | null {
  if (expiresAt.getTime() <= now) return 'EXPIRED'
  const account = state.get('staff', integration.staffId)
  if (account?.status !== 'ACTIVE') return 'ACCOUNT'
  return mayEmploy(authorityOf(issuedBy), account, integration.scopes) ? null : 'OWNER'
}

/**
 * Knows integrations by their tokens (T97). All tokens that are good are kept in memory, by hash, and read again each second
 * and whenever something was announced: one that was revoked is refused within a second on every instance, and its sockets end
 * (P4). A token works only as long as its account may sign in, and whoever it was shown to could have it made today.
 */
export class IntegrationTokens {
  readonly #o: IntegrationTokensOptions
  readonly #key: Buffer
  readonly #listeners = new Set<(tokenId: string) => void>()
  #known = new Map<string, LiveToken>()
  /** Prefix -> id. */
  #ids = new Map<string, string>()
  /** Found one by one: a reading that began before may not have them. */
  readonly #found = new Map<string, LiveToken>()
  #readAt = Number.NEGATIVE_INFINITY
  #looks = 0
  #turn = 0
  #applied = 0
  /** Tokens that somebody has come with, as they were taken then: there may be sockets of theirs. */
  readonly #taken = new Map<string, Viewer>()
  readonly #ended = new Set<string>()
  readonly #used = new Set<string>()
  #owners: {
    readonly state: State | null
    readonly generation: number
    readonly known: Map<string, Authority>
  } = { state: null, generation: 0, known: new Map() }
  readonly #lapses = new WeakMap<LiveToken, { generation: number; state: State; lapse: Lapse | null }>()
  #wake: () => void = () => {}

  constructor(options: IntegrationTokensOptions) {
    this.#o = options
    this.#key = deriveSecret(options.secret, 'integration')
  }

  /** Whether it is for us to say who comes with this. */
  claims(text: string): boolean {
    return looksLikeToken(text)
  }

  /** A token that is not known yet is looked for in the database; `away` where that does not answer. */
  async authenticate(text: string): Promise<Authentication> {
    const prefix = prefixOf(text)
    if (prefix === null) return { kind: 'refused', reason: 'invalid' }
    try {
      if (this.#o.clock.now() - this.#readAt > TRUSTED_MS) await this.#read()
      const token = this.#find(prefix) ?? (await this.#look(prefix))
      if (!token || !sameHash(Buffer.from(token.hash, 'hex'), hashOf(this.#key, text)))
        return { kind: 'refused', reason: 'invalid' }
      return this.#judged(token)
    } catch (error) {
      this.#o.log.warn({ err: error }, 'A token of an integration could not be checked')
      return { kind: 'refused', reason: 'away' }
    }
  }

  /** Whether what a token has proved still holds, and what it stands for now. */
  recheck({ sessionId }: Viewer): Authentication {
    const token = this.#known.get(sessionId)
    return token ? this.#judged(token) : { kind: 'refused', reason: 'ended' }
  }

  hasEnded(tokenId: string): boolean {
    return this.#ended.has(tokenId)
  }

  /** Called once for each token that ends, or means something else from now on: its sockets may not go on. */
  onEnded(listener: (tokenId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Follows tables and directory until the signal, and writes down when tokens were used. */
  async run(signal: AbortSignal): Promise<void> {
    const { replica, url, log, clock, store } = this.#o
    listen(url, INTEGRATION_CHANNEL, () => this.#wake(), signal, log)
    const stop = replica.onAdvance(() => this.#review())
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    let isReachable = true
    let forgetAt = 0
    while (!signal.aborted) {
      const nap = new AbortController()
      this.#wake = () => nap.abort()
      try {
        await this.#read()
        await this.#note()
        if (clock.now() >= forgetAt) {
          await store.forget(new Date(clock.now()))
          forgetAt = clock.now() + FORGET_EVERY_MS
        }
        isReachable = true
      } catch (error) {
        if (isReachable) log.warn({ err: error }, 'Tokens of integrations cannot be read')
        isReachable = false
        this.#review()
      }
      if (!signal.aborted) await pause(POLL_MS, nap.signal)
    }
    stop()
  }

  async #read(): Promise<void> {
    const { store, clock } = this.#o
    const startedAt = clock.now()
    const before = [...this.#found.keys()]
    const turn = ++this.#turn
    const read = await store.live(new Date(startedAt))
    // One that began later knows more.
    if (turn < this.#applied) return
    this.#applied = turn
    for (const id of before) this.#found.delete(id)
    const tokens = [...read, ...this.#found.values()]
    this.#known = new Map(tokens.map((token) => [token.id, token]))
    this.#ids = new Map(tokens.map(({ id, prefix }) => [prefix, id]))
    this.#readAt = startedAt
    this.#review()
  }

  #find(prefix: string): LiveToken | undefined {
    return this.#known.get(this.#ids.get(prefix) ?? '')
  }

  /** It may have been made a moment ago, on another instance. */
  async #look(prefix: string): Promise<LiveToken | undefined> {
    if (this.#looks >= MAX_LOOKS) throw new Error('Too many tokens that nobody knows')
    this.#looks++
    const [token] = await this.#o.store
      .live(new Date(this.#o.clock.now()), prefix)
      .finally(() => this.#looks--)
    if (!token) return undefined
    this.#found.set(token.id, token)
    this.#known.set(token.id, token)
    this.#ids.set(prefix, token.id)
    return token
  }

  #judged(token: LiveToken): Authentication {
    // Not `expired`: nobody renews it, and clients would come back for ever.
    if (this.#lapseOf(token) !== null) return { kind: 'refused', reason: 'ended' }
    const viewer = viewerOf(token)
    this.#taken.set(token.id, viewer)
    this.#ended.delete(token.id)
    if (token.lastUsedOn !== this.#today()) this.#used.add(token.id)
    return { kind: 'viewer', viewer }
  }

  #lapseOf(token: LiveToken): Lapse | null {
    const { clock, replica } = this.#o
    const { state } = replica
    const { generation } = state
    const known = this.#lapses.get(token)
    const isKnown = known?.state === state && known.generation === generation
    const isOver = token.expiresAt.getTime() <= clock.now()
    if (isKnown && !isOver) return known.lapse
    const lapse = lapseOf(state, (staffId) => this.#authority(staffId), token, clock.now())
    this.#lapses.set(token, { generation, state, lapse })
    return lapse
  }

  /** Few people hold all tokens: what each may do is worked out once for a state. */
  #authority(staffId: string): Authority {
    const { state } = this.#o.replica
    const { generation } = state
    if (this.#owners.state !== state || this.#owners.generation !== generation)
      this.#owners = { state, generation, known: new Map() }
    const known = this.#owners.known.get(staffId) ?? new Authority(state, staffId)
    this.#owners.known.set(staffId, known)
    return known
  }

  /** Tells whose sockets have to end. */
  #review(): void {
    for (const [id, viewer] of this.#taken) {
      const token = this.#known.get(id)
      const isSame = token && isAdministering(token) === viewer.integration?.isAdministering
      if (isSame && this.#lapseOf(token) === null) continue
      this.#taken.delete(id)
      this.#ended.add(id)
      for (const listener of this.#listeners) listener(id)
    }
  }

  async #note(): Promise<void> {
    const ids = [...this.#used]
    if (ids.length === 0) return
    await this.#o.store.used(ids, this.#today())
    for (const id of ids) this.#used.delete(id)
  }

  #today(): string {
    return dayOf(new Date(this.#o.clock.now()))
  }
}

function isAdministering({ integration: { scopes } }: LiveToken): boolean {
  return scopes.includes('directory.admin')
}

function viewerOf(token: LiveToken): Viewer {
  const { id, issuedBy, expiresAt, integration } = token
  return {
    staffId: integration.staffId,
    sessionId: id,
    expiresAt: expiresAt.getTime(),
    integration: {
      id: integration.id,
      name: integration.name,
      ownerId: issuedBy,
      isAdministering: isAdministering(token),
    },
  }
}
