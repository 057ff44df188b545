/**
 * What a client does next, decided without doing it: states, events, and one table that says of each pair what becomes of
 * it. The engine runs the commands and tells the events.
 */

export type StateKind =
  /** The local copy is being read. */
  | 'opening'
  /** A snapshot is being taken. */
  | 'loading'
  /** Changes since the copy's version are being asked for. */
  | 'catchingUp'
  /** Changes are subscribed to; the first answer has not come yet. */
  | 'subscribing'
  /** Changes come as they happen. */
  | 'live'
  /** The token has run out; another one is being asked for. */
  | 'renewing'
  /** A pause before the next attempt. */
  | 'waiting'
  /** The session is over, and the copy gone; only a new sign-in helps. */
  | 'ended'
  /** Only a developer or more room helps: the server does not understand this client, or nothing can be stored. */
  | 'failed'
  | 'closed'

export interface State {
  readonly kind: StateKind
  /** Whether there is a copy with a version, from which to go on. */
  readonly hasCopy: boolean
  /** Troubles since changes last came regularly. */
  readonly attempt: number
  /** Of a pause: the server has asked for it, and it is not cut short. */
  readonly isTold: boolean
}

export type Event =
  | { readonly kind: 'opened'; readonly hasCopy: boolean }
  /** A whole snapshot is stored. */
  | { readonly kind: 'taken' }
  /** All pages of a difference are stored. */
  | { readonly kind: 'caughtUp' }
  /** Something was pushed, and fits; heartbeats too. */
  | { readonly kind: 'heard' }
  /** Something does not follow from where the copy is (D7). */
  | { readonly kind: 'gap' }
  /** The pages of a snapshot do not make one. */
  | { readonly kind: 'torn' }
  /** There is no copy any more: it was not what the server takes it for, or somebody else's (D8). */
  | { readonly kind: 'disagreed' }
  /** The server tells to start again; what may not stay is gone (R2). */
  | { readonly kind: 'resync'; readonly delayMs: number }
  /** No network, no server, or one that is not well. */
  | { readonly kind: 'unreachable' }
  /** The token is not taken any more. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'renewed' }
  | { readonly kind: 'sessionEnded' }
  /** The server does not understand the question. */
  | { readonly kind: 'notUnderstood' }
  | { readonly kind: 'storeFailed' }
  /** The pause is over. */
  | { readonly kind: 'due' }
  /** The network may be back. */
  | { readonly kind: 'woken' }
  | { readonly kind: 'closed' }

/** What the engine starts; whatever is under way ends first. */
export type Command =
  | { readonly kind: 'open' | 'load' | 'catchUp' | 'subscribe' | 'renew' | 'stop' }
  /** Deletes the copy, and stops. */
  | { readonly kind: 'discard' }
  /** At least so long, and as long as `attempt` asks for. */
  | { readonly kind: 'wait'; readonly attempt: number; readonly atLeastMs: number }

export interface Next {
  readonly state: State
  /** Null: what is under way goes on. */
  readonly command: Command | null
}

export const START: Next = {
  state: { kind: 'opening', hasCopy: false, attempt: 0, isTold: false },
  command: { kind: 'open' },
}

/** The next state and what to start; every pair is decided, and nothing else is looked at. */
export function next(state: State, event: Event): Next {
  return TABLE[state.kind][event.kind](state, event)
}

type Rule = (state: State, event: Event) => Next

const go = (
  state: State,
  kind: StateKind,
  command: Command['kind'] & ('load' | 'catchUp' | 'subscribe' | 'renew' | 'stop' | 'discard'),
): Next => ({
  state: { ...state, kind, isTold: false },
  command: { kind: command },
})

const wait = (state: State, attempt: number, atLeastMs: number): Next => ({
  state: { ...state, kind: 'waiting', attempt, isTold: atLeastMs > 0 },
  command: { kind: 'wait', attempt, atLeastMs },
})

/** Goes on where the copy is. */
const goOn: Rule = (state) =>
  state.hasCopy ? go(state, 'catchingUp', 'catchUp') : go(state, 'loading', 'load')

/** What comes too late to matter, or is expected and changes nothing. */
const stay: Rule = (state) => ({ state, command: null })

const begin: Rule = (state, event) =>
  goOn({ ...state, hasCopy: event.kind === 'opened' && event.hasCopy }, event)

/** A long snapshot has changes behind it. */
const took: Rule = (state, event) => goOn({ ...state, hasCopy: true }, event)

const listen: Rule = (state) => go(state, 'subscribing', 'subscribe')

const live: Rule = (state) => ({ state: { ...state, kind: 'live' }, command: null })

/** It has been heard more than once: troubles are over. */
const settle: Rule = (state) => ({
  state: state.attempt === 0 ? state : { ...state, attempt: 0 },
  command: null,
})

