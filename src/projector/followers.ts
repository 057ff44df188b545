const NONE: ReadonlySet<string> = new Set()

/** Who refers to a name: ids of people whose manager is given by a DN, by that DN's key. */
export class Followers {
  readonly #byName = new Map<string, Set<string>>()

  get isEmpty(): boolean {
    return this.#byName.size === 0
  }

  of(name: string): ReadonlySet<string> {
    return this.#byName.get(name) ?? NONE
  }

  add(id: string, name: string | null): void {
    if (name === null) return
    const ids = this.#byName.get(name)
    if (ids) ids.add(id)
    else this.#byName.set(name, new Set([id]))
  }

  delete(id: string, name: string | null): void {
    if (name === null) return
    const ids = this.#byName.get(name)
    if (ids?.delete(id) && ids.size === 0) this.#byName.delete(name)
  }
}
