import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** One question over HTTP/1.1, as the bytes that go over the wire. */
export function requestBytes(
  port: number,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

/** An answer with its status line and headers, taken apart. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Bytes of all of it. */
  readonly size: number
}

/** One keep-alive connection, for one question after the other. */
export class Line {
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  static async open(port: number): Promise<Line> {
    return new Line(await open(port))
  }

  async ask(request: Buffer): Promise<Answer> {
    const chunks: Buffer[] = []
    this.#socket.write(request)
    for (;;) {
      const [chunk]: Buffer[] = await once(this.#socket, 'data')
      if (chunk) chunks.push(chunk)
      const answer = read(chunks)
      if (answer) return answer
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Asks once, over a connection of its own. */
export async function askOnce(port: number, request: Buffer): Promise<Answer> {
  const line = await Line.open(port)
  const answer = await line.ask(request)
  line.close()
  return answer
}

/** Keep-alive connections that send the same request again as soon as it is answered, and look at nothing but its size. */
export class Load {
  readonly #sockets: Socket[]

  private constructor(sockets: Socket[]) {
    this.#sockets = sockets
  }

  static async open(port: number, connections: number): Promise<Load> {
    return new Load(await Promise.all(Array.from({ length: connections }, () => open(port))))
  }

  /**
   * Sends `count` requests in all; every answer must have `size` bytes. It never sleeps: to wake somebody up costs the
   * server more than to answer, and the slower of two servers would pay for that more often.
   */
  async run(request: Buffer, count: number, size: number): Promise<void> {
    let left = count
    let isOver = false
    const next = () => left-- > 0
    const spin = () => {
      if (!isOver) setImmediate(spin)
    }
    spin()
    await Promise.all(this.#sockets.map((socket) => drive(socket, request, size, next)))
    isOver = true
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

function drive(socket: Socket, request: Buffer, size: number, next: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = 0
    const done = (error?: Error) => {
      socket.off('data', onData).off('close', onClose)
      if (error) reject(error)
      else resolve()
    }
    const onClose = () => done(new Error('the server closed a connection'))
    const onData = (chunk: Buffer) => {
      received += chunk.length
      if (received < size) return
      if (received > size) return done(new Error(`an answer has ${received} bytes instead of ${size}`))
      received = 0
      if (next()) socket.write(request)
      else done()
    }
    socket.on('data', onData).once('close', onClose)
    if (next()) socket.write(request)
    else done()
  })
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

function read(chunks: readonly Buffer[]): Answer | null {
  const start = chunks[0] ?? Buffer.alloc(0)
  const end = start.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [line = '', ...lines] = start.subarray(0, end).toString('latin1').split('\r\n')
  const headers = Object.fromEntries(
    lines.map((text) => {
      const colon = text.indexOf(':')
      return [text.slice(0, colon).toLowerCase(), text.slice(colon + 1).trim()]
    }),
  )
  const length = Number(headers['content-length'])
  if (!Number.isInteger(length)) throw new Error(`an answer without content-length: ${line}`)
  const size = end + 4 + length
  if (chunks.reduce((sum, chunk) => sum + chunk.length, 0) < size) return null
  const body = Buffer.concat(chunks).subarray(end + 4, size)
  return { status: Number(line.split(' ')[1]), headers, body, size }
}
