/**
 * A stream that yields nothing: the answers of a live subscription are written to the socket by the hub, while the protocol
 * library keeps owning the operation's life (complete, close, duplicate ids) through this. It ends when either side ends it.
 */
export abstract class Silent implements AsyncGenerator<never, void, void> {
  readonly #end: Promise<IteratorReturnResult<void>>
  #resolve: (end: IteratorReturnResult<void>) => void = () => {}
  #reject: (error: unknown) => void = () => {}

  constructor() {
    this.#end = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // It may fail before the library asks for the first value.
    this.#end.catch(() => {})
  }

  /** Called when the client ends the subscription or is gone. */
  protected abstract leave(): void

  /** The server ends it; the client is told `complete`. */
  complete(): void {
    this.#resolve({ done: true, value: undefined })
  }

  /** The server ends it; the client is told the error. */
  protected reject(error: Error): void {
    this.#reject(error)
  }

  next(): Promise<IteratorResult<never, void>> {
    return this.#end
  }

  return(): Promise<IteratorReturnResult<void>> {
    this.leave()
    this.complete()
    return Promise.resolve({ done: true, value: undefined })
  }

  throw(error: unknown): Promise<IteratorResult<never, void>> {
    this.leave()
    this.complete()
    return Promise.reject(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