const backOff: Rule = (state) => wait(state, state.attempt + 1, 0)

/** At once, and with pauses when that does not help. */
const again: Rule = (state, event) =>
  state.attempt === 0 ? goOn({ ...state, attempt: 1 }, event) : backOff(state, event)

/** From a snapshot. */
const anew: Rule = (state, event) => again({ ...state, hasCopy: false }, event)

const restart: Rule = (state, event) =>
  wait({ ...state, hasCopy: false }, state.attempt, event.kind === 'resync' ? event.delayMs : 0)

/** The server tells so of a snapshot that has begun: once more, but not for ever at full speed. */
const restartSlower: Rule = (state, event) =>
  wait({ ...state, hasCopy: false }, state.attempt + 1, event.kind === 'resync' ? event.delayMs : 0)

const renew: Rule = (state) => go(state, 'renewing', 'renew')
const hurry: Rule = (state, event) => (state.isTold ? stay(state, event) : goOn(state, event))
const end: Rule = (state) => go({ ...state, hasCopy: false }, 'ended', 'discard')
const fail: Rule = (state) => go(state, 'failed', 'stop')
const loseStore: Rule = (state) => go({ ...state, hasCopy: false }, 'failed', 'discard')
const close: Rule = (state) => go(state, 'closed', 'stop')

/** In every state that is not an end. */
const ALWAYS = {
  sessionEnded: end,
  notUnderstood: fail,
  storeFailed: loseStore,
  closed: close,
} as const

const TABLE: Readonly<Record<StateKind, Readonly<Record<Event['kind'], Rule>>>> = {
  opening: {
    ...ALWAYS,
    opened: begin,
    taken: stay,
    caughtUp: stay,
    heard: stay,
    gap: stay,
    torn: stay,
    disagreed: stay,
    resync: stay,
    unreachable: stay,
    refused: stay,
    renewed: stay,
    due: stay,
    woken: stay,
  },
  loading: {
    ...ALWAYS,
    opened: stay,
    taken: took,
    caughtUp: stay,
    heard: stay,
    gap: stay,
    torn: again,
    disagreed: anew,
    resync: restartSlower,
    unreachable: backOff,
    refused: renew,
    renewed: stay,
    due: stay,
    woken: stay,
  },
  catchingUp: {
    ...ALWAYS,
    opened: stay,
    taken: stay,
    caughtUp: listen,
    heard: stay,
    gap: again,
    torn: stay,
    disagreed: anew,
    resync: restart,
    unreachable: backOff,
    refused: renew,
    renewed: stay,
    due: stay,
    woken: stay,
  },
  subscribing: {
    ...ALWAYS,
    opened: stay,
    taken: stay,
    caughtUp: stay,
    heard: live,
    gap: again,
    torn: stay,
    disagreed: anew,
    resync: restart,
    unreachable: backOff,
    refused: renew,
    renewed: stay,
    due: stay,
    woken: stay,
  },
  live: {
    ...ALWAYS,
    opened: stay,
    taken: stay,
    caughtUp: stay,
    heard: settle,
    gap: again,
    torn: stay,
    disagreed: anew,
    resync: restart,
    unreachable: backOff,
    refused: renew,
    renewed: stay,
    due: stay,
    woken: stay,
  },
  renewing: {
    ...ALWAYS,
    opened: stay,
    taken: stay,
    caughtUp: stay,
    heard: stay,
    gap: stay,
    torn: stay,
    disagreed: stay,
    resync: stay,
    unreachable: backOff,
    refused: end,
    renewed: again,
    due: stay,
    woken: stay,
  },
  waiting: {
    ...ALWAYS,
    opened: stay,
    taken: stay,
    caughtUp: stay,
    heard: stay,
    gap: stay,
    torn: stay,
    disagreed: stay,
    resync: stay,
    unreachable: stay,
    refused: stay,
    renewed: stay,
    due: goOn,
    woken: hurry,
  },
  ended: over(),
  failed: over(),
  closed: { ...over(), closed: stay },
}

/** Nothing leads out of an end but closing. */
function over(): Record<Event['kind'], Rule> {
  return {
    opened: stay,
    taken: stay,
    caughtUp: stay,
    heard: stay,
    gap: stay,
    torn: stay,
    disagreed: stay,
    resync: stay,
    unreachable: stay,
    refused: stay,
    renewed: stay,
    sessionEnded: stay,
    notUnderstood: stay,
    storeFailed: stay,
    due: stay,
    woken: stay,
    closed: close,
  }
}

/** The pause before an attempt, in milliseconds: doubling to `maxMs`, each with up to half of itself in jitter; none before the zeroth. */
export function pauseBefore(
  attempt: number,
  { firstMs, maxMs, random }: { firstMs: number; maxMs: number; random: () => number },
): number {
  if (attempt === 0) return 0
  const base = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30))
  return base * (0.5 + random() / 2)
}
