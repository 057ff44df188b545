import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'

export const usage = z.object({
  /** Of the process, user and system, since it started. */
  cpuMs: z.number(),
  rss: z.number(),
  /** Longest time for which the event loop did not turn, since the last question. */
  stallMs: z.number(),
})
export type Usage = z.infer<typeof usage>

const RESOLUTION_MS = 1

/** What this process costs. */
export class LoadMeter {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

  constructor() {
    this.#delay.enable()
  }

  read(): Usage {
    const { user, system } = process.cpuUsage()
    const stallMs = this.#delay.max / 1e6
    this.#delay.reset()
    return { cpuMs: (user + system) / 1000, rss: process.memoryUsage.rss(), stallMs }
  }

  /** Resident memory once nothing is garbage and freed pages were given back, which takes a while. */
  async settledRss(): Promise<number> {
    let least = Number.POSITIVE_INFINITY
    for (let unchanged = 0; unchanged < 3; unchanged++) {
      // Compacts as well: what stays is what clients take, not what their coming has left behind.
      globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
      await wait(500)
      const rss = process.memoryUsage.rss()
      if (rss < least * 0.99) unchanged = -1
      least = Math.min(least, rss)
    }
    return least
  }
}
