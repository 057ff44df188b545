import { NO_RANK } from './rank.ts'

/** More than all ranks but NO_RANK. */
const RANKS = 64

/** What a rank has to be at least to be among the best so many, as far as is known: others need not be worked out. */
export class Limit {
  readonly #size: number
  readonly #counts = new Int32Array(RANKS)
  /** How many were found up to the rank. */
  #within = 0
  /** Never grows. */
  rank = NO_RANK

  constructor(size: number) {
    this.#size = size
  }

  found(rank: number): void {
    if (rank > this.rank || rank >= RANKS) return
    this.#counts[rank] = (this.#counts[rank] ?? 0) + 1
    this.#within++
    for (;;) {
      const at = Math.min(this.rank, RANKS - 1)
      const worst = this.#counts[at] ?? 0
      if (at === 0 || this.#within - worst < this.#size) return
      this.#within -= worst
      this.rank = at - 1
    }
  }
}
