/**
 * Why a socket is closed. Stock graphql-ws clients try again after 1012, 1013 and 4403 and give up after 4400, 4401, 4429 and
 * 4500. graphql-ws itself adds 4406 (subprotocol), 4409 (an id twice), ws adds 1009 (frame too big).
 */
export const CLOSE = {
  /** The reader fell behind its bound (P2): it comes back and catches up. */
  TOO_SLOW: { code: 1013, reason: 'Too slow: come back with your last version' },
  /** This instance is going down: connect again, another one answers. */
  DRAINING: { code: 1012, reason: 'Restarting: connect again' },
  /** The token cannot be checked now. */
  CANNOT_TELL: { code: 1013, reason: 'The token cannot be checked now: come back' },
  BAD_MESSAGE: { code: 4400, reason: 'Invalid message received' },
  /** No connection_init in time (T43). */
  NO_INIT: { code: 4408, reason: 'Connection initialisation timeout' },
  /** Not signed in, or the session has ended: only a new sign-in helps. */
  UNAUTHENTICATED: { code: 4401, reason: 'Sign in' },
  /** Live copies are for people themselves, not for whoever looks as them (T39). */
  LOOKING_AS: { code: 4401, reason: 'Looking as somebody else is for single questions' },
  SESSION_ENDED: { code: 4401, reason: 'The session has ended' },
  /** The access token has run out: refresh, then connect again. */
  TOKEN_EXPIRED: { code: 4403, reason: 'The access token has expired' },
  /** The client speaks a protocol that is not served any more: it has to be updated (W1). */
  TOO_OLD: { code: 4426, reason: 'This client is too old: update it' },
  TOO_MANY_MESSAGES: { code: 4429, reason: 'Too many messages' },
  TOO_MANY_SOCKETS: { code: 4429, reason: 'Too many sockets' },
  INTERNAL: { code: 4500, reason: 'Internal error' },
} as const satisfies Record<string, Close>

export interface Close {
  readonly code: number
  readonly reason: string
}
