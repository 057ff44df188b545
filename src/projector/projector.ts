import type { Appended } from '../changelog/append.ts'
import type { Database } from '../changelog/database.ts'
import { systemClock, type Clock } from '../clock.ts'
import { holdLease } from '../cluster/lease.ts'
import type { DirectoryOptions } from '../directory/connection.ts'
import type { Logger } from '../log.ts'
import { LEASE_MS, PROJECTOR_LEASE } from './status.ts'
import { Term, type ProjectorState, type ProjectorTiming } from './term.ts'

export interface ProjectorOptions {
  readonly db: Database
  readonly directory: DirectoryOptions
  readonly log: Logger
  /** A name of this instance that no other has. */
  readonly holder: string
  readonly massDeletePercent: number
  readonly reconcileHours: number
  /** Called in the turn in which the database has said that these versions are committed. */
  readonly onCommitted?: (appended: Appended) => void
  readonly clock?: Clock
  readonly timing?: Partial<ProjectorTiming>
}

export interface ProjectorStatus {
  readonly state: ProjectorState
  /** Why it is stopped or out of reach. */
  readonly reason: string | null
  /** When the state began, in milliseconds since the epoch. */
  readonly since: number
  /** When the newest live event was taken into the log; null when none was. */
  readonly lastEventAt: number | null
  /** Time between the write in the directory, by its own clock, and `lastEventAt`, in milliseconds. */
  readonly lagMs: number | null
}

const TIMING: Omit<ProjectorTiming, 'reconcileMs'> = {
  leaseMs: LEASE_MS,
  pollMs: 1000,
  retryMs: [50, 5000],
  behindGraceMs: 60_000,
  orphanGraceMs: 5000,
  giveUpMs: 10_000,
}

/** Losses below this number never stop anything. */
const FLOOR = 10
/** Single events within this time count as one pass. */
const WINDOW_MS = 60_000

/**
 * Carries the directory into the log (L1), on one instance at a time (L9). It takes what the directory tells, event by
 * event, and commits each as one version (L3), or stops and asks (L6).
 */
export class Projector {
  readonly #o: ProjectorOptions
  readonly #clock: Clock
  #status: ProjectorStatus

  constructor(o: ProjectorOptions) {
    this.#o = o
    this.#clock = o.clock ?? systemClock
    this.#status = {
      state: 'standby',
      reason: null,
      since: this.#clock.now(),
      lastEventAt: null,
      lagMs: null,
    }
  }

  get status(): ProjectorStatus {
    return this.#status
  }

  /** Strives for the lease and works whenever it has it; resolves when the signal has aborted and all work has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { db, directory, log, massDeletePercent, reconcileHours } = this.#o
    const timing = { ...TIMING, reconcileMs: reconcileHours * 3_600_000, ...this.#o.timing }
    const limits = { percent: massDeletePercent, floor: FLOOR, windowMs: WINDOW_MS }
    const options = {
      db,
      directory,
      log,
      limits,
      timing,
      clock: this.#clock,
      onState: (state: ProjectorState, reason: string | null) => this.#enter(state, reason),
      onEvent: (csn: string | null) => this.#took(csn),
      onCommitted: (appended: Appended) => this.#o.onCommitted?.(appended),
    }
    await holdLease(db, PROJECTOR_LEASE, this.#o.holder, {
      ttlMs: timing.leaseMs,
      signal,
      log,
      onHeld: async (lease, lost) => {
        await new Term(options, lease, lost).run()
        if (this.#status.state !== 'unreachable') this.#enter('standby', null)
      },
    })
  }

  #took(csn: string | null): void {
    const lastEventAt = this.#clock.now()
    const writtenAt = csn === null ? null : csnTime(csn)
    const lagMs = writtenAt === null ? this.#status.lagMs : Math.max(0, lastEventAt - writtenAt)
    this.#status = { ...this.#status, lastEventAt, lagMs }
  }

  #enter(state: ProjectorState, reason: string | null): void {
    if (state === this.#status.state && reason === this.#status.reason) return
    this.#status = { ...this.#status, state, reason, since: this.#clock.now() }
  }
}

/** The time in a CSN such as `20260101000000.123456Z#…`, in milliseconds since the epoch. */
function csnTime(csn: string): number | null {
  const iso = csn.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d\.\d{3})\d*Z.*$/, '$1-$2-$3T$4:$5:$6Z')
  const time = Date.parse(iso)
  return Number.isNaN(time) ? null : time
}
