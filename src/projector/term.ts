import { setImmediate } from 'node:timers/promises'
import { backoff, pause, type Clock } from '../clock.ts'
import { HistoryReplaced, type Appended, type Position } from '../changelog/append.ts'
import type { Database } from '../changelog/database.ts'
import { loadNodes, readSource, setStopped, type SourceState } from '../changelog/nodes.ts'
import { LeaseLost, type LeaseToken } from '../changelog/fence.ts'
import { readHead } from '../changelog/log.ts'
import type { DirectoryOptions } from '../directory/connection.ts'
import { layoutOf, type Layout } from '../directory/names.ts'
import { LdapSyncError, watch } from '../directory/watch.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { CommitQueue } from './commit-queue.ts'
import { Projection } from './diff.ts'
import { MassGuard, totalsOf, type GuardLimits } from './guard.ts'
import { chooseProvider, type Provider } from './provider.ts'
import { recentTurns } from './recent-turns.ts'
import { MassChange, Suspicious, SyncSession } from './session.ts'
import { wantedLosses } from './wanted-losses.ts'
import { stopKind, stopReason } from './stop-reason.ts'

export type ProjectorState =
  /** Another instance projects. */
  | 'standby'
  /** Comparing with the directory. */
  | 'refreshing'
  | 'following'
  /** Waits for an administrator (L6, L9). */
  | 'stopped'
  /** The directory or the database does not answer; trying again. */
  | 'unreachable'

/** All in milliseconds. */
export interface ProjectorTiming {
  /** How long a projector that fell silent keeps the lease. */
  readonly leaseMs: number
  /** How often is looked for an administrator's word and for a reconcile that is due. */
  readonly pollMs: number
  /** First and longest delay between two attempts. */
  readonly retryMs: readonly [number, number]
  /** How long a provider that is behind is not believed (L9). */
  readonly behindGraceMs: number
  /** How long an entry may wait for its parent before everything is asked for. */
  readonly orphanGraceMs: number
  /** A directory that was not reached for so long: another instance may try. */
  readonly giveUpMs: number
  /** Time between two full comparisons. */
  readonly reconcileMs: number
}

export interface TermOptions {
  readonly db: Database
  readonly directory: DirectoryOptions
  readonly log: Logger
  readonly limits: GuardLimits
  readonly timing: ProjectorTiming
  readonly clock: Clock
  readonly onState: (state: ProjectorState, reason: string | null) => void
  /** A live event was taken into the log; with the CSN that it brought. */
  readonly onEvent: (csn: string | null) => void
  /** Called in the turn in which the database has said that these versions are committed. */
  readonly onCommitted: (appended: Appended) => void
}

/** e-syncRefreshRequired (RFC 4533); unwillingToPerform, which slapd says to a cookie that is newer than itself. */
const REFRESH_REQUIRED = [4096, 53]

/** Refreshes that must tell of the same lost parents before they are believed. */
const SUSPICIONS = 3

/** Nodes that are taken up at once, some milliseconds of work. */
const SLICE = 200

/** Ends a session that is in order, because something else is to be done. */
class Again extends Error {}

/** One term of office of a projector: from winning the lease to losing it. */
export class Term {
  readonly #o: TermOptions
  readonly #lease: LeaseToken
  readonly #lost: AbortSignal
  #guard: MassGuard
  #projection: Projection | null = null
  /** The head that the projection stands for. */
  #head: Position = { version: 0, hash: '' }
  #wantsFull = false
  #suspicions = 0
  #behindSince: number | null = null
  /** When the directory was last seen to answer. */
  #workedAt: number
  #reconciledAt: number | null = null
  /** What the last attempt has failed of: said once. */
  #failure: string | null = null
  #acceptedOrphans: ReadonlySet<string> = new Set()
  #nextDelay: () => number

  constructor(o: TermOptions, lease: LeaseToken, lost: AbortSignal) {
    this.#o = o
    this.#lease = lease
    this.#lost = lost
    this.#guard = new MassGuard(o.limits)
    this.#workedAt = o.clock.now()
    this.#nextDelay = backoff(...o.timing.retryMs)
  }

