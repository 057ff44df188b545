/** Ids by what they have in common; a group that nobody is in does not exist. */
export class Groups<K> {
  readonly #groups = new Map<K, Set<string>>()

  get(key: K): ReadonlySet<string> {
    return this.#groups.get(key) ?? NOBODY
  }

  add(key: K, id: string): void {
    const group = this.#groups.get(key) ?? new Set()
    this.#groups.set(key, group)
    group.add(id)
  }

  remove(key: K, id: string): void {
    const group = this.#groups.get(key)
    group?.delete(id)
    if (group?.size === 0) this.#groups.delete(key)
  }
}

export const NOBODY: ReadonlySet<string> = new Set()
