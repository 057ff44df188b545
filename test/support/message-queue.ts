/** Messages in the order of their arrival; a test waits for the next one instead of for time. */
export class MessageQueue<T> {
  readonly #waiting: T[] = []
  readonly #readers: ((message: T) => void)[] = []

  push(message: T): void {
    const reader = this.#readers.shift()
    if (reader) reader(message)
    else this.#waiting.push(message)
  }

  next(): Promise<T> {
    return new Promise((resolve) => {
      if (this.#waiting.length > 0) this.#waiting.splice(0, 1).forEach(resolve)
      else this.#readers.push(resolve)
    })
  }
}
