/**
 * The codes of the contract: stable, for machines; clients translate them. A test holds these lists against the server's own,
 * so that a new code cannot be forgotten here.
 */

/** Why a request was not answered. */
export const REQUEST_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'UNAVAILABLE',
  'RATE_LIMITED',
  'CONFLICT',
  'INTERNAL',
] as const

/** Expected failures, members of the results: the codes that each type of the contract may have. */
export const FAILURE_CODES = {
  EditConflict: ['CONFLICT'],
  EditRefused: [
    'NOT_EMPTY',
    'CYCLE',
    'IN_USE',
    'IN_TRASH',
    'NOT_IN_TRASH',
    'PLACE_GONE',
    'OWN_ACCOUNT',
    'LAST_ADMINISTRATOR',
    'KEY_REUSED',
    'BUSY',
  ],
  InvalidCredentials: ['INVALID_CREDENTIALS'],
  InvalidInput: ['INVALID_INPUT'],
  InvalidInvitation: ['INVALID_INVITATION'],
  MessageRefused: ['NOT_REACHABLE', 'TOO_LATE', 'NOT_YOURS', 'OWNER_ONLY', 'OWNER_STAYS', 'FULL'],
  NotFound: ['NOT_FOUND'],
  NotPermitted: ['NOT_PERMITTED'],
  PasswordRefused: ['PASSWORD_REFUSED'],
  TooManyAttempts: ['TOO_MANY_ATTEMPTS'],
} as const

/** What a client finds out by itself. */
export const CLIENT_CODES = [
  /** No answer: no network, no server, a proxy in between that says so. Try again later. */
  'UNREACHABLE',
  /** An answer that is not one of this API: another server, or a proxy that wants a sign-in of its own. */
  'UNEXPECTED_ANSWER',
  /** A newer server gave a code that this client does not know; `serverCode` has it. */
  'UNKNOWN',
  /** The server speaks with clients of this age no more: update (W1). */
  'TOO_OLD',
  /** The copy could not be kept: no room left, or no permission. */
  'STORE_FAILED',
  /** The client was closed, or given up by its caller. */
  'CLOSED',
] as const

export type RequestCode = (typeof REQUEST_CODES)[number]
export type FailureName = keyof typeof FAILURE_CODES
export type FailureCode = (typeof FAILURE_CODES)[FailureName][number]
export type ClientCode = (typeof CLIENT_CODES)[number]
export type DirectoryErrorCode = RequestCode | FailureCode | ClientCode

const known: ReadonlySet<string> = new Set([...REQUEST_CODES, ...Object.values(FAILURE_CODES).flat()])

/** Whether a text is a code of the contract. */
export function isServerCode(text: string): text is RequestCode | FailureCode {
  return known.has(text)
}
