import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { z } from 'zod'
import { pause } from '../../src/clock.ts'
import { serveParent } from './child.ts'

/** Many clients in a process of their own, as cheap as can be: bare connections that upgrade, subscribe and count frames. */
const task = z.object({ port: z.number() })
const question = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('connect'),
    count: z.number(),
    /** Taken in turn; none: bare sockets that say nothing. */
    accounts: z.array(z.object({ token: z.string(), cursor: z.string() })),
    query: z.string(),
    /** The same id for everybody, or one for each. */
    isShared: z.boolean(),
    /** So many are on their way at a time. */
    atOnce: z.number().default(100),
  }),
  z.object({ do: z.literal('leave'), count: z.number() }),
  /** Answers when every client has got one more message than when it was asked the last time. */
  z.object({ do: z.literal('await') }),
])
type Account = { readonly token: string; readonly cursor: string }

/** They come from so many addresses, as those of a company do. */
const ADDRESSES = 50
const KEY = 'AAAAAAAAAAAAAAAAAAAAAA=='
const ORIGIN = 'https://people.example.com'

class Client {
  readonly socket: Socket
  readonly #account: Account | null
  readonly #subscribe: string
  #state: 'upgrade' | 'ack' | 'first' | 'ready' = 'upgrade'
  #rest: Buffer | null = null
  #settled: (isReady: boolean) => void = () => {}
  #lastWords = 'without a word'

  constructor(port: number, n: number, account: Account | null, query: string, id: string) {
    this.#account = account
    const payload = { query, variables: { since: account?.cursor } }
    this.#subscribe = JSON.stringify({ id, type: 'subscribe', payload })
    const localAddress = `127.0.0.${1 + (n % ADDRESSES)}`
    this.socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true })
    this.socket.write(
      `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: ${ORIGIN}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n` +
        'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\r\n',
    )
    this.socket.on('data', (chunk) => this.#read(chunk))
    this.socket.on('error', (error) => (this.#lastWords = error.message))
    this.socket.on('close', () => {
      if (this.#state === 'upgrade') this.#settled(false)
      else if (!isLeaving) throw new Error(`a client was cut (${this.#state}): ${this.#lastWords}`)
    })
  }

  /** False when the connection was reset before it was taken, as in a herd: to be tried again. */
  ready(): Promise<boolean> {
    return new Promise((resolve) => (this.#settled = resolve))
  }

  #read(chunk: Buffer): void {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    this.#rest = null
    if (this.#state === 'upgrade') {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) this.#rest = bytes
      if (end < 0) return
      if (!bytes.toString('latin1', 0, 15).includes(' 101 ')) throw new Error(bytes.toString('latin1', 0, 40))
      bytes = bytes.subarray(end + 4)
      this.#upgraded()
    }
    let at = 0
    while (bytes.length - at >= 2) {
      const short = bytes[at + 1]! & 127
      const header = short < 126 ? 2 : short === 126 ? 4 : 10
      if (bytes.length - at < header) break
      const length =
        short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6)
      if (bytes.length - at < header + length) break
      this.#frame(bytes[at]! & 15, bytes, at + header, length)
      at += header + length
    }
    if (at < bytes.length) this.#rest = bytes.subarray(at)
  }

  #upgraded(): void {
    this.#state = 'ack'
    if (this.#account) {
      const payload = { authorization: `Bearer ${this.#account.token}` }
      this.#send(1, JSON.stringify({ type: 'connection_init', payload }))
    } else {
      this.#state = 'ready'
      this.#settled(true)
    }
  }

  #frame(opcode: number, bytes: Buffer, start: number, length: number): void {
    if (opcode === 8) this.#lastWords = bytes.toString('utf8', start + 2, start + length)
    else if (opcode === 9) this.#send(10, '')
    else if (this.#state === 'ready') counted(length)
    else if (this.#state === 'ack') {
      this.#state = 'first'
      this.#send(1, this.#subscribe)
    } else {
      const text = bytes.toString('utf8', start, start + length)
      if (!text.includes('"from"')) throw new Error(text.slice(0, 500))
      this.#state = 'ready'
      this.#settled(true)
    }
  }

  /** Masked with zeros. */
  #send(opcode: number, text: string): void {
    const payload = Buffer.from(text)
    const isShort = payload.length < 126
    const header = Buffer.alloc(isShort ? 6 : 8)
    header[0] = 0x80 | opcode
    header[1] = 0x80 | (isShort ? payload.length : 126)
    if (!isShort) header.writeUInt16BE(payload.length, 2)
    this.socket.write(Buffer.concat([header, payload]))
  }
}

const clients: Client[] = []
let isLeaving = false
let missing = 0
let reached: (() => void) | null = null
let lastAt = 0
let lastBytes = 0

function counted(length: number): void {
  lastBytes = length
  if (--missing === 0) {
    lastAt = performance.timeOrigin + performance.now()
    reached?.()
  }
}

const parent = serveParent(task)
parent.answer(async (message) => {
  const asked = question.parse(message)
  switch (asked.do) {
    case 'connect': {
      const { accounts, count, query, isShared, atOnce } = asked
      let next = clients.length
      const end = next + count
      const open = async () => {
        while (next < end) {
          const n = next++
          const account = accounts[n % accounts.length] ?? null
          const begin = () =>
            new Client(parent.task.port, n, account, query, isShared ? 'live' : `client-${n}`)
          let client = begin()
          while (!(await client.ready())) {
            await pause(100 + Math.random() * 900)
            client = begin()
          }
          clients.push(client)
        }
      }
      await Promise.all(Array.from({ length: atOnce }, open))
      missing = clients.length
      return { clients: clients.length }
    }
    case 'leave':
      isLeaving = true
      await Promise.all(
        clients.splice(clients.length - asked.count).map(({ socket }) => {
          const closed = once(socket, 'close')
          socket.resetAndDestroy()
          return closed
        }),
      )
      isLeaving = false
      missing = clients.length
      return { clients: clients.length }
    case 'await': {
      if (missing > 0) await new Promise<void>((resolve) => (reached = resolve))
      reached = null
      missing += clients.length
      return { lastAt, bytes: lastBytes }
    }
  }
})
