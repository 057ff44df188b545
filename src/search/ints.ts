/** A column of 32-bit integers that grows as it is written. */
export class Ints {
  #data = new Int32Array(64)

  /** Valid until the next `set`. */
  get data(): Int32Array {
    return this.#data
  }

  set(at: number, value: number): void {
    if (at >= this.#data.length) {
      const larger = new Int32Array(Math.max(at + 1, this.#data.length * 2))
      larger.set(this.#data)
      this.#data = larger
    }
    this.#data[at] = value
  }
}
