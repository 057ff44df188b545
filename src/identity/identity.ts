import { Authority } from '../access/authority.ts'
import { mayViewAs } from '../access/view-as.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import { aboutStaff, whenceOf } from '../audit/record.ts'
import type { Refusals } from '../audit/refusals.ts'
import type { Database } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { listen } from '../changelog/wake.ts'
import { pause, type Clock } from '../clock.ts'
import type { IntegrationTokens } from '../integration/integration-tokens.ts'
import type { Logger } from '../log.ts'
import type { SignedIn } from '../model/signed-in.ts'
import { staffByLogin, type State } from '../model/state.ts'
import { AccessTokens } from './access-tokens.ts'
import { EndedSessions } from './ended-sessions.ts'
import { InvalidCredentials, TooManyAttempts } from './failures.ts'
import type { PublicJwk } from './keys.ts'
import { Leavers, mayEnter, type LeaversOptions } from './leavers.ts'
import { LoginAttempts } from './login-attempts.ts'
import { isUsablePassword } from './passwords.ts'
import { MAX_LISTED, Sessions, SESSION_CHANNEL, type Device, type SessionInfo } from './sessions.ts'
import type { Authentication, Viewer } from './viewer.ts'

export interface IdentityOptions {
  readonly db: Database
  readonly replica: LeaversOptions['replica']
  /** The directory: the entryUUID of the person whose password this is, or null. Rejects with UNAVAILABLE when it is down. */
  readonly credentials: { verify(login: string, password: string): Promise<string | null> }
  readonly audit: AuditLog
  /** Where sign-ins that were refused are written down, as often as nobody can fill the log with them (T90). */
  readonly refusals?: Pick<Refusals, 'note'>
  /** Who comes with the token of an integration; absent: there are none. */
  readonly integrations?: Pick<
    IntegrationTokens,
    'claims' | 'authenticate' | 'recheck' | 'hasEnded' | 'onEnded'
  >
  /** TOKEN_SECRET. */
  readonly secret: string
  /** `aud` of the access tokens. */
  readonly audience: string
  readonly clock: Clock
  readonly log: Logger
  /** No refusal answers sooner than this, in milliseconds: what is slower tells nothing (T91). */
  readonly floorMs?: number
}

/** What whoever has signed in gets. */
export interface IssuedSession {
  readonly staffId: string
  readonly sessionId: string
  readonly accessToken: string
  readonly refreshToken: string
  /** When the access token ends. */
  readonly expiresAt: Date
}

export type LoginOutcome = IssuedSession | InvalidCredentials | TooManyAttempts

/** Well above the time of a bind with a slow hash. */
const FLOOR_MS = 400
const FORGET_EVERY_MS = 60 * 60_000

/** Who is asking: signs people in with their password of the directory, and knows them again by their tokens. */
export class Identity {
  readonly #o: IdentityOptions
  readonly #tokens: AccessTokens
  readonly #sessions: Sessions
  readonly #attempts: LoginAttempts
  readonly #ended: EndedSessions
  readonly #leavers: Leavers

  constructor(options: IdentityOptions) {
    const { db, replica, secret, audience, clock, log } = options
    this.#o = options
    this.#tokens = new AccessTokens(secret, audience, clock)
    this.#sessions = new Sessions(db, secret)
    this.#attempts = new LoginAttempts(db)
    this.#ended = new EndedSessions(this.#sessions, clock, log)
    const onEnded = (sessionId: string) => this.#ended.add(sessionId)
    this.#leavers = new Leavers({ replica, sessions: this.#sessions, onEnded, log })
  }

  /** Unknown login, wrong password and disabled account answer the same, after the same least time (T91). */
  async login(login: string, password: string, device: Device): Promise<LoginOutcome> {
    const proved = await this.prove(login, password, device)
    return typeof proved === 'string' ? await this.start(proved, device) : proved
  }

