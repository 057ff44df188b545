import { backoff } from '../../../clock.ts'
import type { Time } from '../time.ts'
import type { CallbackRow } from './hint.ts'

/** Where callbacks are kept until somebody sees to them. */
export interface Inbox {
  /**
   * Keeps all of them or none, in one go. Of a callId that is there, also among these, the first stays (T106). Rejects when it
   * cannot.
   */
  put(rows: readonly CallbackRow[]): Promise<void>
}

export interface IntakeOptions {
  readonly inbox: Inbox
  readonly time: Time
  readonly random: () => number
  readonly signal: AbortSignal
  /** Callbacks that may wait to be kept; the next is not taken. */
  readonly most?: number
  /** How long an answer waits until its callback is kept, in milliseconds. */
  readonly patienceMs?: number
}

const MOST = 10_000
const BATCH = 500
/** Easemob gives up rules whose answers come late: ours are out within 50 ms (T107). */
const PATIENCE_MS = 40

interface Waiting {
  readonly row: CallbackRow
  readonly since: number
  readonly kept: (() => void)[]
}

/**
 * Between the callbacks and their table: while one batch is written the next is gathered, so that many cost little more than
 * one. Where the table is slow or away, callbacks are taken all the same and kept as soon as it is back; those that a crash
 * loses meanwhile, and those that find no room, stand in the history.
 */
export class Intake {
  readonly #o: Required<IntakeOptions>
  readonly #waiting = new Map<string, Waiting>()
  #writing: Promise<void> | null = null

  constructor(options: IntakeOptions) {
    this.#o = { most: MOST, patienceMs: PATIENCE_MS, ...options }
  }

  /** Whether it was taken; answers when it is kept, after 40 ms at the latest. */
  async take(row: CallbackRow): Promise<boolean> {
    const { time, most, patienceMs, signal } = this.#o
    const known = this.#waiting.get(row.callId)
    if (!known && (this.#waiting.size >= most || signal.aborted)) return false
    const entry = known ?? { row, since: time.now(), kept: [] }
    this.#waiting.set(row.callId, entry)
    const over = new AbortController()
    entry.kept.push(() => over.abort())
    this.#writing ??= this.#write().finally(() => (this.#writing = null))
    await time.wait(patienceMs, over.signal)
    return true
  }

  /** How many wait to be kept, and how long the first has, in milliseconds; for metrics. */
  depth(): { readonly waiting: number; readonly oldestMs: number } {
    const [first] = this.#waiting.values()
    return { waiting: this.#waiting.size, oldestMs: first ? Math.round(this.#o.time.now() - first.since) : 0 }
  }

  /** When all that was taken is kept, or everything ends. */
  async flushed(): Promise<void> {
    while (this.#writing) await this.#writing
  }

  async #write(): Promise<void> {
    const { inbox, time, random, signal } = this.#o
    const delay = backoff(100, 5000, random)
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting.values()].slice(0, BATCH)
      try {
        await inbox.put(batch.map(({ row }) => row))
      } catch {
        // The last try was made after the end: what it could not keep is in the history.
        if (signal.aborted) return
        await time.wait(delay(), signal)
        continue
      }
      for (const { row, kept } of batch) {
        this.#waiting.delete(row.callId)
        for (const tell of kept) tell()
      }
    }
  }
}
