import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols } from 'graphql-ws'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Clock } from '../clock.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { Logger } from '../log.ts'
import { jsonDepth, MAX_JSON_DEPTH } from './body.ts'
import { callOf } from './call.ts'
import { flat } from './request-id.ts'
import { CLOSE } from './close-codes.ts'
import { SocketConnection, type SocketOwner } from './connection.ts'
import { Due } from './due.ts'
import { LiveSocket, type SocketOptions } from './live-socket.ts'
import { originAllowed, type OriginPolicy } from './origin.ts'
import type { Connection, Protocol } from './protocol.ts'
import { putAside } from './put-aside.ts'
import { Groups, Tally } from './tally.ts'

export interface SocketLimits {
  /** Largest frame or message of a client, in bytes (T45). */
  readonly maxPayload: number
  /** Largest backlog of a slow reader, in bytes (P2). */
  readonly maxBacklog: number
  /** Sockets of this instance (T44). */
  readonly maxSockets: number
  /** Sockets of one person, and of one address before it is known who they are (T44). */
  readonly maxSocketsPerStaff: number
  readonly maxPendingPerAddress: number
  /** Time between two pings, in milliseconds; a socket that has answered none of the time between is ended (T47). */
  readonly pingMs: number
  /** Time for connection_init (T43), in milliseconds. */
  readonly initMs: number
}

export const SOCKET_LIMITS: SocketLimits = {
  maxPayload: 256 * 1024,
  maxBacklog: 1024 * 1024,
  maxSockets: 50_000,
  maxSocketsPerStaff: 10_000,
  maxPendingPerAddress: 2000,
  pingMs: 12_000,
  initMs: 3000,
}

export interface WebSocketOptions {
  readonly protocol: Protocol
  readonly origins: OriginPolicy
  readonly trustProxy: number
  readonly limits: SocketLimits
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Frames of one message of a client: each keeps all of the bytes alive with which it came (T45). Browsers and the usual
 * libraries send one. The types of ws do not know of it yet.
 */
const FRAGMENTS = { maxFragments: 16 }
/** Sockets that are handled in one turn of the event loop. */
const SLICE = 500
/** Times of sockets are looked at so often at least, in milliseconds: what is due within a second happens within one (P4). */
const SWEEP_MS = 500

/** The web sockets of one HTTP server: who may open one, what it may send, and when it ends. */
export class WebSockets {
  readonly #o: WebSocketOptions
  readonly #sockets = new Set<LiveSocket>()
  /** Sockets by address, as long as it is not known for whom they speak. */
  readonly #strangers = new Tally()
  readonly #perStaff = new Tally()
  readonly #sessions = new Groups<LiveSocket>()
  readonly #ws: WebSocketServer
  readonly #due: Due<LiveSocket>
  readonly #socketOptions: SocketOptions
  readonly #owner: SocketOwner = {
    message: (connection, text, receive) => this.#message(connection, text, receive),
    signIn: (socket, viewer) => this.#signIn(socket, viewer),
  }
  readonly #timer: NodeJS.Timeout
  #isDraining = false
  /** Made once: one made beside other closures would keep the request for as long as the connection lives. */
  readonly #broke = (error: Error) => this.#o.log.debug({ err: error }, 'A connection broke')

