import { pause } from '../clock.ts'
import type { ImportBatch } from './batch.ts'

/** How often is looked, in milliseconds. */
const EVERY_MS = 500

/** How far imports are, for those who watch: the database is asked once for all of one instance who watch the same. */
export class Progress {
  readonly #read: (id: string) => Promise<ImportBatch | null>
  readonly #reading = new Map<string, Promise<ImportBatch | null>>()

  constructor(read: (id: string) => Promise<ImportBatch | null>) {
    this.#read = read
  }

  /** The batch as it is now, and whenever it has moved on, until it is finished or gone. */
  async *follow(id: string): AsyncGenerator<ImportBatch, void, undefined> {
    for (let last = ''; ;) {
      const batch = await this.#now(id)
      if (!batch) return
      const text = JSON.stringify(batch)
      if (text !== last) yield batch
      last = text
      if (batch.finishedAt !== null) return
      await pause(EVERY_MS)
    }
  }

  #now(id: string): Promise<ImportBatch | null> {
    const known = this.#reading.get(id)
    if (known) return known
    const reading = this.#read(id).finally(() => this.#reading.delete(id))
    this.#reading.set(id, reading)
    return reading
  }
}
