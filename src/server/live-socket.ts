import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Clock } from '../clock.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { Frame } from '../push/subscriber.ts'
import type { Call } from './call.ts'
import { CLOSE, type Close } from './close-codes.ts'

/** Times of a socket that its owner watches over, in milliseconds. */
export interface SocketTimes {
  /** For connection_init (T43). */
  readonly initMs: number
  /** Between two pings; a socket that has answered none of the time between is ended (T47). */
  readonly pingMs: number
}

export interface SocketOptions {
  /** Largest backlog of a slow reader, in bytes (P2). */
  readonly maxBacklog: number
  readonly clock: Clock
  readonly isDueSooner: (socket: LiveSocket) => void
}

/** A close frame that a reader does not take within this time is followed by the end of the connection. */
const CLOSE_GRACE_MS = 5000
/** Messages that a client may send at once, and how many more each second (T45). */
const MESSAGE_BURST = 200
const MESSAGES_PER_SECOND = 50

/** Something that runs on a socket and ends with it at the latest. */
export interface SocketOperation {
  readonly operationId: string
  /** Ends it without a word to the client; ending twice is harmless. */
  return(): unknown
}

const NONE: readonly SocketOperation[] = []

/** One web socket with its viewer, its backlog and its end. It has no timers: its owner sweeps when something is due. */
export class LiveSocket {
  readonly call: Call
  /** For the owner: when it means to look at this socket. */
  scheduledAt = Number.POSITIVE_INFINITY
  readonly #ws: WebSocket
  readonly #raw: Duplex
  readonly #maxBacklog: number
  readonly #clock: Clock
  readonly #isDueSooner: (socket: LiveSocket) => void
  readonly #openedAt: number
  #viewer: Viewer | null = null
  #isIntroduced = false
  #closedAt = 0
  #pingedAt: number
  #isAlive = true
  /** Few, mostly one. */
  #operations = NONE
  #credit = MESSAGE_BURST
  #creditAt: number

  /** `raw` is the connection under `ws`; `isDueSooner` is called when `dueAt` may have moved to an earlier time. */
  constructor(ws: WebSocket, raw: Duplex, call: Call, o: SocketOptions) {
    const { maxBacklog, clock, isDueSooner } = o
    this.#ws = ws
    this.#raw = raw
    this.call = call
    this.#maxBacklog = maxBacklog
    this.#clock = clock
    this.#isDueSooner = isDueSooner
    this.#openedAt = this.#pingedAt = this.#creditAt = clock.now()
  }

  /** Null until the connection was initialised. */
  get viewer(): Viewer | null {
    return this.#viewer
  }

  /** False from the moment it is being closed: whatever the client still sends is not heard. */
  get isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN
  }

  /** connection_init came, whatever it is worth. */
  introduced(): void {
    this.#isIntroduced = true
  }

  /** From now on the socket speaks for the viewer, until the token ends (T48). */
  signIn(viewer: Viewer): void {
    this.#viewer = viewer
    this.#isDueSooner(this)
  }

  /** One of the protocol's own messages, answers of queries among them; a reader whose backlog is over the bound is closed (P2). */
  sendText(text: string): void {
    if (!this.isOpen) return
    if (this.#raw.writableLength > this.#maxBacklog) this.close(CLOSE.TOO_SLOW)
    else this.#ws.send(text)
  }

  /** Writes a shared frame; false when the backlog is over the bound, and then nothing was written (P2). */
  write(frame: Frame): boolean {
    // After a close frame nothing may follow; the socket will be gone in a moment, and its subscriptions with it.
    if (!this.isOpen) return true
    if (this.#raw.writableLength > this.#maxBacklog) return false
    const [whole] = frame
    if (frame.length === 1) this.#raw.write(whole)
    else {
      this.#raw.cork()
      for (const piece of frame) this.#raw.write(piece)
      this.#raw.uncork()
    }
    return true
  }

  /** Counts a message of the client; false when it sends too many. */
  countMessage(): boolean {
    const now = this.#clock.now()
    const earned = ((now - this.#creditAt) / 1000) * MESSAGES_PER_SECOND
    this.#credit = Math.min(MESSAGE_BURST, this.#credit + earned) - 1
    this.#creditAt = now
    this.#isAlive = true
    return this.#credit >= 0
  }

  /** Live operations that run on it. */
  get running(): number {
    return this.#operations.length
  }

  /**
   * The operation runs on this socket until it is removed, and ends another one with its id: the protocol library would
   * know of the newer one only.
   */
  addOperation(operation: SocketOperation): void {
    this.#operations.find(({ operationId }) => operationId === operation.operationId)?.return()
    this.#operations = [...this.#operations, operation]
  }

  /** False when it did not run any more. */
  removeOperation(operation: SocketOperation): boolean {
    const before = this.#operations
    this.#operations = before.filter((one) => one !== operation)
    return this.#operations.length < before.length
  }

  endOperations(): void {
    for (const operation of this.#operations) operation.return()
  }

  /** Does what is due: the end of whoever never said hello (T43), of the token (T48), of silence (T47) and of grace. */
  sweep(now: number, { initMs, pingMs }: SocketTimes): void {
    if (this.#closedAt > 0) {
      if (now - this.#closedAt >= CLOSE_GRACE_MS) this.terminate()
    } else if (!this.#isIntroduced && now - this.#openedAt >= initMs) this.close(CLOSE.NO_INIT)
    else if (this.#viewer && this.#viewer.expiresAt <= now) this.close(CLOSE.TOKEN_EXPIRED)
    else if (now - this.#pingedAt >= pingMs) this.#ping(now)
  }

  /** When there may be something to do next. */
  dueAt({ initMs, pingMs }: SocketTimes): number {
    if (this.#closedAt > 0) return this.#closedAt + CLOSE_GRACE_MS
    const hello = this.#isIntroduced ? Number.POSITIVE_INFINITY : this.#openedAt + initMs
    return Math.min(hello, this.#viewer?.expiresAt ?? Number.POSITIVE_INFINITY, this.#pingedAt + pingMs)
  }

  close({ code, reason }: Close): void {
    this.#ws.close(code, reason)
    if (this.#closedAt > 0) return
    this.#closedAt = this.#clock.now()
    this.#isDueSooner(this)
  }

  terminate(): void {
    this.#ws.terminate()
  }

  /** Pings, or ends a connection that has been silent since the last ping. */
  #ping(now: number): void {
    if (!this.#isAlive) {
      this.terminate()
      return
    }
    this.#isAlive = false
    this.#pingedAt = now
    if (this.isOpen) this.#ws.ping()
  }
}
