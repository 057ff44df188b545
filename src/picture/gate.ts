import { TooManyPictures } from './failures.ts'

export interface GateOptions {
  /** Pieces of work that run at the same time. */
  readonly atOnce: number
  /** Pieces that may wait; the next one is refused. */
  readonly waiting: number
}

/** Lets a few pieces of work run at a time, in the order in which they came; whoever finds the queue full is refused at once. */
export class Gate {
  readonly #options: GateOptions
  readonly #queue: (() => void)[] = []
  #running = 0

  constructor(options: GateOptions) {
    this.#options = options
  }

  /** Answers what `work` does. Rejects with TooManyPictures, without having begun it, when too much is waiting. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#options.atOnce) {
      if (this.#queue.length >= this.#options.waiting) throw new TooManyPictures()
      // Whoever leaves hands the place over: nobody who comes meanwhile can take it.
      await new Promise<void>((resolve) => void this.#queue.push(resolve))
    } else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#queue.shift()
      if (next) next()
      else this.#running--
    }
  }
}
