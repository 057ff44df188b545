import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Clock } from '../clock.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { Call } from './call.ts'
import { CLOSE, type Close } from './close-codes.ts'
import { writeNext } from './frame.ts'

/** A close frame that a reader does not take within this time is followed by the end of the connection. */
const CLOSE_GRACE_MS = 5000
/** Messages that a client may send at once, and how many more each second (T45). */
const MESSAGE_BURST = 200
const MESSAGES_PER_SECOND = 50

/** One web socket with its viewer, its backlog and its end. */
export class LiveSocket {
  readonly call: Call
  readonly #ws: WebSocket
  readonly #raw: Duplex
  readonly #maxBacklog: number
  readonly #clock: Clock
  #viewer: Viewer | null = null
  #expiry: NodeJS.Timeout | null = null
  #grace: NodeJS.Timeout | null = null
  #isAlive = true
  #credit = MESSAGE_BURST
  #creditAt: number

  /** `raw` is the connection under `ws`; `maxBacklog` in bytes (P2). */
  constructor(ws: WebSocket, raw: Duplex, call: Call, maxBacklog: number, clock: Clock) {
    this.#ws = ws
    this.#raw = raw
    this.call = call
    this.#maxBacklog = maxBacklog
    this.#clock = clock
    this.#creditAt = clock.now()
  }

  /** Null until the connection was initialised. */
  get viewer(): Viewer | null {
    return this.#viewer
  }

  /** False from the moment it is being closed: whatever the client still sends is not heard. */
  get isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN
  }

  /** From now on the socket speaks for the viewer, until the token ends (T48). */
  signIn(viewer: Viewer): void {
    this.#viewer = viewer
    const left = Math.max(0, viewer.expiresAt - this.#clock.now())
    this.#expiry = setTimeout(() => this.close(CLOSE.TOKEN_EXPIRED), left)
    this.#expiry.unref()
  }

  /** One of the protocol's own messages, answers of queries among them; a reader whose backlog is over the bound is closed (P2). */
  sendText(text: string): void {
    if (!this.isOpen) return
    if (this.#raw.writableLength > this.#maxBacklog) this.close(CLOSE.TOO_SLOW)
    else this.#ws.send(text)
  }

  /** Writes a shared payload; false when the backlog is over the bound, and then nothing was written (P2). */
  sendNext(head: Buffer, payload: Buffer): boolean {
    // After a close frame nothing may follow; the socket will be gone in a moment, and its subscriptions with it.
    if (!this.isOpen) return true
    if (this.#raw.writableLength > this.#maxBacklog) return false
    writeNext(this.#raw, head, payload)
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

  heard(): void {
    this.#isAlive = true
  }

  /** Pings, or ends a connection that has been silent since the last ping (T47). */
  sweep(): void {
    if (!this.#isAlive) {
      this.#ws.terminate()
      return
    }
    this.#isAlive = false
    if (this.isOpen) this.#ws.ping()
  }

  close({ code, reason }: Close): void {
    this.#ws.close(code, reason)
    this.#grace ??= setTimeout(() => this.#ws.terminate(), CLOSE_GRACE_MS)
    this.#grace.unref()
  }

  terminate(): void {
    this.#ws.terminate()
  }

  /** Called once the connection is gone. */
  closed(): void {
    if (this.#expiry) clearTimeout(this.#expiry)
    if (this.#grace) clearTimeout(this.#grace)
  }
}
