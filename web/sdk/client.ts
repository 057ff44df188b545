import { Engine, type Status } from './engine.ts'
import type { Rows } from './copy.ts'
import { DirectoryError } from './errors.ts'
import type { News } from './keeper.ts'
import type { Listeners } from './listeners.ts'
import type { Outline } from './outline.ts'
import { memoryStore, type CopyStore } from './store.ts'
import { TIMES, type ClientTimes } from './times.ts'
import { createTransport, type Request, type TransportOptions } from './transport.ts'

export interface DirectoryClientOptions extends TransportOptions {
  /** Where the copy is kept; for as long as the process lives when absent. One client a store, one account a store. */
  readonly store?: CopyStore
  /**
   * Whose copy it is, for example the login: another one's is deleted instead of opened. Without it the first token tells,
   * which may come after the copy was opened.
   */
  readonly account?: string
  /** For tokens that do not say it themselves: how long a copy may be opened without the server (K2); 7 days when absent. */
  readonly copyLeaseSeconds?: number
  /** The web socket to use; the one that is there when absent. */
  readonly WebSocket?: unknown
  readonly times?: Partial<ClientTimes>
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** From 0 to 1, for jitter. */
  readonly random?: () => number
}

const LEASE_SECONDS = 7 * 24 * 3600

/** A live copy of what somebody may see, and the API behind it. */
export interface DirectoryClient {
  /** What may be shown now, as it was at one version; null: nothing. Changed in place, in one go, before `onNews` is told. */
  readonly rows: Rows | null
  /**
   * Of a stored copy of which the people are still being read: departments and counts, as the copy has them. Null at any other
   * time. `createQueries` asks it.
   */
  readonly outline: Outline | null
  /** The version of the copy; null without one. */
  readonly cursor: string | null
  readonly status: Status
  /** Asks the API; see `Request`. */
  readonly request: Request
  /** Tells of every change of `rows`, until the function that it answers is called. */
  onNews(listener: (news: News) => void): () => void
  /** There is an outline, or people of it have come who were asked for. */
  onOutline(listener: () => void): () => void
  onStatus(listener: (status: Status) => void): () => void
  /** Resolves with the rows once changes come as they happen. Rejects with DirectoryError when that cannot be. */
  ready(): Promise<Rows>
  /**
   * Resolves once the copy contains the version that a mutation has answered (K3); false for null, which is not in the log
   * yet. Rejects with DirectoryError when the server cannot be asked.
   */
  waitFor(version: string | null): Promise<boolean>
  /** The network may be back: a pause between attempts is cut short. */
  wake(): void
  /** The network is gone, as the device knows: nobody waits for an answer of it. */
  lose(): void
  /** Ends everything that runs, and lets go of the store. The copy stays in it. */
  close(): Promise<void>
}

/**
 * Keeps a copy true: loads what the store has, catches up, follows, and begins anew when the server says so, until it is
 * closed. It begins at once.
 */
export function createDirectoryClient(o: DirectoryClientOptions): DirectoryClient {
  const { request, tokens, endpoint } = createTransport(o)
  const engine = new Engine({
    request,
    tokens,
    endpoint,
    store: o.store ?? memoryStore(),
    account: o.account ?? null,
    leaseSeconds: o.copyLeaseSeconds ?? LEASE_SECONDS,
    WebSocket: o.WebSocket ?? null,
    times: { ...TIMES, ...o.times },
    now: o.now ?? Date.now,
    random: o.random ?? Math.random,
  })
  engine.start()
  return clientOf(engine, request)
}

/** What keeps a copy, or follows one that another tab keeps. */
export interface Running extends Pick<
  DirectoryClient,
  'rows' | 'outline' | 'cursor' | 'status' | 'wake' | 'lose' | 'close'
> {
  readonly news: Listeners<News>
  readonly statuses: Listeners<Status>
  readonly outlines: Listeners<null>
  waitFor(version: string): Promise<boolean>
}

/** The face that all of them show. */
export function clientOf(running: Running, request: Request): DirectoryClient {
  return {
    get rows() {
      return running.rows
    },
    get outline() {
      return running.outline
    },
    get cursor() {
      return running.cursor
    },
    get status() {
      return running.status
    },
    request,
    onNews: (listener) => running.news.add(listener),
    onOutline: (listener) => running.outlines.add(listener),
    onStatus: (listener) => running.statuses.add(listener),
    ready: () => ready(running),
    waitFor: (version) => (version === null ? Promise.resolve(false) : running.waitFor(version)),
    wake: () => running.wake(),
    lose: () => running.lose(),
    close: () => running.close(),
  }
}

/** Resolves with the rows once they are live; rejects when that cannot be any more. */
function ready(running: Running): Promise<Rows> {
  return new Promise((resolve, reject) => {
    const look = ({ kind, error }: Status): boolean => {
      const { rows } = running
      if (kind === 'live' && rows) resolve(rows)
      else if (kind === 'ended' || kind === 'failed' || kind === 'closed')
        reject(error ?? new DirectoryError('CLOSED', 'The client is closed.'))
      else return false
      return true
    }
    if (look(running.status)) return
    const stop = running.statuses.add((status) => {
      if (look(status)) stop()
    })
  })
}
