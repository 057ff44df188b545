/** Waiting that can be cut short, for one who waits again and again. */
export class Alarm {
  #isRung = false
  #end: (() => void) | null = null

  /** Ends the wait under way, or else the next one before it begins. */
  ring(): void {
    this.#isRung = true
    this.#end?.()
  }

  async wait(ms: number): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#end = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#end = null
    this.#isRung = false
  }
}
