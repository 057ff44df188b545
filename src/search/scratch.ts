/** Room for 16-bit numbers that is used again: what every search would allocate is a burden for the collector. */
export class Room {
  #data = new Int16Array(0)

  /** Valid until the next call. */
  filled(length: number, value: number): Int16Array {
    if (this.#data.length < length) this.#data = new Int16Array(length + (length >> 3))
    return this.#data.fill(value, 0, length)
  }
}

/** What one search needs while it runs; it runs in one turn. */
export class Scratch {
  readonly whole = new Room()
  readonly apart = new Room()
  readonly names = new Room()
  readonly nicknames = new Room()
  readonly titles = new Room()
}
