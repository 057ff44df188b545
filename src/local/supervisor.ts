import { backoff, pause, systemClock, type Clock } from '../clock.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { ChildExit } from './child.ts'

/** A server process that can be started again. */
export interface Server {
  readonly pid: number
  readonly exited: Promise<ChildExit>
  stop(): Promise<void>
  /** The newest output, for messages. */
  stderr?(): string
}

export interface SupervisorOptions<S extends Server> {
  readonly name: string
  /** Starts it again; resolves when it answers. */
  readonly restart: () => Promise<S>
  readonly log: Logger
  readonly clock?: Clock
  /** A server that lived at least this long is forgiven its death. */
  readonly steadyMs?: number
  /** So many quick deaths or failed starts in a row, and it is given up. */
  readonly patience?: number
}

/** Keeps one server alive: when it dies it is started again, at first at once, then more and more slowly. */
export class Supervisor<S extends Server> {
  /** Resolves when the server keeps dying, with an error that says why; never otherwise. */
  readonly gaveUp: Promise<Error>
  readonly #options: SupervisorOptions<S>
  readonly #ending = new AbortController()
  readonly #watching: Promise<Error | null>
  #current: S

  /** `first` runs already. */
  constructor(options: SupervisorOptions<S>, first: S) {
    this.#options = options
    this.#current = first
    this.#watching = this.#watch()
    this.gaveUp = this.#watching.then((error) => error ?? new Promise<never>(() => {}))
  }

  /** The server of this moment; dead for the time of a restart. */
  get current(): S {
    return this.#current
  }

  /** Stops the server and whatever restart is under way. */
  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#current.stop()
    await this.#watching
  }

  /** The reason for giving up, or null when it was stopped. */
  async #watch(): Promise<Error | null> {
    const { name, log, clock = systemClock, steadyMs = 10_000, patience = 6 } = this.#options
    let deaths = 0
    let delay = backoff(100, 5000)
    for (;;) {
      const from = clock.now()
      const { code, signal } = await this.#current.exited
      if (this.#ending.signal.aborted) return null
      if (clock.now() - from >= steadyMs) {
        deaths = 0
        delay = backoff(100, 5000)
      }
      log.warn(
        { server: name, pid: this.#current.pid, code, signal },
        'a private server died; starting it again',
      )
      let why = this.#current.stderr?.().trim() ?? ''
      for (;;) {
        deaths += 1
        if (deaths >= patience) {
          return new Error(`The private ${name} keeps dying and was given up. ${why}`.trim())
        }
        await pause(delay(), this.#ending.signal)
        if (this.#ending.signal.aborted) return null
        const next = await this.#options.restart().catch((error: unknown) => {
          why = messageOf(error)
          log.error({ server: name, err: error }, 'a private server could not be started again')
          return null
        })
        if (next) {
          this.#current = next
          break
        }
      }
      if (this.#ending.signal.aborted) {
        await this.#current.stop()
        return null
      }
      log.info({ server: name, pid: this.#current.pid, ms: clock.now() - from }, 'a private server is back')
    }
  }
}
