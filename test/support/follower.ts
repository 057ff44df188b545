import type { Hub } from '../../src/sync/hub.ts'
import { Channel, type Subscriber } from '../../src/sync/subscriber.ts'

/** Answers travel as they are, without GraphQL. */
const AS_THEY_ARE = new Channel((root) => Promise.resolve(root))

/** One subscription whose messages wait until they are taken: the pure lane's socket. */
export class Follower implements Subscriber {
  readonly staffId: string
  readonly since: string
  readonly compact: boolean
  readonly channel = AS_THEY_ARE
  /** JSON texts in the order in which they came. */
  readonly inbox: string[] = []
  /** The hub has ended the operation. */
  isOver = false
  #leave = () => {}

  constructor(staffId: string, since: string, compact: boolean) {
    this.staffId = staffId
    this.since = since
    this.compact = compact
  }

  /** Resolves when the first answer is on its way. */
  async join(hub: Hub): Promise<this> {
    const { joined, leave } = hub.join(this)
    this.#leave = leave
    await joined
    return this
  }

  leave(): void {
    this.#leave()
  }

  send(payload: Buffer): boolean {
    this.inbox.push(payload.toString())
    return true
  }

  complete(): void {
    this.isOver = true
  }

  close(): void {
    this.isOver = true
  }
}

/**
 * Brings everything that the hub has to tell on its way: whoever joins starts where the others are (S3), so the others
 * are told first, and what is told goes out in order (P5).
 */
export async function flush(hub: Hub): Promise<void> {
  const probe = await new Follower('nobody', 'nothing', false).join(hub)
  while (probe.inbox.length === 0) await new Promise(setImmediate)
  probe.leave()
}
