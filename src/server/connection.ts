import type { SubscribePayload } from 'graphql-ws'
import type { RawData, WebSocket } from 'ws'
import type { Viewer } from '../identity/viewer.ts'
import { CLOSE } from './close-codes.ts'
import type { LiveSocket } from './live-socket.ts'
import type { Connection } from './protocol.ts'

/** Whoever owns the sockets. */
export interface SocketOwner {
  message(connection: Connection, text: string, receive: (text: string) => Promise<void>): void
  signIn(socket: LiveSocket, viewer: Viewer): boolean
}

/** A socket as the protocol library and our hooks see it: one object, since there are many of them and most are silent. */
export class SocketConnection implements Connection {
  readonly socket: LiveSocket
  asked: SubscribePayload | null = null
  readonly #ws: WebSocket
  readonly #owner: SocketOwner

  constructor(ws: WebSocket, socket: LiveSocket, owner: SocketOwner) {
    this.#ws = ws
    this.socket = socket
    this.#owner = owner
  }

  get protocol(): string {
    return this.#ws.protocol
  }

  send(text: string): void {
    this.socket.sendText(text)
  }

  close(code: number = CLOSE.INTERNAL.code, reason = ''): void {
    this.socket.close({ code, reason })
  }

  onMessage(receive: (text: string) => Promise<void>): void {
    this.#ws.on('message', (data) => this.#owner.message(this, textOf(data), receive))
  }

  signIn(viewer: Viewer): boolean {
    return this.#owner.signIn(this.socket, viewer)
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString()
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString()
}
