import { AppError } from '../errors.ts'
import type { Hub } from './hub.ts'
import type { ChangesResult } from './results.ts'

/** Results that may wait for a reader; beyond that it is too slow (P2). */
const BACKLOG = 64

/**
 * One subscription as an async iterator, for transports that pull. Ends after a Resync, when the reader falls behind,
 * and when the reader returns.
 */
export async function* live(
  hub: Hub,
  staffId: string,
  since: string,
  compact: boolean,
): AsyncGenerator<ChangesResult, void> {
  const waiting: ChangesResult[] = []
  let isOver = false
  let wake = () => {}
  const end = () => {
    isOver = true
    wake()
  }
  const push = (result: ChangesResult) => {
    if (waiting.length >= BACKLOG) return false
    waiting.push(result)
    wake()
    return true
  }
  let failure: AppError | null = null
  const tooSlow = () => {
    failure = new AppError('RATE_LIMITED', 'Too slow: come back with your last version.')
    end()
  }
  const sink = { kind: 'values' as const, push }
  const { joined, leave } = hub.join({ staffId, since, compact, sink, complete: end, close: tooSlow })
  try {
    await joined
    for (;;) {
      const result = waiting.shift()
      if (result) yield result
      else if (failure) throw failure
      else if (isOver) return
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    leave()
  }
}
