import { Store } from './store.ts'

/** Who is signed in on this device. It survives reloads; nothing of it opens anything without the cookie. */
export interface Account {
  readonly staffId: string
  readonly sessionId: string
  /** How long the local copy may be opened without having reached the server (K2), in seconds. */
  readonly copyLeaseSeconds: number
}

export type SessionState =
  /** It is being found out. */
  | { readonly kind: 'unknown' }
  /** `ended`: somebody was signed in and is not any more, by no act of theirs. */
  | { readonly kind: 'signedOut'; readonly ended: boolean }
  | { readonly kind: 'signedIn'; readonly account: Account }

export type LoginResult =
  | { readonly kind: 'signedIn' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'away' }

/** There is no token now: the server cannot be reached. */
export class Unreachable extends Error {}
/** There is no token any more: somebody has to sign in. */
export class SignedOut extends Error {}

interface Access {
  readonly token: string
  /** Milliseconds since the epoch, by the clock of this device. */
  readonly until: number
}

const ACCOUNT_KEY = 'dolores.account'
/** Somebody has signed out, and the server does not know it yet. */
const LEAVING_KEY = 'dolores.leaving'
const CHANNEL = 'dolores.session'
const LOCK = 'dolores.session'
/** A token is renewed so long before it ends, in milliseconds. */
const MARGIN_MS = 30_000
/** A server that has not answered by then is away, in milliseconds. */
const PATIENCE_MS = 15_000

/**
 * The session of this browser. The refresh token is in a cookie that no script reads; the access token is in memory alone.
 * All tabs sign in and out together.
 */
export class Session {
  readonly state = new Store<SessionState>({ kind: 'unknown' })
  readonly #channel = new BroadcastChannel(CHANNEL)
  #access: Access | null = null
  #renewing: Promise<string> | null = null

