import type { Database } from '../changelog/database.ts'
import { readHead } from '../changelog/log.ts'
import { readSource } from '../changelog/nodes.ts'
import { pause } from '../clock.ts'
import { leftOut, projectorHealth } from '../projector/status.ts'
import { readQueues, type Queues } from './queues.ts'

/** How the whole house is, as any of its instances can find out. Null: nobody knows just now. */
export interface House {
  readonly isDatabaseUp: boolean
  readonly isDirectoryUp: boolean
  readonly projector: {
    /** Some instance carries changes of the directory into the log. */
    readonly isAlive: boolean
    /** Why it takes nothing, and waits for somebody (L6, L9). */
    readonly stopped: string | null
    /** Somebody has let the pass through; it was not taken up yet. */
    readonly isConfirmed: boolean
    readonly reconciledAt: Date | null
    /** Malformed entries, which are not in the log. */
    readonly leftOut: number
  } | null
  /** The newest version of the log; this instance's own stands in `Here`. */
  readonly headVersion: number | null
  readonly queues: Queues | null
  /** Of this instance. */
  readonly here: Here
}

/** This instance. */
export interface Here {
  readonly version: number
  /** Operations that follow changes. */
  readonly following: number
  readonly people: number
  readonly audiences: number
  readonly sockets: number
  /** Results that wait to be written to clients. */
  readonly outbox: number
  readonly isLeader: boolean
  /** Between the newest write that was taken from the directory and the moment when it was, in milliseconds; of the leader. */
  readonly lagMs: number | null
  readonly worstStallMs: number
}

export interface VitalsOptions {
  readonly db: Database
  /** Rejects while the directory does not answer. */
  readonly directory: () => Promise<unknown>
  readonly here: () => Here
  readonly now: () => number
}

/** However many ask, the house is looked at once in this time, in milliseconds. */
const KEPT_MS = 1000
/** Whoever does not answer within this time counts as away, in milliseconds. */
const PATIENCE_MS = 2000

/** For metrics and for the dashboard: numbers only, nothing of anybody. */
export class Vitals {
  readonly #o: VitalsOptions
  #last: { readonly at: number; readonly house: Promise<House> } | null = null

  constructor(options: VitalsOptions) {
    this.#o = options
  }

  /** Never rejects: what cannot be found out is null, or down. */
  house(): Promise<House> {
    const now = this.#o.now()
    if (!this.#last || now - this.#last.at >= KEPT_MS || now < this.#last.at)
      this.#last = { at: now, house: this.#look() }
    return this.#last.house
  }

  async #look(): Promise<House> {
    const { db, directory, here } = this.#o
    const [projector, head, queues, isDirectoryUp] = await Promise.all([
      within(() => this.#projector()),
      within(() => readHead(db)),
      within(() => readQueues(db)),
      within(() => directory().then(() => true)),
    ])
    return {
      isDatabaseUp: head !== null,
      isDirectoryUp: isDirectoryUp === true,
      projector,
      headVersion: head?.version ?? null,
      queues,
      here: here(),
    }
  }

  async #projector(): Promise<NonNullable<House['projector']>> {
    const { db } = this.#o
    const [health, source, { count }] = await Promise.all([
      projectorHealth(db),
      readSource(db),
      leftOut(db, 0),
    ])
    return { ...health, isConfirmed: source.confirmed, leftOut: count }
  }
}

/** Null when it fails or takes too long. */
async function within<T>(work: () => Promise<T>): Promise<T | null> {
  const late = new AbortController()
  try {
    const done = work().catch(() => null)
    return await Promise.race([done, pause(PATIENCE_MS, late.signal).then(() => null)])
  } finally {
    late.abort()
  }
}
