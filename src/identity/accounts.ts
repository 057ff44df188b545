import type { Authority } from '../access/authority.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import { aboutStaff, whenceOf, type Whence } from '../audit/record.ts'
import type { Refusals } from '../audit/refusals.ts'
import type { PasswordWriter } from '../directory/password-writer.ts'
import type { State } from '../model/state.ts'
import { InvalidCredentials, InvalidInvitation, PasswordRefused, type TooManyAttempts } from './failures.ts'
import type { Identity, IssuedSession } from './identity.ts'
import type { Invitation, Invitations } from './invitations.ts'
import { mayEnter } from './leavers.ts'
import { isUsablePassword, MAX_PASSWORD_CHARS } from './passwords.ts'
import type { Device } from './sessions.ts'

export interface AccountsOptions {
  readonly identity: Pick<Identity, 'prove' | 'start' | 'endAll'>
  readonly invitations: Invitations
  readonly passwords: Pick<PasswordWriter, 'set'>
  readonly audit: AuditLog
  readonly refusals: Pick<Refusals, 'note'>
  readonly state: () => State
}

/** Whom an account is of, as whoever administers it may know. */
export type AccountAnswer<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** The administration of the caller does not show them. */
  | { readonly kind: 'notFound' }
  | { readonly kind: 'notPermitted'; readonly message: string }

type Refused = Exclude<AccountAnswer<never>, { kind: 'done' }>

/** Shorter ones are refused whatever the directory would take: a service account often stands above its policy. */
const MIN_CHARS = 8

/** Passwords and sessions of accounts: chosen by their owners, never known to anybody else. */
export class Accounts {
  readonly #o: AccountsOptions

  constructor(options: AccountsOptions) {
    this.#o = options
  }

  /** A one-time link for somebody of the caller's administration; it also is how a lost password is replaced. */
  async invite(authority: Authority, staffId: string, from: Whence): Promise<AccountAnswer<Invitation>> {
    const refusal = this.#refusal(authority, staffId)
    if (refusal) return this.#refused(authority, staffId, 'account.invited', from, refusal)
    if (!mayEnter(this.#o.state(), staffId))
      return {
        kind: 'notPermitted',
        message: 'They are disabled or in the trash: enable or restore them first.',
      }
    const value = await this.#o.invitations.create(staffId, authority.staffId)
    await this.#o.audit.write({ ...by(authority, staffId), action: 'account.invited', from })
    return { kind: 'done', value }
  }

  /** Ends all sessions of somebody of the caller's administration; answers how many. */
  async endSessions(authority: Authority, staffId: string, from: Whence): Promise<AccountAnswer<number>> {
    const refusal = this.#refusal(authority, staffId)
    if (refusal) return this.#refused(authority, staffId, 'account.sessionsEnded', from, refusal)
    const value = await this.#o.identity.endAll(staffId, null)
    await this.#o.audit.write({ ...by(authority, staffId), action: 'account.sessionsEnded', from })
    return { kind: 'done', value }
  }

  /** Sets the password that the invited person has chosen, and signs them in; their other sessions end. */
  async accept(
    token: string,
    password: string,
    device: Device,
  ): Promise<IssuedSession | InvalidInvitation | PasswordRefused> {
    const weak = weakness(password)
    if (weak) return weak
    const { invitations, identity, audit } = this.#o
    const staffId = await invitations.take(token)
    if (staffId === null || !mayEnter(this.#o.state(), staffId)) return new InvalidInvitation()
    const refused = await this.#set(staffId, password).catch(async (error: unknown) => {
      await invitations.giveBack(token, staffId)
      throw error
    })
    if (refused) {
      await invitations.giveBack(token, staffId)
      return refused
    }
    await identity.endAll(staffId, null)
    const from = whenceOf(device)
    await audit.write({ ...aboutStaff(staffId), action: 'account.invitationAccepted', from })
    return await identity.start(staffId, device)
  }

  /** Replaces one's own password; the other sessions end (T49). The present one is asked for, and guessing slowed down (T90). */
  async change(
    by: { readonly staffId: string; readonly sessionId: string },
    current: string,
    next: string,
    device: Device,
  ): Promise<true | InvalidCredentials | TooManyAttempts | PasswordRefused> {
    const weak = weakness(next)
    if (weak) return weak
    const { identity, audit, state } = this.#o
    const from = whenceOf(device)
    const login = state().get('staff', by.staffId)?.login ?? ''
    const proved = await identity.prove(login, current, device)
    if (typeof proved !== 'string') return proved
    if (proved !== by.staffId) return new InvalidCredentials()
    const refused = await this.#set(by.staffId, next)
    if (refused) return refused
    await identity.endAll(by.staffId, by.sessionId)
    await audit.write({ ...aboutStaff(by.staffId), action: 'account.passwordChanged', from })
    return true
  }

  async #set(staffId: string, password: string): Promise<PasswordRefused | null> {
    const outcome = await this.#o.passwords.set(staffId, password)
    switch (outcome.kind) {
      case 'set':
        return null
      case 'absent':
        return new PasswordRefused('The account is not in the directory any more.')
      case 'refused':
        return new PasswordRefused(`The directory does not take this password: ${outcome.reason}`)
    }
  }

  /** Whoever asks for what they may not do is written down (T36). */
  #refused<R extends Refused>(
    authority: Authority,
    staffId: string,
    action: string,
    from: Whence,
    refusal: R,
  ): R {
    const reason =
      refusal.kind === 'notPermitted'
        ? `NOT_PERMITTED: ${refusal.message}`
        : 'NOT_FOUND: it is outside of their administration.'
    if (this.#o.state().get('staff', staffId))
      this.#o.refusals.note({ ...by(authority, staffId), action, reason, from })
    return refusal
  }

  #refusal(authority: Authority, staffId: string): Refused | null {
    const person = this.#o.state().get('staff', staffId)
    if (!person || !authority.showsStaff(person)) return { kind: 'notFound' }
    if (!authority.over('staff.account', person).isAll)
      return {
        kind: 'notPermitted',
        message: 'Your administration does not cover the account of this person.',
      }
    if (!authority.outranks(person))
      return {
        kind: 'notPermitted',
        message: 'This person may do more than you: ask an administrator who has all their rights.',
      }
    return null
  }
}

function by(authority: Authority, staffId: string) {
  return { actorId: authority.staffId, subject: { kind: 'staff', id: staffId, label: null } }
}

function weakness(password: string): PasswordRefused | null {
  if (Array.from(password).length < MIN_CHARS)
    return new PasswordRefused(`A password has at least ${MIN_CHARS} characters.`)
  if (!isUsablePassword(password))
    return new PasswordRefused(
      `A password has at most ${MAX_PASSWORD_CHARS} characters, and none of them is NUL.`,
    )
  return null
}
