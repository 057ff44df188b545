import { setImmediate } from 'node:timers/promises'

/** How much may be done in one turn of the event loop (S2). */
export interface Pace {
  /** Rows that may be looked at for one answer; whatever takes more is worked out in slices. */
  readonly rowsAtOnce: number
  /** Length of a slice, in milliseconds. */
  readonly sliceMs: number
  /** Rows that a block of a snapshot should hold; the same on every instance. */
  readonly blockRows: number
}

export const PACE: Pace = { rowsAtOnce: 1000, sliceMs: 4, blockRows: 500 }

/** A long piece of work that gives the others their turn. */
export interface Slice {
  /** Whether it has worked long enough in this turn. */
  isOver(): boolean
  /** Waits for the next turn. What depends on the head of the history has to be looked at again afterwards. */
  next(): Promise<void>
}

/**
 * Long work, one piece after the other in the order in which it was asked for: however much is waiting, a turn of the
 * event loop takes one slice of it.
 */
export class Slices {
  readonly #ms: number
  #last: Promise<unknown> = Promise.resolve()

  constructor(ms: number) {
    this.#ms = ms
  }

  run<T>(work: (slice: Slice) => Promise<T>): Promise<T> {
    const mine = this.#last.then(() => work(newSlice(this.#ms)))
    this.#last = mine.catch(() => {})
    return mine
  }
}

function newSlice(ms: number): Slice {
  let end = performance.now() + ms
  return {
    isOver: () => performance.now() >= end,
    next: async () => {
      await setImmediate()
      end = performance.now() + ms
    },
  }
}
