import { LRUCache } from 'lru-cache'
import type { Audience } from '../access/grant.ts'
import type { View } from '../access/view.ts'
import type { LogVersion } from '../changelog/log.ts'
import { AppError } from '../errors.ts'
import type { SearchHit } from '../search/search.ts'
import type { SignedIn } from '../model/signed-in.ts'
import { CursorMint, type Position } from './cursor.ts'
import { diffViews, type RowChange } from './delta.ts'
import { Differences } from './differences.ts'
import { advanceSummary, type Summary } from './digest.ts'
import { evaluate, type Evaluation } from './evaluate.ts'
import { Finder, type Search } from './finder.ts'
import { Pin } from './pin.ts'
import type { ChangesResult, Resync, ResyncReason, SnapshotResult } from './results.ts'
import { PACE, type Pace } from './slices.ts'
import { snapshotPage } from './snapshot.ts'
import { Spread } from './spread.ts'
import { Standings } from './standings.ts'
import { Touched } from './touched.ts'
import { changesOf, find, upToHead, type Found, type History } from './trail.ts'
import { Views } from './views.ts'

export interface SyncOptions {
  readonly replica: History
  /** TOKEN_SECRET: signs cursors. */
  readonly secret: string
  /** Longest wait for a version that this instance has not seen yet (K3), in milliseconds. */
  readonly waitMs?: number
  readonly pace?: Pace
}

/** Rows of one answer at most; the rest follows in further pages (D10, S1). */
const MAX_PAGE = 10_000
const WAIT_MS = 5000
/** Whatever is reported, a digest is not added up anew before this time has gone by. */
const LOOK_AGAIN_MS = 60_000

/** A place in a snapshot that is being read. */
interface Reading {
  readonly pin: Pin
  /** What the reader has brought along; null: they begin. */
  readonly at: Position | null
  readonly offset: number
}

/** The queries of the live sync: differences, snapshots and views, all by one evaluator over this instance's replica. */
export class Sync {
  readonly #history: History
  readonly #mint: CursorMint
  readonly #waitMs: number
  readonly #pace: Pace
  readonly #spread = new Spread(() => performance.now())
  readonly #views: Views
  readonly #standings: Standings
  readonly #differences: Differences
  readonly #finder: Finder
  /** Cursors whose copies were reported to be wrong (D8), with the session of the device; it resyncs. */
  readonly #wrongCopies = new LRUCache<string, true>({ max: 10_000 })
  /** Audiences whose digest was added up anew a moment ago. */
  readonly #lookedAt = new LRUCache<string, true>({ max: 1000, ttl: LOOK_AGAIN_MS })

  constructor({ replica, secret, waitMs = WAIT_MS, pace = PACE }: SyncOptions) {
    this.#history = replica
    this.#mint = new CursorMint(secret)
    this.#waitMs = waitMs
    this.#pace = pace
    this.#views = new Views(replica)
    this.#finder = new Finder(replica, this.#views, pace.sliceMs)
    const touched = new Touched(replica)
    this.#standings = new Standings(replica, this.#views, touched, pace)
    this.#differences = new Differences(replica, this.#mint, this.#views, this.#standings, touched)
  }

  get views(): Views {
    return this.#views
  }

  /** For tests and metrics: blocks of snapshots whose rows were made. */
  get blocksMade(): number {
    return this.#standings.blocksMade
  }

  /** What a person sees now; nothing for null. */
  view(staffId: string | null): View {
    return this.#views.of(staffId)
  }

  /** What a person sees of what they look for, best first (F1-F7). */
  search(staffId: string, search: Search): Promise<SearchHit[]> {
    return this.#finder.search(staffId, search)
  }

  /** Makes what searches need before anybody asks; ends with the signal. */
  prepareSearch(signal: AbortSignal): Promise<void> {
    return this.#finder.prepare(signal)
  }

  /** The cursor at the head of an audience that was evaluated in this turn. Throws AppError INTERNAL for any other. */
  headCursor(audience: Audience): string {
    const standing = this.#standings.atHead(audience)
    if (!standing) throw new AppError('INTERNAL', 'the digest of an audience is not known at the head')
    return this.#mint.cursor({ ...this.#views.headPoint(audience), summary: standing.summary })
  }

