/** Values that many hold, each made once and kept for as long as somebody holds it. */
export class Shared<V> {
  readonly #held = new Map<string, { readonly value: V; holders: number }>()

  get size(): number {
    return this.#held.size
  }

  take(key: string, make: () => V): V {
    let held = this.#held.get(key)
    if (!held) {
      held = { value: make(), holders: 0 }
      this.#held.set(key, held)
    }
    held.holders++
    return held.value
  }

  leave(key: string): void {
    const held = this.#held.get(key)
    if (held && --held.holders === 0) this.#held.delete(key)
  }
}
