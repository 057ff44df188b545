import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../../clock.ts'
import { judge, type Judged } from './hint.ts'
import type { Intake } from './intake.ts'
import { isSame } from './signature.ts'

export interface ReceiverOptions {
  readonly intake: Pick<Intake, 'take'>
  /** Of the rule in Easemob's console. */
  readonly secret: string
  /** That the rule's address ends with. */
  readonly pathSecret: string
  readonly clock: Clock
}

/** What became of callbacks since the start, for metrics. */
export type Counts = Readonly<
  Record<'taken' | 'full' | Lowercase<(Judged & { kind: 'refused' })['why']>, number>
>

/** A message has 5 KB, and what stands around it a few more. */
const MOST_BYTES = 65_536

/**
 * Takes the callbacks that Easemob posts after something happened. It answers within 50 ms whatever waits, since Easemob
 * blocks a rule after 90 failures and posts nothing again (T107): nothing is done here but to see who sends, and to keep it.
 */
export class CallbackReceiver {
  readonly #o: ReceiverOptions
  readonly #counts = { taken: 0, full: 0, unreadable: 0, forged: 0, stale: 0 }

  constructor(options: ReceiverOptions) {
    this.#o = options
  }

  get counts(): Counts {
    return { ...this.#counts }
  }

  /** `pathSecret`: what the address that was asked ends with. A wrong one is not found. */
  async handle(pathSecret: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = !isSame(this.#o.pathSecret, pathSecret)
      ? 404
      : request.method === 'POST'
        ? await this.#take(await textOf(request))
        : 405
    // What is left of a body that is too long is not waited for.
    const closing = status === 413 ? { connection: 'close' } : {}
    response.writeHead(status, { 'content-type': 'application/json', ...closing }).end('{}')
  }

  async #take(text: string | null): Promise<number> {
    const { intake, secret, clock } = this.#o
    if (text === null) {
      this.#counts.unreadable++
      return 413
    }
    const judged = judge(text, secret, clock.now())
    if (judged.kind === 'taken') {
      const isTaken = await intake.take(judged.row)
      this.#counts[isTaken ? 'taken' : 'full']++
      return isTaken ? 200 : 503
    }
    switch (judged.why) {
      case 'UNREADABLE':
        this.#counts.unreadable++
        return 400
      case 'FORGED':
        this.#counts.forged++
        return 403
      case 'STALE':
        this.#counts.stale++
        return 403
    }
  }
}

/** Null when it is longer than any callback, or broke off. */
function textOf(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MOST_BYTES) chunks.push(chunk)
      else {
        request.pause()
        resolve(null)
      }
    })
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    request.on('error', () => resolve(null))
  })
}
