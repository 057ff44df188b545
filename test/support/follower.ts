import type { SignedIn } from '../../src/model/signed-in.ts'
import type { Hub } from '../../src/push/hub.ts'
import type { Channel, Frame, Subscriber } from '../../src/push/subscriber.ts'

/** Answers travel as they are, without GraphQL. */
const asTheyAre = (compact: boolean): Channel => ({
  compact,
  encode: (root) => Buffer.from(JSON.stringify(root)),
})

const CHANNELS = [asTheyAre(false), asTheyAre(true)] as const

/** One subscription whose messages wait until they are taken: the pure lane's socket. */
export class Follower implements Subscriber {
  readonly staffId: string
  readonly sessionId: string
  readonly since: string
  readonly operationId = 'live'
  readonly channel: Channel
  /** JSON texts in the order in which they came. */
  readonly inbox: string[] = []
  /** The hub has ended the operation. */
  isOver = false
  #hub: Hub | null = null
  #told = () => {}

  constructor({ staffId, sessionId }: SignedIn, since: string, compact: boolean) {
    this.staffId = staffId
    this.sessionId = sessionId
    this.since = since
    this.channel = CHANNELS[compact ? 1 : 0]
  }

  /** Resolves when the first answer has come. */
  async join(hub: Hub): Promise<this> {
    this.#hub = hub
    const first = new Promise<void>((resolve) => (this.#told = resolve))
    hub.join(this, this.since)
    await first
    return this
  }

  leave(): void {
    this.#hub?.leave(this)
  }

  frame(payload: Buffer): Frame {
    return [payload]
  }

  write([payload]: Frame): boolean {
    this.inbox.push(String(payload))
    this.#told()
    return true
  }

  complete(): void {
    this.#end()
  }

  fail(): void {
    this.#end()
  }

  close(): void {
    this.#end()
  }

  #end(): void {
    this.isOver = true
    this.#told()
  }
}

/** Resolves when the hub has told everything it knows (P5). */
export async function flush(hub: Hub): Promise<void> {
  do await new Promise(setImmediate)
  while (!hub.isIdle)
}