  /** Resolves when the lease is lost, or when the directory was out of reach for so long that another may try. */
  async run(): Promise<void> {
    const { clock, timing } = this.#o
    while (!this.#lost.aborted) {
      try {
        await this.#attempt()
      } catch (error) {
        if (this.#lost.aborted || error instanceof LeaseLost) return
        const delay = await this.#recover(error)
        if (clock.now() - this.#workedAt >= timing.giveUpMs) return await this.#giveUp(messageOf(error))
        await pause(delay, this.#lost)
      }
    }
  }

  async #attempt(): Promise<void> {
    const { db, clock, directory, timing, onState } = this.#o
    const source = await readSource(db)
    if (stopKind(source.stopped) === 'mass' && !source.confirmed) {
      onState('stopped', source.stopped)
      this.#workedAt = clock.now()
      return await pause(timing.pollMs, this.#lost)
    }
    const provider = await chooseProvider(directory, source.cookie)
    if (!(await this.#believes(provider, source))) return await pause(timing.pollMs, this.#lost)
    if (!this.#projection) {
      // The head first: whatever replaces history while the nodes are read is noticed at the first commit.
      const head = await readHead(db)
      this.#projection = await load(db, layoutOf(directory.baseDn))
      this.#head = head
      this.#guard = await this.#rememberingGuard(this.#projection)
    }
    await this.#follow(provider, source, this.#projection)
  }

  /** What was lost lately counts, whoever has committed it. */
  async #rememberingGuard(projection: Projection): Promise<MassGuard> {
    const { db, clock, limits } = this.#o
    const past = await recentTurns(db, limits.windowMs)
    return new MassGuard(limits).remember(past, totalsOf(projection), clock.now())
  }

  /** L9: a provider that is behind is believed when the grace time is over, or when somebody has said so. */
  async #believes(provider: Provider, source: SourceState): Promise<boolean> {
    const { db, clock, timing, onState } = this.#o
    if (provider.kind === 'ready') {
      this.#behindSince = null
      return true
    }
    const now = clock.now()
    this.#behindSince ??= now
    if (source.confirmed && stopKind(source.stopped) === 'behind') return true
    if (now - this.#behindSince >= timing.behindGraceMs) return true
    const reason = stopReason('behind', provider.reason)
    if (source.stopped === null) await setStopped(db, this.#lease, reason)
    onState('stopped', reason)
    this.#workedAt = now
    return false
  }

  /** One session, until it breaks (then it throws) or the lease is lost. */
  async #follow(provider: Provider, source: SourceState, projection: Projection): Promise<void> {
    const { db, log, clock, onState, onEvent, onCommitted } = this.#o
    const isConfirmed = source.confirmed && stopKind(source.stopped) === 'mass'
    // Whoever is behind would not understand the cookie.
    const needsAll = provider.kind === 'behind' || isConfirmed || !projection.isComplete
    const isFull = needsAll || this.#wantsFull || source.cookie === null || this.#isReconcileDue(source)
    const end = new AbortController()
    const signal = AbortSignal.any([this.#lost, end.signal])
    const commits = new CommitQueue({
      db,
      lease: this.#lease,
      head: this.#head,
      onCommitted,
      onFailed: () => end.abort(),
    })
    const session = new SyncSession({
      commits,
      layout: layoutOf(provider.options.baseDn),
      log,
      projection,
      guard: this.#guard,
      wantedLosses: () => wantedLosses(db),
      now: () => clock.now(),
      isFull,
      isConfirmed,
      isResuming: source.stopped !== null,
      acceptsOrphans: this.#suspicions >= SUSPICIONS,
      onRefreshed: () => this.#refreshed(projection, isFull),
      onEvent,
    })
    onState('refreshing', null)
    const interrupted = this.#interruption(session, commits, projection, signal).finally(() => end.abort())
    try {
      await watch(provider.options, isFull ? null : source.cookie, (event) => session.take(event), signal)
    } finally {
      end.abort()
      await commits.flush().finally(() => this.#leave(session, commits))
    }
    const reason = await interrupted
    if (reason !== null) throw new Again(reason)
  }

  /** Keeps of a session what the next one may go on with. */
  #leave(session: SyncSession, commits: CommitQueue): void {
    this.#head = commits.head
    if (!session.isSound) this.#projection = null
    if (session.isLive) this.#workedAt = this.#o.clock.now()
  }

  #refreshed(projection: Projection, isFull: boolean): void {
    const now = this.#o.clock.now()
    this.#wantsFull = false
    this.#suspicions = 0
    this.#behindSince = null
    this.#workedAt = now
    this.#failure = null
    if (isFull) this.#reconciledAt = now
    this.#acceptedOrphans = new Set(projection.orphans())
    this.#nextDelay = backoff(...this.#o.timing.retryMs)
    this.#o.onState('following', null)
  }

  /** Why a session that goes well must end; null when it has ended for another reason. */
  async #interruption(
    session: SyncSession,
    commits: CommitQueue,
    projection: Projection,
    signal: AbortSignal,
  ): Promise<string | null> {
    const { db, timing, clock } = this.#o
    let orphanSince: number | null = null
    for (;;) {
      await pause(timing.pollMs, signal)
      if (signal.aborted) return null
      if (!session.isLive) continue
      const isOrphaned = projection.orphans().some((id) => !this.#acceptedOrphans.has(id))
      orphanSince = isOrphaned ? (orphanSince ?? clock.now()) : null
      if (orphanSince !== null && clock.now() - orphanSince >= timing.orphanGraceMs) {
        this.#wantsFull = true
        return 'entries wait for a parent that does not come'
      }
      // While the database is away there is nothing to look for; the lease ends by itself.
      const source = await readSource(db).catch(() => null)
      if (source && this.#isReconcileDue(source)) return 'a full comparison is due'
      if (await this.#isReplaced(session, commits)) {
        this.#projection = null
        return 'the database was restored to another state'
      }
    }
  }

  /** Whether the database has another head than this projector has left there; false while it commits. */
  async #isReplaced(session: SyncSession, commits: CommitQueue): Promise<boolean> {
    const known = commits.head
    if (!session.isSound) return false
    const head = await readHead(this.#o.db).catch(() => null)
    return head !== null && head.hash !== known.hash && session.isSound && commits.head === known
  }

  /** Time since a comparison of our own is our clock's: the database's may be another. */
  #isReconcileDue({ reconciledAt }: SourceState): boolean {
    if (reconciledAt === null) return true
    const last = this.#reconciledAt ?? reconciledAt.getTime()
    return this.#o.clock.now() - last >= this.#o.timing.reconcileMs
  }

  /** What to do after an attempt has failed; the delay before the next, in milliseconds. */
  async #recover(error: unknown): Promise<number> {
    const { db, log, onState } = this.#o
    const reason = messageOf(error)
    if (error instanceof Again) {
      log.info({ reason }, 'asking the directory again')
      return 0
    }
    if (error instanceof HistoryReplaced) {
      log.error({ reason }, 'the database was restored to another state: loading anew')
      return 0
    }
    if (error instanceof MassChange) {
      log.error({ reason }, 'stopped: run `npm run sync -- --confirm` if the directory is right')
      await setStopped(db, this.#lease, stopReason('mass', reason))
      return 0
    }
    if (error instanceof Suspicious) {
      this.#wantsFull = true
      this.#suspicions++
      log.warn({ reason, count: this.#suspicions }, 'asking the directory for everything')
      return this.#suspicions === 1 ? 0 : this.#nextDelay()
    }
    if (error instanceof LdapSyncError && REFRESH_REQUIRED.includes(error.code)) this.#wantsFull = true
    log[reason === this.#failure ? 'debug' : 'warn'](
      { err: error },
      'the directory cannot be followed just now',
    )
    this.#failure = reason
    onState('unreachable', reason)
    return this.#nextDelay()
  }

  async #giveUp(text: string): Promise<void> {
    const { db, log } = this.#o
    try {
      const { stopped } = await readSource(db)
      if (stopped === null) await setStopped(db, this.#lease, stopReason('unreachable', text))
    } catch (error) {
      log.warn({ err: error }, 'that the directory is out of reach could not be noted')
    }
  }
}

/** What the last projector has saved, taken up in slices: there is other work in this process. */
async function load(db: Database, layout: Layout): Promise<Projection> {
  const nodes = await loadNodes(db)
  const projection = new Projection(layout)
  for (let at = 0; at < nodes.length; at += SLICE) {
    projection.restore(nodes.slice(at, at + SLICE))
    await setImmediate()
  }
  return projection
}
