import type { PasswordFault } from './passwords.ts'

/** Sign-in was refused. One text for an unknown login, a wrong password, a disabled account and a spent refresh token (T91). */
export class InvalidCredentials extends Error {
  readonly code = 'INVALID_CREDENTIALS'

  constructor() {
    super('The login or the password is not right, or the session has ended: sign in again.')
    this.name = 'InvalidCredentials'
  }
}

/** Too many sign-ins failed; nothing is locked, the next try may come after the delay (T90). */
export class TooManyAttempts extends Error {
  readonly code = 'TOO_MANY_ATTEMPTS'
  readonly retryAfterSeconds: number

  constructor(retryAfterMs: number) {
    const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
    super(`Too many sign-ins have failed: try again in ${seconds} seconds.`)
    this.name = 'TooManyAttempts'
    this.retryAfterSeconds = seconds
  }
}

/** An invitation does not count: unknown, used, replaced by a newer one, too old, or of somebody who may not sign in (T91). */
export class InvalidInvitation extends Error {
  readonly code = 'INVALID_INVITATION'

  constructor() {
    super('The invitation does not count any more: ask for a new one.')
    this.name = 'InvalidInvitation'
  }
}

/** A new password was not taken; the message says what the directory, or this server, wants of one. */
export class PasswordRefused extends Error {
  readonly code = 'PASSWORD_REFUSED'
  readonly fault: PasswordFault

  constructor(fault: PasswordFault, message: string) {
    super(message)
    this.name = 'PasswordRefused'
    this.fault = fault
  }
}
