/** What one side makes and others take, each once; whoever comes too early waits. It holds whatever was not taken yet. */
export class WaitingLine<T> {
  readonly #items: T[] = []
  #isClosed = false
  #wake: () => void = () => {}
  #awake = this.#sleep()

  push(items: readonly T[]): void {
    this.#items.push(...items)
    this.#ring()
  }

  /** Nothing more will come. */
  close(): void {
    this.#isClosed = true
    this.#ring()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = this.#items.shift()
      if (item !== undefined) yield item
      else if (this.#isClosed) return
      else await this.#awake
    }
  }

  #ring(): void {
    this.#wake()
    this.#awake = this.#sleep()
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }
}
