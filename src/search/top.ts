import { compareText } from '../model/canonical.ts'
import { NO_RANK } from './rank.ts'

/** Something that was found, with all that decides its place (F7). */
export interface Ranked {
  readonly isDepartment: boolean
  readonly id: string
  readonly name: string
  /** `nameKey` of the name. */
  readonly key: number
  readonly rank: number
  /** Of one of the viewer's own departments. */
  readonly isOwn: boolean
}

/** A number for the beginning of a name: of two names with different ones the lesser is the lesser by code units. */
export function nameKey(name: string): number {
  let key = 0
  for (let i = 0; i < 3; i++) key = key * 0x10000 + (i < name.length ? name.charCodeAt(i) : 0)
  return key
}

/** The best of many, in order: never more than `size` are kept. */
export class Top {
  readonly #size: number
  readonly #best: Ranked[] = []
  #limit = NO_RANK

  constructor(size: number) {
    this.#size = size
  }

  get best(): readonly Ranked[] {
    return this.#best
  }

  /** What ranks worse than this cannot come in any more. */
  get limit(): number {
    return this.#limit
  }

  /** Whether a person may still come in, as far as can be told without their name. */
  takes(rank: number, isOwn: boolean, key: number): boolean {
    if (rank !== this.#limit) return rank < this.#limit
    const worst = this.#best.at(-1)
    if (!worst) return false
    if (worst.isDepartment || isOwn !== worst.isOwn) return worst.isDepartment || isOwn
    return key <= worst.key
  }

  add(found: Ranked): void {
    if (this.#best.length === this.#size) {
      const worst = this.#best.at(-1)
      if (!worst || compare(found, worst) >= 0) return
      this.#best.pop()
    }
    let [from, to] = [0, this.#best.length]
    while (from < to) {
      const middle = (from + to) >> 1
      const other = this.#best[middle]
      if (other && compare(other, found) < 0) from = middle + 1
      else to = middle
    }
    this.#best.splice(from, 0, found)
    if (this.#best.length === this.#size) this.#limit = this.#best.at(-1)?.rank ?? NO_RANK
  }
}

function compare(a: Ranked, b: Ranked): number {
  return (
    a.rank - b.rank ||
    Number(a.isDepartment) - Number(b.isDepartment) ||
    Number(b.isOwn) - Number(a.isOwn) ||
    a.key - b.key ||
    compareText(a.name, b.name) ||
    compareText(a.id, b.id)
  )
}
