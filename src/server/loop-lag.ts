import { monitorEventLoopDelay } from 'node:perf_hooks'

const EVERY_MS = 20
const WINDOW_MS = 60_000

/** How long the event loop stood still, for whoever watches over the instance. Ends with `close`. */
export class LoopLag {
  readonly #histogram = monitorEventLoopDelay({ resolution: EVERY_MS })
  readonly #timer: NodeJS.Timeout
  #beforeMs = 0

  constructor() {
    this.#histogram.enable()
    this.#timer = setInterval(() => this.#turn(), WINDOW_MS).unref()
  }

  /** The longest time of the last one or two minutes in which nothing could be answered, in milliseconds. */
  get worstMs(): number {
    return Math.max(this.#beforeMs, this.#windowMs)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#histogram.disable()
  }

  get #windowMs(): number {
    return this.#histogram.count === 0 ? 0 : Math.max(0, Math.round(this.#histogram.max / 1e6) - EVERY_MS)
  }

  #turn(): void {
    this.#beforeMs = this.#windowMs
    this.#histogram.reset()
  }
}
