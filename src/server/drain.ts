import { once } from 'node:events'
import type { Server } from 'node:http'
import { pause } from '../clock.ts'
import type { Logger } from '../log.ts'

/** Idle connections are looked for so often while a server closes. */
const SWEEP_MS = 50

/**
 * Takes no more connections, lets requests that run finish for at most `graceMs`, then ends what is left. Connections that
 * were upgraded are not the server's any more: `endUpgraded` ends those.
 */
export async function closeHttp(server: Server, graceMs: number, endUpgraded: () => void): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  const isClosed = new AbortController()
  closed.then(
    () => isClosed.abort(),
    () => isClosed.abort(),
  )
  const deadline = performance.now() + graceMs
  while (!isClosed.signal.aborted && performance.now() < deadline) {
    // A connection that is kept alive becomes idle when its request has been answered.
    server.closeIdleConnections()
    await pause(SWEEP_MS, isClosed.signal)
  }
  endUpgraded()
  server.closeAllConnections()
  await closed
}

interface Closer {
  readonly name: string
  readonly close: () => Promise<void> | void
}

/** What was opened, to be closed the other way round, each with a bound on the time that it may take. */
export class Closers {
  readonly #log: Logger
  readonly #open: Closer[] = []
  #closing: Promise<void> | null = null

  constructor(log: Logger) {
    this.#log = log
  }

  add(name: string, close: () => Promise<void> | void): void {
    this.#open.push({ name, close })
  }

  /** Closes everything; a second call waits for the first. It never rejects. */
  close(eachMs = 15_000): Promise<void> {
    this.#closing ??= this.#closeAll(eachMs)
    return this.#closing
  }

  async #closeAll(eachMs: number): Promise<void> {
    for (let closer = this.#open.pop(); closer; closer = this.#open.pop()) {
      const { name, close } = closer
      const bound = new AbortController()
      try {
        const late = pause(eachMs, bound.signal).then(() => !bound.signal.aborted)
        const isLate = await Promise.race([Promise.resolve(close()).then(() => false), late])
        if (isLate) this.#log.warn({ part: name }, 'A part did not close in time')
      } catch (error) {
        this.#log.warn({ part: name, err: error }, 'A part did not close cleanly')
      } finally {
        bound.abort()
      }
    }
  }
}
