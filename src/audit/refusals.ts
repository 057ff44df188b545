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

  constructor(options: RefusalsOptions) {
    this.#o = options
  }

  /** Never fails: whoever is refused is told so in any case. */
  async note(record: Omit<NewRecord, 'outcome'>): Promise<void> {
    const { audit, clock, log } = this.#o
    const key = record.actorId ?? ''
    let window = this.#windows.get(key)
    const leftBefore = window?.left ?? 0
    if (!window || window.endsAt <= clock.now())
      window = { endsAt: clock.now() + WINDOW_MS, written: 0, left: leftBefore }
    this.#windows.set(key, window)
    if (window.written >= MOST) {
      window.left++
      return
    }
    window.written++
    const detail = { ...record.detail, ...(window.left > 0 ? { notWritten: String(window.left) } : {}) }
    window.left = 0
    try {
      await audit.write({ ...record, outcome: 'REFUSED', detail })
    } catch (error) {
      log.warn({ problem: messageOf(error), action: record.action }, 'A refusal could not be written down')
    }
  }
}
