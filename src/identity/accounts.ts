import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Authority } from '../access/authority.ts'
import { mayViewAs } from '../access/view-as.ts'
import type { Action } from '../audit/actions.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import { aboutStaff, whenceOf, type Whence } from '../audit/record.ts'
import type { Refusals } from '../audit/refusals.ts'
import type { PasswordWrite, PasswordWriter } from '../directory/password-writer.ts'
import type { Once } from '../edit/once.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { SignedIn } from '../model/signed-in.ts'
import type { State } from '../model/state.ts'
import { InvalidCredentials, InvalidInvitation, PasswordRefused, type TooManyAttempts } from './failures.ts'
import type { Identity, IssuedSession } from './identity.ts'
import type { Invitation, Invitations } from './invitations.ts'
import { mayEnter } from './leavers.ts'
import { faultOf, guessedBy } from './passwords.ts'
import type { Device, SessionInfo } from './sessions.ts'

export interface AccountsOptions {
  readonly identity: Pick<Identity, 'prove' | 'start' | 'endAll' | 'sessions' | 'revoke' | 'lookAs'>
  readonly invitations: Invitations
  readonly passwords: Pick<PasswordWriter, 'set' | 'change'>
  /** Sends the link to the person who is invited; null: nobody is there who could. */
  readonly mail: ((person: InvitedPerson, invitation: Invitation) => Promise<void>) | null
  readonly once: Once
  readonly audit: AuditLog
  readonly log: Logger
  readonly refusals: Pick<Refusals, 'note'>
  readonly state: () => State
}

export interface InvitedPerson {
  readonly name: string
  readonly login: string
  readonly email: string
}

/** A link, and whether it was mailed to the person as well. */
export interface Invited extends Invitation {
  readonly isMailed: boolean
}

/** A token with which somebody else's view is read. */
export interface LookingAs {
  readonly staffId: string
  readonly accessToken: string
  readonly expiresAt: Date
}

/** Whom an account is of, as whoever administers it may know. */
export type AccountAnswer<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** The administration of the caller does not show them. */
  | { readonly kind: 'notFound' }
  | { readonly kind: 'notPermitted'; readonly message: string }

/** What is kept of an invitation under its key: nothing that signs anybody in. */
const invitedSchema = z.object({ seed: z.string(), expiresAt: z.string(), isMailed: z.boolean() })

type Refused = Exclude<AccountAnswer<never>, { kind: 'done' }>

const HIGHER: Refused = {
  kind: 'notPermitted',
  message: 'This person may do or see more than you: ask an administrator who has all their rights.',
}

/** Passwords and sessions of accounts: chosen by their owners, never known to anybody else. */
export class Accounts {
  readonly #o: AccountsOptions

  constructor(options: AccountsOptions) {
    this.#o = options
  }

  /**
   * A one-time link for somebody of the caller's administration; it also is how a lost password is replaced. The same key
   * gives the same link again, and mails it once. Throws EditRefused KEY_REUSED and BUSY.
   */
  async invite(
    authority: Authority,
    staffId: string,
    from: Whence,
    key: string | null,
  ): Promise<AccountAnswer<Invited>> {
    const refusal = this.#refusal(authority, staffId) ?? this.#takeover(authority, staffId)
    if (refusal) return this.#refused(authority, staffId, 'account.invite', from, refusal)
    if (!mayEnter(this.#o.state(), staffId))
      return {
        kind: 'notPermitted',
        message: 'They are disabled or in the trash: enable or restore them first.',
      }
    const { once, invitations, audit } = this.#o
    const asked = { actorId: authority.staffId, key, name: 'account.invite' as const, input: staffId }
    const { seed, expiresAt, isMailed } = await once.run(asked, invitedSchema, async () => {
      const seed = randomBytes(32).toString('base64url')
      const invitation = await invitations.create(staffId, authority.staffId, seed)
      await audit.write({ ...by(authority, staffId), action: 'account.invite', from })
      const isMailed = await this.#mail(staffId, invitation)
      return { seed, expiresAt: invitation.expiresAt.toISOString(), isMailed }
    })
    const value = { token: invitations.tokenOf(seed), expiresAt: new Date(expiresAt), isMailed }
    return { kind: 'done', value }
  }

  /** Where somebody of the caller's administration is signed in; null for callers who may not know. */
  async sessions(authority: Authority, staffId: string): Promise<readonly SessionInfo[] | null> {
    return this.#refusal(authority, staffId) ? null : await this.#o.identity.sessions(staffId)
  }

  /** Ends one or all sessions of somebody of the caller's administration; answers how many. Throws as `invite` does. */
  async endSessions(
    authority: Authority,
    staffId: string,
    sessionId: string | null,
    from: Whence,
    key: string | null,
  ): Promise<AccountAnswer<number>> {
    const refusal = this.#refusal(authority, staffId)
    if (refusal) return this.#refused(authority, staffId, 'account.endSessions', from, refusal)
    const { once, identity, audit } = this.#o
    const asked = {
      actorId: authority.staffId,
      key,
      name: 'account.endSessions' as const,
      input: [staffId, sessionId],
    }
    const value = await once.run(asked, z.int(), async () => {
      const count =
        sessionId === null
          ? await identity.endAll(staffId, null)
          : Number(await identity.revoke(staffId, sessionId))
      await audit.write({ ...by(authority, staffId), action: 'account.endSessions', from })
      return count
    })
    return { kind: 'done', value }
  }

  /** Sets the password that the invited person has chosen, and signs them in; their other sessions end. */
  async accept(
    token: string,
    password: string,
    device: Device,
  ): Promise<IssuedSession | InvalidInvitation | PasswordRefused> {
    const { invitations, identity, audit, state } = this.#o
    const staffId = await invitations.take(token)
    if (staffId === null || !mayEnter(state(), staffId)) return new InvalidInvitation()
    const refused = await this.#choose(staffId, password).catch(async (error: unknown) => {
      await invitations.giveBack(token, staffId)
      throw error
    })
    if (refused) {
      await invitations.giveBack(token, staffId)
      return refused
    }
    await identity.endAll(staffId, null)
    const from = whenceOf(device)
    await audit.write({ ...aboutStaff(staffId), action: 'account.acceptInvitation', from })
    return await identity.start(staffId, device)
  }

