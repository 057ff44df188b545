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

  /** Resident memory once nothing is garbage. */
  async settledRss(): Promise<number> {
    for (let i = 0; i < 3; i++) {
      // Compacts as well: what stays is what clients take, not what their coming has left behind.
      globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
      await wait(300)
    }
    return process.memoryUsage.rss()
  }
}
