import type { Database, Statement } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { backoff, pause } from '../clock.ts'
import type { Trace } from './step.ts'

export interface ConsumedOptions {
  readonly db: Pick<Database, 'run'>
  readonly replica: {
    waitFor(version: number, timeoutMs: number): Promise<boolean>
    onAdvance(listener: () => void): () => void
  }
  /** Longest wait, in milliseconds. */
  readonly waitMs?: number
}

const WAIT_MS = 5000

const SEEN: Statement = {
  name: 'edit_seen',
  text: `
    SELECT h.version, array(
      SELECT jsonb_build_array(n.id, n.csn) FROM node n WHERE n.id = ANY ($1::uuid[])
    ) AS nodes FROM log_head h WHERE h.id = 1`,
}

/**
 * Waits until what was written to the directory has been consumed by the projector, saved, and reached this instance (L1),
 * even where no version results. False when that takes too long: it is in the directory, and will come.
 */
export class Consumed {
  readonly #o: ConsumedOptions

  constructor(options: ConsumedOptions) {
    this.#o = options
  }

  /** Whether it is so at this moment. */
  async isSeen(traces: readonly Trace[]): Promise<boolean> {
    const seen = await headIfSeen(this.#o.db, lastOf(traces))
    return seen !== null && (await this.#o.replica.waitFor(seen, 0))
  }

  async wait(traces: readonly Trace[]): Promise<boolean> {
    const { db, replica, waitMs = WAIT_MS } = this.#o
    const last = lastOf(traces)
    const deadline = performance.now() + waitMs
    const delay = backoff(4, 100)
    for (;;) {
      const seen = await headIfSeen(db, last)
      const left = deadline - performance.now()
      if (seen !== null) return await replica.waitFor(seen, Math.max(left, 0))
      if (left <= 0) return false
      await this.#advanceOr(Math.min(delay(), left))
    }
  }

  /** The log moves on, or the time has passed. */
  async #advanceOr(ms: number): Promise<void> {
    const stop = new AbortController()
    const stopListening = this.#o.replica.onAdvance(() => stop.abort())
    await pause(ms, stop.signal)
    stopListening()
  }
}

function lastOf(traces: readonly Trace[]): Map<string, Trace> {
  return new Map(traces.map((trace) => [trace.id, trace]))
}

/** The head of the log when it has all of them; null until then. */
async function headIfSeen(
  db: Pick<Database, 'run'>,
  last: ReadonlyMap<string, Trace>,
): Promise<number | null> {
  if (last.size === 0) return 0
  const [row] = await reaching(() =>
    db.run<{ version: string; nodes: readonly (readonly [string, string | null])[] }>(SEEN, [
      [...last.keys()],
    ]),
  )
  if (!row) return null
  const csns = new Map(row.nodes)
  const isSeen = ({ id, csn, fate }: Trace) => {
    const seen = csns.get(id)
    // One that was there and is not known any more was removed since.
    if (seen === undefined) return fate !== 'new'
    return fate !== 'gone' && seen !== null && seen >= csn
  }
  return [...last.values()].every(isSeen) ? Number(row.version) : null
}
