/** Counts by key; keys without a count take no memory. */
export class Tally {
  readonly #counts = new Map<string, number>()

  /** The count with this one. */
  add(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return count
  }

  remove(key: string): void {
    const count = (this.#counts.get(key) ?? 0) - 1
    if (count > 0) this.#counts.set(key, count)
    else this.#counts.delete(key)
  }
}

/** Items by key; keys without an item take no memory. */
export class Groups<T> {
  readonly #groups = new Map<string, Set<T>>()

  add(key: string, item: T): void {
    const group = this.#groups.get(key)
    if (group) group.add(item)
    else this.#groups.set(key, new Set([item]))
  }

  remove(key: string, item: T): void {
    const group = this.#groups.get(key)
    group?.delete(item)
    if (group?.size === 0) this.#groups.delete(key)
  }

  of(key: string): Iterable<T> {
    return this.#groups.get(key) ?? []
  }
}
