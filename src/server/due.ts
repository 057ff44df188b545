/** Things by the time at which they are due: looking for those costs nothing for all the others. */
export class Due<T> {
  readonly #stepMs: number
  readonly #steps = new Map<number, T[]>()
  #next: number

  /** `stepMs` is how late something may be found to be due; `now` in milliseconds. */
  constructor(stepMs: number, now: number) {
    this.#stepMs = stepMs
    this.#next = this.#stepOf(now)
  }

  add(item: T, at: number): void {
    const step = Math.max(this.#next, this.#stepOf(at))
    const items = this.#steps.get(step)
    if (items) items.push(item)
    else this.#steps.set(step, [item])
  }

  /** Takes out what is due by now, or within the step that has begun. */
  take(now: number): T[] {
    const due: T[] = []
    for (const end = this.#stepOf(now); this.#next <= end; this.#next++) {
      const items = this.#steps.get(this.#next)
      if (items) due.push(...items)
      this.#steps.delete(this.#next)
    }
    return due
  }

  #stepOf(at: number): number {
    return Math.floor(at / this.#stepMs)
  }
}
