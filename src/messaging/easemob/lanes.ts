import { Endings } from './endings.ts'
import { EasemobFailure } from './failure.ts'
import { Bucket, type Family, type Limit } from './limits.ts'
import type { Time } from './time.ts'

/** What somebody waits for, and what can wait. */
export type Lane = 'interactive' | 'bulk'

export interface LanesOptions {
  readonly limits: Readonly<Record<Family, readonly Limit[]>>
  readonly time: Time
  /** Ends all that waits. */
  readonly signal: AbortSignal
  /** Calls of one family at a time. */
  readonly slots?: number
  /** Of these, how many may be bulk, so that slow bulk leaves room. */
  readonly bulkSlots?: number
  /** Calls that may wait in one lane of a family; the next is refused with BUSY. */
  readonly most?: number
}

/** Where a call goes. */
export interface Place {
  readonly family: Family
  readonly lane: Lane
  /** Messages that it sends. */
  readonly messages?: number
}

/** How much waits, for metrics. */
export interface Depth {
  readonly family: Family
  readonly lane: Lane
  readonly waiting: number
  readonly running: number
  /** How long the first has waited, in milliseconds; 0 when none waits. */
  readonly oldestMs: number
}

interface Waiting {
  readonly messages: number
  readonly since: number
  start(): void
}

interface Queue {
  readonly family: Family
  readonly buckets: readonly { readonly of: Limit['of']; readonly bucket: Bucket }[]
  readonly waiting: Readonly<Record<Lane, Set<Waiting>>>
  readonly running: Record<Lane, number>
  /** Interactive calls that went before bulk ones which waited, one after the other. */
  passed: number
  heldUntil: number
  alarm: AbortController
}

const SLOTS = 16
const BULK_SLOTS = 12
const MOST = 10_000
/** After so many interactive calls one of bulk goes, if any waits: it is never starved. */
const PASSES = 8
const LANES: readonly Lane[] = ['interactive', 'bulk']

/**
 * Lets calls go, family by family, below the limits (T103). Of each family interactive calls go before bulk ones; bulk has
 * fewer slots and leaves half of a bucket, so that an interactive call mostly goes at once, whatever bulk is at.
 */
export class Lanes {
  readonly #o: Required<LanesOptions>
  readonly #queues = new Map<Family, Queue>()
  readonly #endings = new Endings()

  constructor(options: LanesOptions) {
    this.#o = { slots: SLOTS, bulkSlots: BULK_SLOTS, most: MOST, ...options }
  }

  /**
   * Does a task in its turn. Rejects with BUSY when too many wait, with ENDED when `signal` aborts or everything ends before
   * the turn has come; a task that runs is its owner's to end.
   */
  async run<T>(place: Place, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    const queue = this.#queue(place.family)
    await this.#turn(queue, place, signal)
    try {
      return await task()
    } finally {
      queue.running[place.lane]--
      this.#pump(queue)
    }
  }

  /** Nothing more of a family goes for so long: Easemob has said that it is too much. */
  hold(family: Family, ms: number): void {
    const queue = this.#queue(family)
    queue.heldUntil = Math.max(queue.heldUntil, this.#o.time.now() + ms)
  }

  depths(): Depth[] {
    const now = this.#o.time.now()
    return [...this.#queues.values()].flatMap((queue) =>
      LANES.map((lane) => {
        const [first] = queue.waiting[lane]
        return {
          family: queue.family,
          lane,
          waiting: queue.waiting[lane].size,
          running: queue.running[lane],
          oldestMs: first ? Math.round(now - first.since) : 0,
        }
      }),
    )
  }

  #queue(family: Family): Queue {
    const known = this.#queues.get(family)
    if (known) return known
    const now = this.#o.time.now()
    const queue: Queue = {
      family,
      buckets: this.#o.limits[family].map((limit) => ({ of: limit.of, bucket: new Bucket(limit, now) })),
      waiting: { interactive: new Set(), bulk: new Set() },
      running: { interactive: 0, bulk: 0 },
      passed: 0,
      heldUntil: now,
      alarm: new AbortController(),
    }
    this.#queues.set(family, queue)
    return queue
  }

  #turn(queue: Queue, { lane, messages = 0 }: Place, signal: AbortSignal): Promise<void> {
    const { time, most, signal: ending } = this.#o
    const line = queue.waiting[lane]
    return new Promise((resolve, reject) => {
      if (signal.aborted || ending.aborted) {
        reject(new EasemobFailure('ENDED'))
        return
      }
      if (line.size >= most) {
        reject(new EasemobFailure('BUSY'))
        return
      }
      const leave = () => {
        line.delete(entry)
        for (const forget of forgets) forget()
      }
      const giveUp = () => {
        leave()
        reject(new EasemobFailure('ENDED'))
        this.#pump(queue)
      }
      const entry: Waiting = {
        messages,
        since: time.now(),
        start: () => {
          leave()
          resolve()
        },
      }
      line.add(entry)
      const forgets = [signal, ending].map((end) => this.#endings.on(end, giveUp))
      this.#pump(queue)
    })
  }

  /** Starts whatever may start now, and sees to it that the rest is looked at again. */
  #pump(queue: Queue): void {
    queue.alarm.abort()
    if (this.#o.signal.aborted) return
    for (let lane = this.#next(queue); lane !== null; lane = this.#next(queue)) {
      const [entry] = queue.waiting[lane]
      if (!entry) return
      const now = this.#o.time.now()
      const waitMs = Math.max(queue.heldUntil - now, this.#waitFor(queue, lane, entry, now))
      if (waitMs > 0) {
        this.#wakeIn(queue, waitMs)
        return
      }
      for (const { of, bucket } of queue.buckets) bucket.take(of === 'calls' ? 1 : entry.messages, now)
      queue.running[lane]++
      queue.passed = lane === 'interactive' && queue.waiting.bulk.size > 0 ? queue.passed + 1 : 0
      entry.start()
    }
  }

  #next({ waiting, running, passed }: Queue): Lane | null {
    if (running.interactive + running.bulk >= this.#o.slots) return null
    const bulkMay = waiting.bulk.size > 0 && running.bulk < this.#o.bulkSlots
    if (waiting.interactive.size > 0 && !(bulkMay && passed >= PASSES)) return 'interactive'
    return bulkMay ? 'bulk' : null
  }

  #waitFor(queue: Queue, lane: Lane, { messages }: Waiting, now: number): number {
    const isDue = queue.passed >= PASSES
    return Math.max(
      0,
      ...queue.buckets.map(({ of, bucket }) => {
        const cost = of === 'calls' ? 1 : messages
        return bucket.waitFor(cost, lane === 'bulk' && !isDue ? bucket.capacity / 2 : 0, now)
      }),
    )
  }

  #wakeIn(queue: Queue, ms: number): void {
    const alarm = new AbortController()
    queue.alarm = alarm
    void this.#o.time.wait(ms, alarm.signal).then(() => {
      if (!alarm.signal.aborted) this.#pump(queue)
    })
  }
}
