import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { AuditLog } from './audit-log.ts'
import type { NewRecord } from './record.ts'

export interface RefusalsOptions {
  readonly audit: Pick<AuditLog, 'write'>
  readonly clock: Clock
  readonly log: Logger
}

/** What one person is refused is written so often in so many milliseconds; what comes beyond that is counted. */
const MOST = 30
const WINDOW_MS = 60_000
const PEOPLE = 10_000

interface Window {
  endsAt: number
  written: number
  left: number
}

/** Writes down what people were refused (T36), as often as nobody can fill the log with it. */
export class Refusals {
  readonly #o: RefusalsOptions
  readonly #windows = new LRUCache<string, Window>({ max: PEOPLE })
  readonly #writing = new Set<Promise<void>>()

  constructor(options: RefusalsOptions) {
    this.#o = options
  }

  /** Does not wait: how long it takes to be refused tells nobody whether something is there (T28). */
  note(record: Omit<NewRecord, 'outcome'>): void {
    const window = this.#window(record.actorId ?? '')
    if (window.written >= MOST) {
      window.left++
      return
    }
    window.written++
    const detail = { ...record.detail, ...(window.left > 0 ? { notWritten: String(window.left) } : {}) }
    window.left = 0
    const writing = this.#write({ ...record, outcome: 'REFUSED', detail }).finally(() =>
      this.#writing.delete(writing),
    )
    this.#writing.add(writing)
  }

  /** When all that was noted is written, or could not be. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing)
  }

  #window(key: string): Window {
    const now = this.#o.clock.now()
    const known = this.#windows.get(key)
    if (known && known.endsAt > now) return known
    const window = { endsAt: now + WINDOW_MS, written: 0, left: known?.left ?? 0 }
    this.#windows.set(key, window)
    return window
  }

  /** Whoever is refused is told so in any case. */
  async #write(record: NewRecord): Promise<void> {
    const { audit, log } = this.#o
    try {
      await audit.write(record)
    } catch (error) {
      log.warn({ problem: messageOf(error), action: record.action }, 'A refusal could not be written down')
    }
  }
}
