import type { DirectoryErrorCode } from './codes.ts'
import { DirectoryError } from './errors.ts'
import type { Event } from './machine.ts'

type Trouble = Extract<
  Event['kind'],
  'unreachable' | 'refused' | 'sessionEnded' | 'notUnderstood' | 'storeFailed'
>

/** What an error of a request is to a client that keeps a copy. */
export const TROUBLES: Readonly<Record<DirectoryErrorCode, Trouble>> = {
  // A token that had run out was renewed before this was said.
  UNAUTHENTICATED: 'sessionEnded',
  FORBIDDEN: 'notUnderstood',
  BAD_USER_INPUT: 'notUnderstood',
  UNAVAILABLE: 'unreachable',
  RATE_LIMITED: 'unreachable',
  CONFLICT: 'unreachable',
  INTERNAL: 'unreachable',
  UNREACHABLE: 'unreachable',
  // Mostly a network that wants a sign-in of its own: it passes.
  UNEXPECTED_ANSWER: 'unreachable',
  TOO_OLD: 'notUnderstood',
  STORE_FAILED: 'storeFailed',
  CLOSED: 'unreachable',
  UNKNOWN: 'unreachable',
  // Failures are members of results that no sync operation has.
  NOT_EMPTY: 'notUnderstood',
  CYCLE: 'notUnderstood',
  IN_USE: 'notUnderstood',
  IN_TRASH: 'notUnderstood',
  NOT_IN_TRASH: 'notUnderstood',
  PLACE_GONE: 'notUnderstood',
  OWN_ACCOUNT: 'notUnderstood',
  LAST_ADMINISTRATOR: 'notUnderstood',
  KEY_REUSED: 'notUnderstood',
  BUSY: 'notUnderstood',
  NOT_REACHABLE: 'notUnderstood',
  TOO_LATE: 'notUnderstood',
  NOT_YOURS: 'notUnderstood',
  OWNER_ONLY: 'notUnderstood',
  OWNER_STAYS: 'notUnderstood',
  FULL: 'notUnderstood',
  INVALID_CREDENTIALS: 'sessionEnded',
  INVALID_INPUT: 'notUnderstood',
  INVALID_INVITATION: 'notUnderstood',
  NOT_FOUND: 'notUnderstood',
  NOT_PERMITTED: 'notUnderstood',
  PASSWORD_REFUSED: 'notUnderstood',
  TOO_MANY_ATTEMPTS: 'unreachable',
}

/** The close code of a server that speaks with clients of this age no more (W1). */
const TOO_OLD = 4426

/** What the end of a socket is to whoever asks for the error. */
export function errorOfClose(code: number): DirectoryError {
  const message = `The connection was closed with ${code}.`
  if (code === TOO_OLD) return new DirectoryError('TOO_OLD', message)
  return new DirectoryError(
    troubleOfClose(code) === 'sessionEnded' ? 'UNAUTHENTICATED' : 'UNREACHABLE',
    message,
  )
}

/** What the close code of a socket is; whatever is not known passes, or shows with the next request. */
export function troubleOfClose(code: number): Trouble {
  switch (code) {
    case 4401:
      return 'sessionEnded'
    case 4403:
      return 'refused'
    // A message that the server cannot read; a subprotocol that it does not speak.
    case 4400:
    case TOO_OLD:
    case 4406:
      return 'notUnderstood'
    default:
      return 'unreachable'
  }
}
