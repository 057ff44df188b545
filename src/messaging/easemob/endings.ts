/**
 * Many calls end with one signal: it gets one listener for all of them, since Node takes more than ten for a leak.
 */
export class Endings {
  readonly #waiting = new WeakMap<AbortSignal, Set<() => void>>()

  /** Calls back when the signal aborts, at once where it has, until what is answered is called. */
  on(signal: AbortSignal, end: () => void): () => void {
    if (signal.aborted) {
      end()
      return () => {}
    }
    const known = this.#waiting.get(signal)
    const waiting = known ?? new Set<() => void>()
    if (!known) {
      this.#waiting.set(signal, waiting)
      signal.addEventListener('abort', () => waiting.forEach((call) => call()), { once: true })
    }
    waiting.add(end)
    return () => waiting.delete(end)
  }
}