  /** Whose password it is; refused and slowed down as a login is (T90), and told as little (T91). */
  async prove(
    login: string,
    password: string,
    device: Device,
  ): Promise<string | InvalidCredentials | TooManyAttempts> {
    const { clock, floorMs = FLOOR_MS } = this.#o
    const startedAt = clock.now()
    const admission = await reaching(() => this.#attempts.admit(login, device.address))
    if (admission.kind === 'blocked') {
      this.#noteRefused(login, device, 'TOO_MANY_ATTEMPTS')
      return new TooManyAttempts(admission.remainingMs)
    }
    const { attempt } = admission
    const staffId = await this.#verify(login, password).catch(async (error: unknown) => {
      await reaching(() => this.#attempts.takeBack(attempt))
      throw error
    })
    if (staffId === null) {
      this.#noteRefused(login, device, 'INVALID_CREDENTIALS')
      await pause(startedAt + floorMs - clock.now())
      return new InvalidCredentials()
    }
    await reaching(() => this.#attempts.succeeded(attempt))
    return staffId
  }

  /** A session for somebody who has proved who they are. */
  async start(staffId: string, device: Device): Promise<IssuedSession> {
    return reaching(async () => {
      const { id, refreshToken } = await this.#sessions.create(staffId, device)
      await this.#o.audit.write({
        ...aboutStaff(staffId),
        action: 'session.start',
        from: whenceOf(device),
        detail: { sessionId: id },
      })
      return this.#issue(staffId, id, refreshToken)
    })
  }

  /** Ends the sessions of a person, but for one; answers how many (T49). */
  async endAll(staffId: string, exceptId: string | null): Promise<number> {
    const sessions = await this.sessions(staffId)
    const ending = sessions.filter(({ id }) => id !== exceptId)
    for (const { id } of ending) await this.#end(id, staffId)
    // More than are listed.
    return ending.length + (sessions.length >= MAX_LISTED ? await this.endAll(staffId, exceptId) : 0)
  }

  /** Gives new tokens for a refresh token; a spent one ends the session (T94). */
  async refresh(refreshToken: string, device: Device): Promise<LoginOutcome> {
    const rotation = await reaching(() => this.#sessions.rotate(refreshToken, device))
    switch (rotation.kind) {
      case 'rotated': {
        const { staffId, sessionId } = rotation
        if (!mayEnter(this.#o.replica.state, staffId)) return new InvalidCredentials()
        return this.#issue(staffId, sessionId, rotation.refreshToken)
      }
      case 'reused': {
        const { staffId, sessionId } = rotation
        this.#o.log.warn({ staffId, sessionId }, 'A spent refresh token came back: the session ends')
        if (await this.#end(sessionId, staffId)) {
          await reaching(() =>
            this.#o.audit.write({
              ...aboutStaff(staffId),
              action: 'session.reuse',
              from: whenceOf(device),
              detail: { sessionId },
            }),
          )
        }
        return new InvalidCredentials()
      }
      case 'invalid':
        return new InvalidCredentials()
    }
  }

  /** Ends the session; its sockets follow within a second, on every instance. */
  async logout(sessionId: string): Promise<boolean> {
    return this.#end(sessionId, null)
  }

  /** The same for whoever holds its refresh token; what is none is forgotten. */
  async endOf(refreshToken: string): Promise<void> {
    const sessionId = await reaching(() => this.#sessions.holds(refreshToken))
    if (sessionId !== null) await this.#end(sessionId, null)
  }

  sessions(staffId: string): Promise<readonly SessionInfo[]> {
    return reaching(() => this.#sessions.list(staffId))
  }

  /** Ends one session of a person; false when they have no such session. */
  async revoke(staffId: string, sessionId: string): Promise<boolean> {
    return this.#end(sessionId, staffId)
  }

  /** Without a question to the database: ended sessions are known here within a second, and so are tokens of integrations. */
  async authenticate(accessToken: string): Promise<Authentication> {
    const { integrations } = this.#o
    if (integrations?.claims(accessToken)) return await integrations.authenticate(accessToken)
    const verified = await this.#tokens.verify(accessToken)
    if (verified.kind !== 'valid') return { kind: 'refused', reason: verified.kind }
    return this.recheck(verified.claims)
  }

  /** Whether what a token has proved still holds. */
  recheck(viewer: Viewer): Authentication {
    const { clock, replica, integrations } = this.#o
    if (viewer.integration) return integrations?.recheck(viewer) ?? { kind: 'refused', reason: 'ended' }
    if (viewer.expiresAt <= clock.now()) return { kind: 'refused', reason: 'expired' }
    const { state } = replica
    return this.#ended.has(viewer.sessionId) ||
      !mayEnter(state, viewer.staffId) ||
      !mayStillLook(state, viewer)
      ? { kind: 'refused', reason: 'ended' }
      : { kind: 'viewer', viewer }
  }

  /** A token with which somebody looks at the directory as another person, for the life of one access token. */
  async lookAs(by: SignedIn, staffId: string): Promise<{ accessToken: string; expiresAt: Date }> {
    const { token, expiresAt } = await this.#tokens.sign(staffId, by.sessionId, by.staffId)
    return { accessToken: token, expiresAt }
  }

  /** Whether a session, or the token of an integration, is known to have ended, on whatever instance. */
  hasEnded(sessionId: string): boolean {
    return this.#ended.has(sessionId) || this.#o.integrations?.hasEnded(sessionId) === true
  }

  /** Called once for each session or token that ends on any instance. Returns how to stop listening. */
  onEnded(listener: (sessionId: string) => void): () => void {
    const stops = [this.#ended.onEnded(listener), this.#o.integrations?.onEnded(listener)]
    return () => {
      for (const stop of stops) stop?.()
    }
  }

  /** The public keys of access tokens (RFC 7517). */
  jwks(): { readonly keys: readonly PublicJwk[] } {
    return this.#tokens.jwks()
  }

  /** Knows of sessions that end, and ends those of people who left, until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { db, log } = this.#o
    listen(db.url, SESSION_CHANNEL, () => this.#ended.wake(), signal, log)
    await Promise.all([this.#ended.run(signal), this.#leavers.run(signal), this.#forget(signal)])
  }

  /** Of a login that nobody has, nothing stands there: it may have been a password (T100). */
  #noteRefused(login: string, device: Device, reason: string): void {
    const person = staffByLogin(this.#o.replica.state, login)
    const subject = { kind: 'staff', id: person?.id ?? null, label: person?.name ?? null }
    this.#o.refusals?.note({
      actorId: null,
      action: 'session.start',
      reason,
      subject,
      from: whenceOf(device),
    })
  }

  async #verify(login: string, password: string): Promise<string | null> {
    if (!isUsablePassword(password)) return null
    const staffId = await this.#o.credentials.verify(login, password)
    return staffId !== null && mayEnter(this.#o.replica.state, staffId) ? staffId : null
  }

  async #issue(staffId: string, sessionId: string, refreshToken: string): Promise<IssuedSession> {
    const { token, expiresAt } = await this.#tokens.sign(staffId, sessionId)
    return { staffId, sessionId, accessToken: token, refreshToken, expiresAt }
  }

  async #end(sessionId: string, staffId: string | null): Promise<boolean> {
    if (!(await reaching(() => this.#sessions.revoke(sessionId, staffId)))) return false
    this.#ended.add(sessionId)
    return true
  }

  async #forget(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#sessions.forget()
        await this.#attempts.forget()
      } catch (error) {
        this.#o.log.debug({ err: error }, 'Old sessions could not be deleted')
      }
      await pause(FORGET_EVERY_MS, signal)
    }
  }
}

/** Whoever looks as somebody else still may, at each request: roles may have changed since. */
function mayStillLook(state: State, { staffId, actorId }: Viewer): boolean {
  if (actorId === undefined) return true
  const subject = state.get('staff', staffId)
  return subject !== undefined && mayViewAs(new Authority(state, actorId), subject)
}