  constructor(server: Server, options: WebSocketOptions) {
    this.#o = options
    this.#ws = new WebSocketServer({
      noServer: true,
      // Our own frames must not fall inside one that ws is still compressing (frame.ts); and no compression bombs (T45).
      perMessageDeflate: false,
      clientTracking: false,
      maxPayload: options.limits.maxPayload,
      ...FRAGMENTS,
      handleProtocols,
    })
    server.on('upgrade', (request: IncomingMessage, raw: Duplex, head: Buffer) =>
      this.#upgrade(request, raw, head),
    )
    const { pingMs, initMs } = options.limits
    const stepMs = Math.min(SWEEP_MS, pingMs, initMs)
    this.#due = new Due(stepMs, options.clock.now())
    this.#socketOptions = {
      maxBacklog: options.limits.maxBacklog,
      clock: options.clock,
      isDueSooner: (socket) => this.#schedule(socket),
    }
    this.#timer = setInterval(() => void this.#sweep(), stepMs)
    this.#timer.unref()
  }

  get size(): number {
    return this.#sockets.size
  }

  /** Closes the sockets of a session (P4). */
  endSession(sessionId: string): void {
    for (const socket of this.#sessions.of(sessionId)) socket.close(CLOSE.SESSION_ENDED)
  }

  /** Tells every client to connect elsewhere, and takes no new ones. */
  async drain(): Promise<void> {
    this.#isDraining = true
    clearInterval(this.#timer)
    await inSlices(this.#sockets, (socket) => socket.close(CLOSE.DRAINING))
  }

  /** Ends what is left. */
  close(): void {
    clearInterval(this.#timer)
    for (const socket of this.#sockets) socket.terminate()
    this.#ws.close()
  }

  async #sweep(): Promise<void> {
    const { clock, limits } = this.#o
    const now = clock.now()
    await inSlices(this.#due.take(now), (socket) => {
      if (!this.#sockets.has(socket)) return
      if (socket.scheduledAt < now + SWEEP_MS) socket.scheduledAt = Number.POSITIVE_INFINITY
      socket.sweep(now, limits)
      this.#schedule(socket)
    })
  }

  /** Each socket is looked at when something is due, and not before. */
  #schedule(socket: LiveSocket): void {
    const at = socket.dueAt(this.#o.limits)
    if (at >= socket.scheduledAt) return
    socket.scheduledAt = at
    this.#due.add(socket, at)
  }

  #upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void {
    raw.on('error', this.#broke)
    const path = (request.url ?? '/').split('?')[0]
    if (path !== '/graphql') refuse(raw, '404 Not Found')
    else if (!originAllowed(this.#o.origins, request)) refuse(raw, '401 Unauthorized')
    else if (this.#isDraining || this.#sockets.size >= this.#o.limits.maxSockets) {
      refuse(raw, '503 Service Unavailable', ['Retry-After: 5'])
    } else this.#ws.handleUpgrade(request, raw, head, (ws) => this.#opened(ws, raw, request))
  }

  #opened(ws: WebSocket, raw: Duplex, request: IncomingMessage): void {
    const { protocol, limits, log, trustProxy } = this.#o
    const call = callOf(request, trustProxy)
    const own = { ...call, requestId: flat(call.requestId) }
    const socket = new LiveSocket(ws, raw, own, this.#socketOptions)
    this.#sockets.add(socket)
    this.#schedule(socket)
    const { requestId, address } = socket.call
    log.debug({ requestId, address }, 'Socket opened')
    // ws itself closes with the right code (1009, 1007, …); without a listener the error would end the process.
    ws.on('error', (error) => log.debug({ requestId, err: error }, 'Socket error'))
    // Also a pong that nobody asked for takes its time.
    for (const event of ['ping', 'pong'] as const) ws.on(event, () => this.#counted(socket))
    const connection = new SocketConnection(ws, socket, this.#owner)
    const closed = protocol.opened(connection, connection)
    ws.once('close', (code, reason) => {
      this.#sockets.delete(socket)
      this.#forget(socket)
      socket.endOperations()
      log.debug({ requestId, code }, 'Socket closed')
      closed(code, String(reason)).catch((error: unknown) => this.#failed(socket, error))
    })
    if (this.#strangers.add(address) > limits.maxPendingPerAddress) socket.close(CLOSE.TOO_MANY_SOCKETS)
  }

  /** Looks at a message before anybody looks into it. */
  #message(connection: Connection, text: string, receive: (text: string) => Promise<void>): void {
    const { socket } = connection
    if (!socket.isOpen) return
    if (!this.#counted(socket)) return
    if (jsonDepth(text, MAX_JSON_DEPTH) > MAX_JSON_DEPTH) socket.close(CLOSE.BAD_MESSAGE)
    else receive(putAside(connection, text)).catch((error: unknown) => this.#failed(socket, error))
  }

  /** Counts what the client sent; false when that was too much, and the socket is closed. */
  #counted(socket: LiveSocket): boolean {
    const isWithin = socket.countMessage()
    if (!isWithin) socket.close(CLOSE.TOO_MANY_MESSAGES)
    return isWithin
  }

  #signIn(socket: LiveSocket, viewer: Viewer): boolean {
    // It may have gone while the token was looked at; then it was forgotten already, and nobody would do so again.
    if (!socket.isOpen) return true
    this.#strangers.remove(socket.call.address)
    socket.signIn(viewer)
    this.#sessions.add(viewer.sessionId, socket)
    return this.#perStaff.add(viewer.staffId) <= this.#o.limits.maxSocketsPerStaff
  }

  #forget(socket: LiveSocket): void {
    const { viewer, call } = socket
    if (viewer) {
      this.#sessions.remove(viewer.sessionId, socket)
      this.#perStaff.remove(viewer.staffId)
    } else this.#strangers.remove(call.address)
  }

  #failed(socket: LiveSocket, error: unknown): void {
    this.#o.log.error({ requestId: socket.call.requestId, err: error }, 'A socket failed')
    socket.close(CLOSE.INTERNAL)
  }
}

/** Gives the others their turn between slices. */
async function inSlices(sockets: Iterable<LiveSocket>, action: (socket: LiveSocket) => void): Promise<void> {
  let n = 0
  for (const socket of sockets) {
    action(socket)
    if (++n % SLICE === 0) await new Promise(setImmediate)
  }
}

function refuse(raw: Duplex, status: string, headers: readonly string[] = []): void {
  const lines = [`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Length: 0', ...headers]
  // After an upgrade no time limit of the HTTP server holds any more: a client that never ends its side would stay.
  raw.once('finish', () => raw.destroy())
  raw.end(`${lines.join('\r\n')}\r\n\r\n`)
}
