import { compareText } from '../model/canonical.ts'

/** Something that was found, with all that decides its place (F7). */
export interface Ranked {
  readonly kind: 'staff' | 'department'
  readonly id: string
  readonly name: string
  readonly rank: number
  /** Of one of the viewer's own departments. */
  readonly isOwn: boolean
}

/** The best of many, in order: never more than `size` are kept. */
export class Top {
  readonly #size: number
  readonly #best: Ranked[] = []

  constructor(size: number) {
    this.#size = size
  }

  get best(): readonly Ranked[] {
    return this.#best
  }

  /** Whether something of a rank may still come in: what may not need not be made. */
  takes(rank: number): boolean {
    const worst = this.#best[this.#size - 1]
    return this.#size > 0 && (worst === undefined || rank <= worst.rank)
  }

  add(found: Ranked): void {
    const worst = this.#best[this.#size - 1]
    if (this.#size === 0 || (worst && compare(found, worst) >= 0)) return
    let [from, to] = [0, this.#best.length]
    while (from < to) {
      const middle = (from + to) >> 1
      const other = this.#best[middle]
      if (other && compare(other, found) < 0) from = middle + 1
      else to = middle
    }
    this.#best.splice(from, 0, found)
    if (this.#best.length > this.#size) this.#best.pop()
  }
}

function compare(a: Ranked, b: Ranked): number {
  return (
    a.rank - b.rank ||
    Number(a.kind === 'department') - Number(b.kind === 'department') ||
    Number(b.isOwn) - Number(a.isOwn) ||
    compareText(a.name, b.name) ||
    compareText(a.id, b.id)
  )
}
