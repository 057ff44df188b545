import { Turn } from '../sync/turn.ts'

/**
 * Work that many ask for at the same moment: begun in the order in which they asked, few at a time, in turns of the event
 * loop. Whoever asks sees to it that nobody asks without bound.
 */
export class Queue {
  readonly #atOnce: number
  readonly #turn = new Turn()
  #waiting: (() => Promise<void>)[] = []
  #begun = 0
  #running = 0

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  get isEmpty(): boolean {
    return this.#running === 0
  }

  /** `work` must not reject. */
  add(work: () => Promise<void>): void {
    this.#waiting.push(work)
    if (this.#running >= this.#atOnce) return
    if (this.#running === 0) this.#turn.begin()
    this.#running++
    void this.#run()
  }

  /** Forgets what has not begun. */
  clear(): void {
    this.#waiting = []
    this.#begun = 0
  }

  async #run(): Promise<void> {
    for (;;) {
      while (this.#turn.isOver) await this.#turn.next()
      const work = this.#waiting[this.#begun]
      if (!work) break
      this.#begun++
      await work()
    }
    this.clear()
    this.#running--
  }
}
