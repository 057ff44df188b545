import { onTestFinished } from 'vitest'
import { createLogger } from '../../src/log.ts'
import { Hub } from '../../src/push/hub.ts'
import type { ChangesResult, Delta } from '../../src/sync/results.ts'
import type { Pace } from '../../src/sync/slices.ts'
import type { Channel, Frame, Subscriber } from '../../src/push/subscriber.ts'
import { Sync } from '../../src/sync/sync.ts'
import { copyOf } from './apply.ts'
import { newCompany } from './histories.ts'
import { MemoryHistory } from './memory-history.ts'

const SECRET = 'a secret of the tests, long enough'
const log = createLogger('silent')

/** A company in memory with a hub over it, which is closed with the test. */
export function startHub(options: { heartbeatMs?: number; mergeDelayMs?: number; pace?: Pace } = {}) {
  const company = newCompany()
  const history = new MemoryHistory()
  history.append(...company.versions)
  const { pace, ...times } = options
  const sync = new Sync({ replica: history, secret: SECRET, ...(pace ? { pace } : {}) })
  const hub = new Hub({ sync, replica: history, mergeDelayMs: 0, heartbeatMs: 60_000, log, ...times })
  onTestFinished(() => hub.close())
  const commit = () => {
    const version = company.commit()
    if (version) history.append(version)
  }
  return { company, history, sync, hub, commit }
}

/** Channels of the tests: results as they are. */
export function channel(compact = false): Channel {
  return { compact, encode: (root) => Buffer.from(JSON.stringify(root)) }
}

const AS_IT_IS = channel()

/** A subscription as a queue: `next` waits for what comes. */
export class Follower implements Subscriber {
  readonly staffId: string
  readonly sessionId: string
  readonly since: string
  readonly operationId: string
  readonly channel: Channel
  readonly closed: [number, string][] = []
  completed = false
  failed: unknown = null
  isFull = false
  readonly #results: ChangesResult[] = []
  #wake: (() => void) | null = null

  constructor(staffId: string, since: string, operation: Channel = AS_IT_IS, operationId = 'live') {
    this.staffId = staffId
    this.sessionId = `session of ${staffId}`
    this.since = since
    this.channel = operation
    this.operationId = operationId
  }

  frame(payload: Buffer): Frame {
    return [payload]
  }

  write([payload]: Frame) {
    if (this.isFull) return false
    const result: ChangesResult = JSON.parse(String(payload))
    this.#results.push(result)
    this.#wake?.()
    return true
  }

  complete() {
    this.completed = true
    this.#wake?.()
  }

  fail(error: unknown) {
    this.failed = error
    this.#wake?.()
  }

  close(code: number, reason: string) {
    this.closed.push([code, reason])
    this.#wake?.()
  }

  get waiting(): number {
    return this.#results.length
  }

  async next(): Promise<ChangesResult> {
    for (;;) {
      const result = this.#results.shift()
      if (result) return result
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  async delta(): Promise<Delta> {
    const result = await this.next()
    if (result.kind === 'Resync') throw new Error(`resync ${result.reason}`)
    return result
  }

  async ended(): Promise<void> {
    while (!this.completed && this.closed.length === 0)
      await new Promise<void>((resolve) => (this.#wake = resolve))
  }
}

export async function follow({ sync, hub }: { sync: Sync; hub: Hub }, staffId: string) {
  const page = await sync.snapshot(staffId, 5000, null)
  if (page.kind === 'Resync') throw new Error(page.reason)
  const follower = new Follower(staffId, page.version)
  hub.join(follower, follower.since)
  return { follower, leave: () => hub.leave(follower), copy: copyOf([page]), first: await follower.delta() }
}

/** Null once nothing more is on its way: the hub has had several turns of the loop without a result. */
export async function idle(follower: Follower): Promise<null> {
  for (let turn = 0; turn < 50; turn++) {
    await new Promise(setImmediate)
    if (follower.waiting > 0) turn = 0
  }
  return null
}
