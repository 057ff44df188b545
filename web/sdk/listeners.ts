/** Who is told of something. */
export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>()

  /** Answers a function that ends it. */
  add(listener: (value: T) => void): () => void {
    // One function that was added twice is told twice, and taken away once.
    const own = (value: T) => listener(value)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  clear(): void {
    this.#listeners.clear()
  }

  /** What a listener throws is thrown at the process, and stops nobody else. */
  tell(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
