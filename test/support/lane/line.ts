import { WebSocket } from 'ws'
import { z } from 'zod'

/** The server could not be reached, or the connection broke. */
export class Unreachable extends Error {
  /** Of the socket, when it was closed. */
  readonly closeCode: number | null

  constructor(message: string, closeCode: number | null = null) {
    super(message)
    this.closeCode = closeCode
  }
}

export interface Answer {
  readonly data: unknown
  /** Codes of the errors. */
  readonly errors: readonly string[]
}

/** What becomes of a text on its way from the server to the device; an empty list loses it, two texts double it. */
export type Tamper = (text: string) => readonly string[]

export interface LineOptions {
  /** `http://127.0.0.1:…` of every instance. */
  readonly urls: readonly string[]
  /** Hears every text that comes: the body of every answer, every frame. */
  readonly onText: (text: string) => void
  readonly tamper?: Tamper
}

const answerSchema = z.object({
  data: z.unknown().optional(),
  errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })).default([]),
})
const messageSchema = z.object({ type: z.string(), payload: z.unknown().optional() })
type Message = z.infer<typeof messageSchema>

const PATIENCE_MS = 20_000

/** The way of one device to the instances, by the public API alone. Which one is asked is told each time. */
export class Line {
  readonly #o: LineOptions
  token = ''

  constructor(options: LineOptions) {
    this.#o = options
  }

  /** Asks the n-th instance (modulo their number). Throws Unreachable. */
  async ask(n: number, query: string, variables: Record<string, unknown>): Promise<Answer> {
    const text = await this.#fetch(n, JSON.stringify({ query, variables })).catch((cause: unknown) => {
      throw new Unreachable(String(cause))
    })
    const [heard] = this.#hear(text)
    if (heard === undefined) throw new Unreachable('the answer was lost')
    const { data, errors } = answerSchema.parse(JSON.parse(heard))
    return { data, errors: errors.map((e) => e.extensions.code) }
  }

  /** Opens a signed-in socket. Throws Unreachable. */
  async open(n: number): Promise<Ear> {
    const ws = new WebSocket(`${this.#url(n).replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', {
      perMessageDeflate: false,
    })
    const ear = new Ear(ws, (text) => this.#hear(text))
    await ear.opened
    ear.send({ type: 'connection_init', payload: { authorization: `Bearer ${this.token}` } })
    const message = await ear.next(PATIENCE_MS)
    if (message?.type !== 'connection_ack') throw new Unreachable('not acknowledged', ear.closeCode)
    return ear
  }

  #url(n: number): string {
    return this.#o.urls[n % this.#o.urls.length] ?? ''
  }

  async #fetch(n: number, body: string): Promise<string> {
    const response = await fetch(`${this.#url(n)}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.token === '' ? {} : { authorization: `Bearer ${this.token}` }),
      },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    return response.text()
  }

  #hear(text: string): readonly string[] {
    const texts = this.#o.tamper?.(text) ?? [text]
    for (const heard of texts) this.#o.onText(heard)
    return texts
  }
}

/** A socket whose messages wait until the device listens. */
export class Ear {
  readonly opened: Promise<void>
  closeCode: number | null = null
  readonly #ws: WebSocket
  readonly #waiting: Message[] = []
  #wake = () => {}

  constructor(ws: WebSocket, hear: (text: string) => readonly string[]) {
    this.#ws = ws
    ws.on('error', () => {})
    ws.on('message', (data: Buffer) => {
      for (const text of hear(data.toString())) this.#waiting.push(messageSchema.parse(JSON.parse(text)))
      this.#wake()
    })
    this.opened = new Promise((resolve, reject) => {
      ws.once('open', resolve)
      ws.once('close', (code) => {
        this.closeCode = code
        this.#wake()
        reject(new Unreachable(`closed with ${code}`, code))
      })
    })
    this.opened.catch(() => {})
  }

  get waiting(): number {
    return this.#waiting.length
  }

  send(message: object): void {
    this.#ws.send(JSON.stringify(message))
  }

  /** Lets the message that came second be heard first. */
  swap(): void {
    this.#waiting.splice(0, 2, ...this.#waiting.slice(0, 2).toReversed())
  }

  /** The next message; null when none comes in time, or none any more. */
  async next(patienceMs = 0): Promise<Message | null> {
    if (this.#waiting.length === 0 && this.closeCode === null && patienceMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patienceMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return this.#waiting.shift() ?? null
  }

  /** As when the train enters a tunnel. */
  tear(): void {
    this.#ws.terminate()
  }
}
