import { Turn } from './turn.ts'

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

  run<T>(work: (turn: Turn) => Promise<T>): Promise<T> {
    const mine = this.#last.then(() => work(new Turn(this.#ms)))
    this.#last = mine.catch(() => {})
    return mine
  }
}
