import { ResultCodeError, type Client } from 'ldapts'
import { backoff, pause } from '../clock.ts'
import { AppError, messageOf } from '../errors.ts'
import {
  BindRefused,
  DirectoryUnreachable,
  openBoundConnection,
  type Connection,
  type DirectoryOptions,
} from './connection.ts'

/** How long a caller waits for a directory that restarts. */
const PATIENCE_MS = 3000
/** After a directory was found to be away it is asked once in this time; everybody else is refused at once. */
const BREAK_MS = 1000
const BUSY = 51
const UNAVAILABLE = 52

interface Link {
  readonly connection: Connection
  /** Index of the URL. */
  readonly provider: number
}

/**
 * Signed-in connections to one provider at a time: all move to the next one when it fails, so that two providers never
 * take competing writes. What ldapts would survive badly (a first use by many, a reconnect without signing in, half a
 * message) cannot happen: a connection is used only when it is bound, and thrown away at the first transport error.
 */
export class LdapPool {
  readonly #options: DirectoryOptions
  readonly #slots: (Promise<Link> | null)[]
  #next = 0
  #provider = 0
  #downUntil = 0
  #closed = false

  constructor(options: DirectoryOptions & { size?: number }) {
    this.#options = options
    this.#slots = Array.from({ length: options.size ?? 4 }, () => null)
  }

  get baseDn(): string {
    return this.#options.baseDn
  }

  /**
   * Runs `work` on a signed-in client that others may use at the same time. Work that may be repeated (`idempotent`:
   * reads) is repeated on a new connection when the one it had breaks; other work is not, for nobody knows whether it
   * was done. Errors of the directory (ldapts ResultCodeError) and of `work` come through as they are; a directory that
   * cannot be used is an AppError UNAVAILABLE.
   */
  async use<T>(work: (client: Client) => Promise<T>, o: { idempotent?: boolean } = {}): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS
    const delay = backoff(50, 800)
    for (;;) {
      const slot = this.#next++ % this.#slots.length
      const link = await this.#connected(slot, deadline)
      try {
        return await work(link.connection.client)
      } catch (e) {
        if (!isBroken(link.connection, e)) throw e
        this.#drop(slot, link)
        this.#options.log.warn({ problem: messageOf(e) }, 'lost a connection to the directory')
        if (o.idempotent !== true) throw new DirectoryUnreachable(e, UNKNOWN_OUTCOME)
        if (Date.now() > deadline || this.#closed) throw new DirectoryUnreachable(e)
        await pause(delay())
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const links = this.#slots.splice(0, this.#slots.length, ...this.#slots.map(() => null))
    await Promise.all(
      links.map(
        async (link) =>
          await link?.then(
            async ({ connection }) => await connection.close(),
            () => {},
          ),
      ),
    )
  }

  /** A connection of the slot; while there is none, tries until the deadline. */
  async #connected(slot: number, deadline: number): Promise<Link> {
    const delay = backoff(50, 400)
    for (;;) {
      if (this.#closed) throw new DirectoryUnreachable(new Error('The pool is closed'))
      const known = this.#slots[slot] ?? null
      if (known === null && Date.now() < this.#downUntil) {
        throw new DirectoryUnreachable(new Error('The directory was away a moment ago'))
      }
      const opening = known ?? this.#connect()
      this.#slots[slot] = opening
      try {
        const link = await opening
        if (link.connection.alive() && link.provider === this.#provider) return link
        this.#drop(slot, link)
      } catch (e) {
        if (this.#slots[slot] === opening) this.#slots[slot] = null
        if (e instanceof BindRefused) throw e
        if (Date.now() > deadline) {
          this.#downUntil = Date.now() + BREAK_MS
          throw e
        }
        await pause(delay())
      }
    }
  }

  /** The current provider, else the next one that answers. */
  async #connect(): Promise<Link> {
    const { urls, log } = this.#options
    let last: unknown = new Error('No LDAP server is named')
    const first = this.#provider
    for (let i = 0; i < urls.length; i++) {
      const provider = (first + i) % urls.length
      const url = urls[provider] ?? ''
      try {
        const connection = await openBoundConnection(this.#options, url)
        if (provider !== this.#provider) log.warn({ url }, 'moved to another LDAP server')
        this.#provider = provider
        return { connection, provider }
      } catch (e) {
        if (e instanceof BindRefused) throw e
        log.warn({ url, problem: messageOf(e) }, 'no connection to the directory')
        last = e
      }
    }
    throw new DirectoryUnreachable(last)
  }

  #drop(slot: number, link: Link): void {
    const held = this.#slots[slot]
    void held?.then(
      (current) => {
        if (current === link && this.#slots[slot] === held) this.#slots[slot] = null
      },
      () => {},
    )
    void link.connection.close()
  }
}

const UNKNOWN_OUTCOME =
  'The directory stopped answering: the change may have been made or not. Look before you try again.'

/** Whether the connection, not the work, is what failed. */
function isBroken(connection: Connection, e: unknown): boolean {
  if (e instanceof AppError) return false
  if (e instanceof ResultCodeError) return e.code === BUSY || e.code === UNAVAILABLE
  // What ldapts could not read carries the message; the connection is then out of step.
  return (e instanceof Error && 'messageDetails' in e) || !connection.alive()
}
