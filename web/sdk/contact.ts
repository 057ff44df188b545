import { AcknowledgePurgeDocument } from '../generated/graphql.ts'
import type { Keeper } from './keeper.ts'
import type { Request } from './transport.ts'

export interface ContactOptions {
  readonly keeper: Keeper
  readonly request: Request
  /** The lease has ended, and nothing is shown any more. */
  readonly onLapse: () => void
  readonly signal: AbortSignal
}

/** How often the lease is looked at: a timer does not run while a laptop sleeps. */
const LEASE_CHECK_MS = 60_000

/** What follows from reaching the server, and from not reaching it (K2). */
export class Contact {
  readonly #o: ContactOptions
  #timer: ReturnType<typeof setTimeout> | null = null
  #isAcknowledging = false

  constructor(options: ContactOptions) {
    this.#o = options
    options.signal.addEventListener('abort', () => clearTimeout(this.#timer ?? undefined))
  }

  /** The lease begins anew, and the server is told of purges. */
  reached(): void {
    this.checkLease()
    const { keeper, request, signal } = this.#o
    const { purge } = keeper
    if (purge === null || this.#isAcknowledging) return
    this.#isAcknowledging = true
    request(AcknowledgePurgeDocument, { version: purge }, { signal })
      .then(() => keeper.acknowledged(purge))
      // It stays noted, and is told the next time that the server is reached.
      .catch(() => {})
      .finally(() => {
        this.#isAcknowledging = false
      })
  }

  /** Hides a copy whose lease has ended, and looks again when it may. */
  checkLease(): void {
    const { keeper, signal, onLapse } = this.#o
    clearTimeout(this.#timer ?? undefined)
    if (signal.aborted) return
    // A store that fails says so when there is something to keep.
    keeper.seen().catch(() => {})
    if (keeper.rows === null) return
    const { leaseMs } = keeper
    if (leaseMs > 0) {
      this.#timer = setTimeout(() => this.checkLease(), Math.min(leaseMs, LEASE_CHECK_MS))
      return
    }
    keeper.lapse()
    onLapse()
  }
}
