/** Work keeps the event loop for so long before others get their turn, in milliseconds. */
const SHARE_MS = 5

/** Long work without anything to wait for asks before every step whether others are due. */
export class Breath {
  #end = performance.now() + SHARE_MS

  async taken(): Promise<void> {
    if (performance.now() < this.#end) return
    await new Promise(setImmediate)
    this.#end = performance.now() + SHARE_MS
  }
}
