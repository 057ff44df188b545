import type { Socket } from 'node:net'
import { WebSocket, type RawData } from 'ws'

export interface Closed {
  readonly code: number
  readonly reason: string
}

/** A message of graphql-transport-ws as it came. */
export interface Message {
  readonly type: string
  readonly id?: string
  readonly payload?: unknown
}

const PATIENCE_MS = 10_000

/** A bare client of graphql-transport-ws: every message that comes waits in a queue until the test asks for it. */
export class Wire {
  readonly ws: WebSocket
  /** Settles when the socket has closed. */
  readonly closed: Promise<Closed>
  readonly #queue: Message[] = []
  #waiting: ((message: Message) => void) | null = null

  private constructor(ws: WebSocket) {
    this.ws = ws
    ws.on('message', (data) => this.#push(parse(data)))
    this.closed = new Promise((resolve) => {
      ws.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
    })
    ws.on('error', () => {})
  }

  /** Opens a socket; rejects with the HTTP status when the upgrade is refused. */
  static open(
    url: string,
    {
      protocol = 'graphql-transport-ws',
      headers = {},
    }: { protocol?: string; headers?: Record<string, string> } = {},
  ): Promise<Wire> {
    const ws = new WebSocket(url.replace(/^http/, 'ws'), protocol, { headers, perMessageDeflate: false })
    const wire = new Wire(ws)
    return new Promise((resolve, reject) => {
      ws.once('open', () => resolve(wire))
      ws.once('error', reject)
    })
  }

  /** Opens a socket and signs in. */
  static async connect(url: string, accessToken: string): Promise<Wire> {
    const wire = await Wire.open(url)
    wire.send({ type: 'connection_init', payload: { authorization: `Bearer ${accessToken}` } })
    const answer = await Promise.race([wire.next(), wire.closed])
    if ('code' in answer) throw new Error(`closed ${answer.code} ${answer.reason}`)
    if (answer.type !== 'connection_ack') throw new Error(`Expected connection_ack, got ${answer.type}`)
    return wire
  }

  send(message: unknown): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  subscribe(id: string, query: string, variables: Record<string, unknown> = {}): void {
    this.send({ id, type: 'subscribe', payload: { query, variables } })
  }

  /** What is sent meanwhile arrives at once, in one piece. */
  inOneGo(send: () => void): void {
    const { _socket: raw } = this.ws as unknown as { _socket: Socket }
    raw.cork()
    send()
    raw.uncork()
  }

  /** The next message, whatever it is. */
  next(): Promise<Message> {
    const message = this.#queue.shift()
    if (message) return Promise.resolve(message)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('No message came')), PATIENCE_MS)
      this.#waiting = (m) => {
        clearTimeout(timer)
        resolve(m)
      }
    })
  }

  /** Messages that came and were not asked for. */
  get waiting(): readonly Message[] {
    return this.#queue
  }

  close(): Promise<Closed> {
    this.ws.close(1000)
    return this.closed
  }

  #push(message: Message): void {
    const waiting = this.#waiting
    this.#waiting = null
    if (waiting) waiting(message)
    else this.#queue.push(message)
  }
}

function parse(data: RawData): Message {
  if (!Buffer.isBuffer(data)) throw new Error('ws gives one Buffer a message')
  const value: Message = JSON.parse(data.toString())
  return value
}
