/** What a client is doing. */
export type State =
  /** Reading what the device has kept. */
  | 'opening'
  /** Downloading a snapshot, of which nothing is shown before its end. */
  | 'downloading'
  /** Has a copy and is subscribing: the first answer brings it up to date. */
  | 'following'
  /** Every change comes. */
  | 'live'
  /** Has a copy and waits to follow again. */
  | 'paused'
  /** Has to download, and waits for that. */
  | 'emptied'
  /** Nobody is signed in any more, or it was closed. */
  | 'ended'

/** What happens to a client. */
export type Event =
  /** The device has kept a copy that may be shown. */
  | 'found'
  /** It has kept none. */
  | 'nothing'
  /** A snapshot is complete and stored. */
  | 'downloaded'
  /** A delta was stored and applied. */
  | 'told'
  /** A delta does not fit the copy. */
  | 'misfit'
  /** The server says to start again (R1). */
  | 'restart'
  /** No answer, or the socket broke. */
  | 'lost'
  /** The socket was closed because its access token ran out. */
  | 'expired'
  /** The wait is over, or somebody is impatient. */
  | 'due'
  /** The session has ended, or the client is closed. */
  | 'over'

export const STATES = [
  'opening',
  'downloading',
  'following',
  'live',
  'paused',
  'emptied',
  'ended',
] as const satisfies State[]
export const EVENTS = [
  'found',
  'nothing',
  'downloaded',
  'told',
  'misfit',
  'restart',
  'lost',
  'expired',
  'due',
  'over',
] as const satisfies Event[]

/**
 * Every event in every state. What cannot happen in a state changes nothing, so that what arrives late does no harm. A state
 * that is entered, also once more from itself by way of the shell, begins its work anew: `following` subscribes with the
 * cursor of the copy as it is then.
 */
export const TABLE: Readonly<Record<State, Readonly<Record<Event, State>>>> = {
  opening: {
    ...staying('opening'),
    found: 'following',
    nothing: 'downloading',
    lost: 'downloading',
    over: 'ended',
  },
  downloading: {
    ...staying('downloading'),
    downloaded: 'following',
    misfit: 'emptied',
    restart: 'emptied',
    lost: 'emptied',
    expired: 'emptied',
    over: 'ended',
  },
  following: {
    ...staying('following'),
    told: 'live',
    misfit: 'paused',
    restart: 'emptied',
    lost: 'paused',
    expired: 'paused',
    over: 'ended',
  },
  live: {
    ...staying('live'),
    misfit: 'following',
    restart: 'emptied',
    lost: 'paused',
    expired: 'following',
    over: 'ended',
  },
  paused: { ...staying('paused'), restart: 'emptied', due: 'following', over: 'ended' },
  emptied: { ...staying('emptied'), due: 'downloading', over: 'ended' },
  ended: staying('ended'),
}

function staying(state: State): Record<Event, State> {
  return {
    found: state,
    nothing: state,
    downloaded: state,
    told: state,
    misfit: state,
    restart: state,
    lost: state,
    expired: state,
    due: state,
    over: state,
  }
}

/** Waits grow from a second to a minute, each with as much as half of itself taken off, so that a crowd does not come at once. */
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 60_000

/** How long to wait before attempt `n`, from 0, in milliseconds. `random`: 0 to 1. */
export function waitBefore(n: number, random: number): number {
  const most = Math.min(FIRST_WAIT_MS * 2 ** Math.min(n, 16), LONGEST_WAIT_MS)
  return Math.round(most * (1 - random / 2))
}

/** Closes a socket of a client that has to be updated (W1). */
export const TOO_OLD = 4426

/** What the close of a socket means (schema/SYNC.md). */
export function meaningOf(code: number): Extract<Event, 'lost' | 'expired' | 'over'> {
  if (code === 4401 || code === TOO_OLD) return 'over'
  return code === 4403 ? 'expired' : 'lost'
}