  constructor() {
    this.#channel.addEventListener('message', ({ data }) => {
      if (data === 'signedIn') {
        // It may be somebody else, to whom the token here does not belong.
        this.#access = null
        void this.start()
      } else this.#forget(data === 'ended')
    })
  }

  /** Finds out whether somebody is signed in. Without the server it is whoever was so last. */
  async start(): Promise<void> {
    if (!(await this.#finishLogout())) return this.#leave(false)
    const known = readAccount()
    // Nobody has ever signed in here: the server need not be asked for whom.
    if (!known) return this.#leave(false)
    this.#enter(known)
    // What comes of it stands in `state`.
    await this.token().catch(() => {})
  }

  /** Waits for a logout that is under way: its answer takes a cookie away, and that must not be the new one. */
  async login(login: string, password: string): Promise<LoginResult> {
    return await navigator.locks.request(LOCK, () => this.#login(login, password))
  }

  async #login(login: string, password: string): Promise<LoginResult> {
    // The cookie of whoever has signed out goes with the new one: their session ends first, or it would stay among their devices.
    if (!(await this.#endLeft())) return { kind: 'away' }
    const answer = await ask('/session', { login, password })
    if (answer === null) return { kind: 'away' }
    if (answer.status === 401) return { kind: 'refused' }
    if (answer.status === 429)
      return { kind: 'wait', seconds: Number(answer.headers.get('retry-after') ?? 60) }
    if (!answer.ok) return { kind: answer.status < 500 ? 'refused' : 'away' }
    this.#take(await answer.json())
    this.#channel.postMessage('signedIn')
    return { kind: 'signedIn' }
  }

  /** A token that counts for a while. Rejects with Unreachable or SignedOut. */
  async token(): Promise<string> {
    if (this.#access && this.#access.until - MARGIN_MS > Date.now()) return this.#access.token
    this.#renewing ??= navigator.locks
      .request(LOCK, () => this.#renew())
      .finally(() => (this.#renewing = null))
    return await this.#renewing
  }

  /** The server takes the token no more, whatever its time. */
  refuse(token: string): void {
    if (this.#access?.token === token) this.#access = null
  }

  /** The server says that the session has ended: finds out whether it has. */
  async recheck(): Promise<void> {
    this.#access = null
    // What comes of it stands in `state`.
    await this.token().catch(() => {})
  }

  /** At once on this device. Without the server the cookie stays: until it is gone, it opens nothing here any more. */
  async logout(): Promise<void> {
    localStorage.setItem(LEAVING_KEY, '1')
    this.#leave(false)
    this.#channel.postMessage('signedOut')
    await this.#finishLogout()
  }

  /** Whether nobody is about to sign out; the server is told of whoever was, as soon as it answers. */
  async #finishLogout(): Promise<boolean> {
    if (!isLeaving()) return true
    return await navigator.locks.request(LOCK, () => this.#endLeft())
  }

  /** Under the lock. */
  async #endLeft(): Promise<boolean> {
    if (!isLeaving()) return true
    const answer = await ask('/session/end', {})
    if (answer?.ok !== true) return false
    localStorage.removeItem(LEAVING_KEY)
    return true
  }

  async #renew(): Promise<string> {
    const answer = await ask('/session/refresh', {})
    if (isLeaving()) {
      this.#leave(false)
      throw new SignedOut()
    }
    if (answer === null || answer.status >= 500 || answer.status === 429) throw new Unreachable()
    if (!answer.ok) {
      const wasSignedIn = this.state.value.kind === 'signedIn'
      this.#leave(wasSignedIn)
      if (wasSignedIn) this.#channel.postMessage('ended')
      throw new SignedOut()
    }
    return this.#take(await answer.json())
  }

  #take(body: unknown): string {
    const { account, access } = parseSession(body)
    this.#access = access
    localStorage.setItem(ACCOUNT_KEY, JSON.stringify(account))
    this.#enter(account)
    return access.token
  }

  #enter(account: Account): void {
    const { value } = this.state
    const isSame = value.kind === 'signedIn' && value.account.sessionId === account.sessionId
    if (!isSame) this.state.set({ kind: 'signedIn', account })
  }

  #leave(ended: boolean): void {
    localStorage.removeItem(ACCOUNT_KEY)
    this.#forget(ended)
  }

  #forget(ended: boolean): void {
    this.#access = null
    this.state.set({ kind: 'signedOut', ended })
  }
}

function isLeaving(): boolean {
  return localStorage.getItem(LEAVING_KEY) !== null
}

/** Null when the server cannot be reached. */
async function ask(path: string, body: object): Promise<Response | null> {
  try {
    return await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
  } catch {
    return null
  }
}

function parseSession(body: unknown): { account: Account; access: Access } {
  const pick = (name: string): unknown =>
    typeof body === 'object' && body !== null ? Reflect.get(body, name) : null
  const [token, expiresAt, staffId, sessionId, copyLeaseSeconds] = [
    pick('accessToken'),
    pick('expiresAt'),
    pick('staffId'),
    pick('sessionId'),
    pick('copyLeaseSeconds'),
  ]
  const isWhole =
    typeof token === 'string' &&
    typeof expiresAt === 'string' &&
    typeof staffId === 'string' &&
    typeof sessionId === 'string' &&
    typeof copyLeaseSeconds === 'number'
  if (!isWhole) throw new Error('the answer of the server is no session')
  // The clock of this device may be wrong: what counts is how long the token lives.
  return {
    account: { staffId, sessionId, copyLeaseSeconds },
    access: { token, until: Date.now() + lifeOf(token) },
  }
}

/** Milliseconds, from the claims of the token. */
export function lifeOf(token: string): number {
  const claims: unknown = JSON.parse(
    atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')),
  )
  const pick = (name: string) =>
    Number(typeof claims === 'object' && claims !== null ? Reflect.get(claims, name) : 0)
  return (pick('exp') - pick('iat')) * 1000
}

function readAccount(): Account | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(ACCOUNT_KEY) ?? 'null')
    if (typeof kept !== 'object' || kept === null) return null
    const [staffId, sessionId, copyLeaseSeconds] = ['staffId', 'sessionId', 'copyLeaseSeconds'].map(
      (name): unknown => Reflect.get(kept, name),
    )
    return typeof staffId === 'string' &&
      typeof sessionId === 'string' &&
      typeof copyLeaseSeconds === 'number'
      ? { staffId, sessionId, copyLeaseSeconds }
      : null
  } catch {
    return null
  }
}
