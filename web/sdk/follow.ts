import { createClient, type Client } from 'graphql-ws'
import { ChangesDocument, type ChangesSubscription } from '../generated/graphql.ts'
import { errorOf, textOf } from './transport.ts'
import type { DirectoryError } from './errors.ts'
import { PROTOCOL } from './protocol.ts'
import type { ClientTimes } from './times.ts'

export interface FollowOptions {
  /** Of GraphQL over HTTP. */
  readonly endpoint: string
  readonly accessToken: string
  /** The version of the copy: a fresh one each time (D7). */
  readonly since: string
  readonly times: ClientTimes
  readonly WebSocket: unknown
  /** Ends it without a word. */
  readonly signal: AbortSignal
  readonly onChanges: (changes: ChangesSubscription['changes']) => void
}

/** Why a subscription is over. */
export type Over =
  /** The connection: its close code; 1006 when it was just gone. */
  | { readonly kind: 'closed'; readonly code: number }
  | { readonly kind: 'refused'; readonly error: DirectoryError }
  | { readonly kind: 'completed' }

/** Follows changes over one web socket until it is over; it does not come back by itself. */
export function follow(o: FollowOptions): Promise<Over> {
  return new Promise((resolve) => {
    const line = new Line(o, resolve)
    o.signal.addEventListener('abort', () => line.end(), { once: true })
    if (o.signal.aborted) line.end()
  })
}

class Line {
  readonly #o: FollowOptions
  readonly #resolve: (over: Over) => void
  readonly #client: Client
  readonly #unsubscribe: () => void
  #silence: Timer | null = null
  #pong: Timer | null = null
  #isConnected = false
  #isOver = false

  constructor(o: FollowOptions, resolve: (over: Over) => void) {
    this.#o = o
    this.#resolve = resolve
    this.#client = createClient({
      url: o.endpoint.replace(/^http/, 'ws'),
      webSocketImpl: o.WebSocket,
      connectionParams: { authorization: `Bearer ${o.accessToken}`, protocol: PROTOCOL },
      // Whoever follows decides when to come back, and with which version.
      retryAttempts: 0,
      // The only operation of its connection: a short name in every message.
      generateID: () => '1',
      connectionAckWaitTimeout: o.times.ackMs,
      keepAlive: o.times.pingMs,
      on: {
        connected: () => void (this.#isConnected = true),
        ping: (wasReceived) => wasReceived || this.#pinged(),
        pong: (wasReceived) => wasReceived && this.#ponged(),
      },
    })
    this.#hear()
    this.#unsubscribe = this.#client.subscribe<ChangesSubscription>(
      { query: textOf(ChangesDocument), variables: { since: o.since, compact: true } },
      {
        next: ({ data, errors }) => {
          this.#hear()
          if (this.#isOver) return
          if (data) o.onChanges(data.changes)
          else this.#finish({ kind: 'refused', error: errorOf(errors?.[0]) })
        },
        error: (reason) => this.#finish(overBy(reason)),
        complete: () => this.#finish({ kind: 'completed' }),
      },
    )
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#silence ?? undefined)
    clearTimeout(this.#pong ?? undefined)
    this.#unsubscribe()
    // The last subscription takes its connection along, but not one that is still being made.
    if (!this.#isConnected) this.#client.terminate()
  }

  #finish(over: Over): void {
    if (this.#isOver) return
    this.end()
    this.#resolve(over)
  }

  #hear(): void {
    clearTimeout(this.#silence ?? undefined)
    if (!this.#isOver) this.#silence = setTimeout(() => this.#client.terminate(), this.#o.times.silenceMs)
  }

  #pinged(): void {
    clearTimeout(this.#pong ?? undefined)
    if (!this.#isOver) this.#pong = setTimeout(() => this.#client.terminate(), this.#o.times.pongMs)
  }

  #ponged(): void {
    clearTimeout(this.#pong ?? undefined)
  }
}

type Timer = ReturnType<typeof setTimeout>

/** What graphql-ws gives as the end: a close event, the errors of the operation, or what was thrown. */
function overBy(reason: unknown): Over {
  if (Array.isArray(reason)) return { kind: 'refused', error: errorOf(reason[0]) }
  if (typeof reason === 'object' && reason !== null && 'code' in reason && typeof reason.code === 'number')
    return { kind: 'closed', code: reason.code }
  return { kind: 'closed', code: 1006 }
}