  async #choose(staffId: string, password: string): Promise<PasswordRefused | null> {
    const weak = await weakness(password, this.#o.state(), staffId)
    return weak ?? refusalOf(await this.#o.passwords.set(staffId, password))
  }

  /** Replaces one's own password; the other sessions end (T49). The present one is asked for, and guessing slowed down (T90). */
  async change(
    by: { readonly staffId: string; readonly sessionId: string },
    current: string,
    next: string,
    device: Device,
  ): Promise<true | InvalidCredentials | TooManyAttempts | PasswordRefused> {
    const { identity, audit, state } = this.#o
    const from = whenceOf(device)
    const login = state().get('staff', by.staffId)?.login ?? ''
    const proved = await identity.prove(login, current, device)
    if (typeof proved !== 'string') return proved
    if (proved !== by.staffId) return new InvalidCredentials()
    // Judged after the present one: to judge costs time that guesses are not given.
    const weak = await weakness(next, state(), by.staffId)
    if (weak) return weak
    const refused = refusalOf(await this.#o.passwords.change(by.staffId, current, next))
    if (refused) return refused
    await identity.endAll(by.staffId, by.sessionId)
    await audit.write({ ...aboutStaff(by.staffId), action: 'account.changePassword', from })
    return true
  }

  /** Lets the caller look at the directory as somebody else; written to the audit log under both names (T39). */
  async viewAs(
    authority: Authority,
    signedIn: SignedIn,
    staffId: string,
    from: Whence,
  ): Promise<AccountAnswer<LookingAs>> {
    const person = this.#o.state().get('staff', staffId)
    if (!person || !authority.showsStaff(person)) return { kind: 'notFound' }
    if (!mayViewAs(authority, person))
      return {
        kind: 'notPermitted',
        message:
          'You may not look at the directory as this person: they may see what you may not, or do not sign in.',
      }
    await this.#o.audit.write({
      ...by(authority, staffId),
      action: 'access.viewAs',
      onBehalfOf: staffId,
      from,
    })
    return { kind: 'done', value: { staffId, ...(await this.#o.identity.lookAs(signedIn, staffId)) } }
  }

  async #mail(staffId: string, invitation: Invitation): Promise<boolean> {
    const { mail, state, log } = this.#o
    const person = state().get('staff', staffId)
    const [email] = person?.email ?? []
    if (!mail || !person || email === undefined) return false
    try {
      await mail({ name: person.name, login: person.login, email }, invitation)
      return true
    } catch (error) {
      log.warn({ staffId, problem: messageOf(error) }, 'An invitation could not be mailed')
      return false
    }
  }

  /** Whoever asks for what they may not do is written down (T36). */
  #refused<R extends Refused>(
    authority: Authority,
    staffId: string,
    action: Action,
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
    return authority.outranks(person) ? null : HIGHER
  }

  /** The link is shown to whoever asks for it: they could sign in with it. */
  #takeover(authority: Authority, staffId: string): Refused | null {
    const person = this.#o.state().get('staff', staffId)
    return !person || authority.mayTakeOver(person) ? null : HIGHER
  }
}

function by(authority: Authority, staffId: string) {
  return { actorId: authority.staffId, subject: { kind: 'staff', id: staffId, label: null } }
}

function refusalOf(outcome: PasswordWrite): PasswordRefused | null {
  switch (outcome.kind) {
    case 'set':
      return null
    case 'absent':
      return new PasswordRefused('DIRECTORY', 'The account is not in the directory any more.')
    case 'refused':
      // What the password policy of OpenLDAP says of one in pwdHistory, and of the present one.
      return new PasswordRefused(
        /history|existing value/i.test(outcome.reason) ? 'USED_BEFORE' : 'DIRECTORY',
        `The directory does not take this password: ${outcome.reason}`,
      )
  }
}

/** Null: it can be taken, as far as we know. */
async function weakness(password: string, state: State, staffId: string): Promise<PasswordRefused | null> {
  const faulty = await faultOf(password, guessedBy(state, staffId))
  return faulty === null ? null : new PasswordRefused(faulty.fault, faulty.message)
}
