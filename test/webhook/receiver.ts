import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { Delta, Resync } from '../../web/sdk/contract.ts'

/** What a receiver was sent. */
export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: {
    readonly type: string
    readonly timestamp: string
    readonly webhookId: string
    readonly version: string
    readonly data: (({ __typename: 'Delta' } & Delta) | ({ __typename: 'Resync' } & Resync)) | null
  }
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export const OK: Answer = (_, response) => void response.writeHead(204).end()
export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end()
/** Takes the message and does not answer. */
export const SILENCE: Answer = () => {}

/** A web server of an integrator, on the loopback. */
export class Receiver {
  readonly url: string
  readonly all: Received[] = []
  /** Connections that were made to it, whatever became of them. */
  connections = 0
  answer: Answer = OK
  readonly #close: () => Promise<void>

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url
    this.#close = close
  }

  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        receiver.all.push({ headers: request.headers, text, body: JSON.parse(text) })
        receiver.answer(request, response)
      })
    })
    server.on('connection', () => receiver.connections++)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const receiver: Receiver = new Receiver(`http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return receiver
  }

  /** The changes of all that was told, in order. */
  get changes() {
    return this.all.flatMap(({ body }) => (body.data?.__typename === 'Delta' ? body.data.changes : []))
  }

  close(): Promise<void> {
    return this.#close()
  }
}
