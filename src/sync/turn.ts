/** Work may keep the event loop for so long before others get their turn, in milliseconds. */
const SHARE_MS = 4

/** A share of the event loop: whoever works in it asks before every step whether it is over, and then waits for the next. */
export class Turn {
  readonly #ms: number
  #end = 0
  #next: Promise<void> | null = null

  constructor(ms = SHARE_MS) {
    this.#ms = ms
    this.begin()
  }

  /** Must be called where work begins after having waited for something else. */
  begin(): void {
    this.#end = performance.now() + this.#ms
  }

  get isOver(): boolean {
    return performance.now() >= this.#end
  }

  /** Everybody who waits goes on in the same turn. What depends on the head of the history has to be looked at again then. */
  next(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#next = null
        this.begin()
        resolve()
      })
    })
    return this.#next
  }
}
