/** Time as an argument: tests pass their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** Resolves after `ms`, or at once when the signal aborts; it never rejects. Owners pass their own signal. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve()
      return
    }
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}

/** Delays that double from `firstMs` to `maxMs`, each with up to half of itself in jitter. */
export function backoff(firstMs: number, maxMs: number, random: () => number = Math.random): () => number {
  let base = firstMs
  return () => {
    const delay = base * (0.5 + random() / 2)
    base = Math.min(base * 2, maxMs)
    return delay
  }
}