  /** The cursor at the head of a person's view, which is looked at as a whole when nobody has asked for it before. */
  async cursorOf(staffId: string): Promise<string> {
    for (;;) {
      const audience = this.#views.audienceOf(staffId)
      if (this.#standings.atHead(audience)) return this.headCursor(audience)
      await this.#standings.build(audience, Pin.head(this.#history))
    }
  }

  /** Whether the text is a cursor of ours, for whomever. */
  isCursor(text: string): boolean {
    const read = this.#mint.read(text)
    return read.kind === 'token' && read.token.kind === 'cursor'
  }

  /** Waits until this instance has seen a version that a client knows (K3). */
  async waitFor(text: string): Promise<void> {
    const read = this.#mint.read(text)
    if (read.kind !== 'token' || read.token.kind !== 'cursor') {
      throw new AppError('BAD_USER_INPUT', 'waitFor takes a version that this server has given out.')
    }
    if (!(await this.#history.waitFor(read.token.at.version, this.#waitMs))) {
      throw new AppError('UNAVAILABLE', 'This server has not caught up with that version yet. Try again.')
    }
  }

  /** The net difference between what the caller has and what they may see now (D1-D11), `first` changes at a time. */
  changesSince(by: SignedIn, since: string, first: number, compact: boolean): Promise<ChangesResult> {
    const size = Math.min(Math.max(first, 1), MAX_PAGE)
    return this.#answer(by, since, compact, size, (result) => result)
  }

  /**
   * The same in one piece, for a subscription (D10). `settle` is called in the very turn in which the answer is
   * evaluated, so that whoever follows from there misses nothing (S3).
   */
  follow<T>(by: SignedIn, since: string, compact: boolean, settle: (first: ChangesResult) => T): Promise<T> {
    return this.#answer(by, since, compact, null, settle)
  }

  async #answer<T>(
    { staffId, sessionId }: SignedIn,
    since: string,
    compact: boolean,
    size: number | null,
    settle: (result: ChangesResult) => T,
  ): Promise<T> {
    const read = this.#mint.read(since)
    if (read.kind === 'schema') return settle(this.resync(staffId, 'SCHEMA'))
    const token = read.kind === 'token' ? read.token : null
    const isPage = token?.kind === 'continuation'
    if (!token || token.kind === 'snapshot' || (isPage && size === null))
      return settle(this.resync(staffId, 'DIVERGED'))
    if (this.#wrongCopies.size > 0 && this.#wrongCopies.delete(`${sessionId} ${since}`))
      return settle(this.resync(staffId, 'CHECKSUM'))
    const question = { staffId, since, token, compact, size: size ?? Number.MAX_SAFE_INTEGER }
    // Another instance may have begun the pages, towards a version that this one has not seen yet.
    const [from, newest] = isPage ? [token.from, token.target] : [token.at, token.at]
    const found = await find(this.#history, from, this.#waitMs, newest)
    const again = found.kind === 'versions' ? this.#differences.again(question) : null
    if (again) return settle(again)
    for (;;) {
      const step = this.#differences.step({ ...question, found })
      if (step.kind === 'delta') return settle(step.delta)
      if (step.kind === 'resync') return settle(this.resync(staffId, step.reason, step.from))
      await step.until
    }
  }

  /**
   * The difference of two states at the head for a whole audience: what the hub pushes (P1). Null when it cannot be worked
   * out in one turn: whoever follows then asks again from their cursor.
   */
  evaluateAtHead(
    before: View,
    today: Audience,
    touched: readonly LogVersion[],
    compact: boolean,
  ): Evaluation | null {
    const after = this.#views.atHead(today)
    const rows = diffViews(before, after, changesOf(touched), this.#pace.rowsAtOnce)
    if (!rows) return null
    const start = (touched[0]?.version ?? this.#history.version + 1) - 1
    const summary =
      before.audience.key === today.key
        ? this.#standings.advance(after, start, rows)?.summary
        : this.#summaryOfOther(before.audience, start, rows, after)
    return summary ? evaluate(rows, before, after, summary, compact) : null
  }

  /** The grant has changed: today's digest is the old one and the difference. */
  #summaryOfOther(
    old: Audience,
    version: number,
    rows: readonly RowChange[],
    after: View,
  ): Summary | undefined {
    const summary = this.#standings.summaryAt(old, version)
    return summary
      ? this.#standings.adopt(after.audience, advanceSummary(summary, rows, after)).summary
      : this.#standings.atHead(after.audience)?.summary
  }

  /** One page of everything the caller may see, pinned to one version and one grant (S1). */
  async snapshot(staffId: string, first: number, after: string | null): Promise<SnapshotResult> {
    const size = Math.min(Math.max(first, 1), MAX_PAGE)
    if (after === null) {
      return this.#read(staffId, size, { pin: Pin.head(this.#history), at: null, offset: 0 })
    }
    const read = this.#mint.read(after)
    if (read.kind === 'schema') return this.resync(staffId, 'SCHEMA')
    if (read.kind === 'unknown' || read.token.kind !== 'snapshot') return this.resync(staffId, 'DIVERGED')
    const { at, offset } = read.token
    const found: Found = await find(this.#history, at, this.#waitMs)
    const trail = upToHead(this.#history, at, found)
    if (trail.kind === 'resync') return this.resync(staffId, trail.reason, at)
    const pin = new Pin(this.#history, at, found)
    return this.#read(staffId, size, { pin, at, offset })
  }

  /** The client's copy does not have our digest (D8): its next request with that cursor is told to resync. */
  reportDigest({ staffId, sessionId }: SignedIn, version: string): boolean {
    const read = this.#mint.read(version)
    if (read.kind !== 'token' || read.token.kind !== 'cursor') return false
    this.#wrongCopies.set(`${sessionId} ${version}`, true)
    const audience = this.#views.audienceOf(staffId)
    // Perhaps it is ours that is wrong.
    if (read.token.at.fingerprint === audience.fingerprint) void this.#lookAgain(audience)
    return true
  }

  /** Adds a digest up from the rows: not more often than now and then, since it takes a look at every row. */
  async #lookAgain(audience: Audience): Promise<void> {
    if (this.#lookedAt.has(audience.key)) return
    this.#lookedAt.set(audience.key, true)
    // Where the history is replaced meanwhile nothing of it is left.
    if (await this.#standings.isRight(audience).catch(() => true)) return
    this.#standings.drop(audience)
    this.#differences.clear()
  }

  /**
   * Tells a client to start again (R1), with what today's grant contains (R2). `from`: the cursor, if it is ours. The delay is
   * for whoever knows better how many are told.
   */
  resync(
    staffId: string,
    reason: ResyncReason,
    from: Position | null = null,
    delayMs: number = this.#spread.delayOf(staffId),
  ): Resync {
    const view = this.view(staffId)
    const { departmentTypes, staffTypes } = view.catalogue()
    return {
      kind: 'Resync',
      reason,
      delayMs,
      keepOld: !view.audience.isScoped && from?.fingerprint === view.audience.fingerprint,
      departmentTypeIds: departmentTypes.map((t) => t.id),
      staffTypeIds: staffTypes.map((t) => t.id),
      sensitiveFields: view.sensitiveFields(),
      departmentFields: view.shownFields('DEPARTMENT'),
      staffFields: view.shownFields('STAFF'),
    }
  }

  async #read(staffId: string, size: number, { pin, at, offset }: Reading): Promise<SnapshotResult> {
    for (;;) {
      const today = this.#views.audienceOf(staffId)
      const state = pin.state()
      if (!state) return this.resync(staffId, 'DIVERGED')
      const { fingerprint } = today
      if (at && at.fingerprint !== fingerprint) return this.resync(staffId, 'VIEW_CHANGED', at)
      if (this.#views.audienceOf(staffId, state).fingerprint !== fingerprint) {
        if (at) return this.resync(staffId, 'DIVERGED')
        // The grant has changed while the first page was prepared: it is pinned anew.
        return this.snapshot(staffId, size, null)
      }
      const standing = this.#standings.ready(today, pin, at?.summary ?? null)
      if (standing instanceof Promise) {
        await standing
        continue
      }
      const view = this.#standings.pinnedView(today, pin)
      const point = { version: pin.version, hash: pin.hash, fingerprint }
      const page = snapshotPage(this.#mint, standing, point, view, offset, size)
      if (page.hasNextPage) this.#standings.pin(today, pin, standing)
      return page
    }
  }
}
