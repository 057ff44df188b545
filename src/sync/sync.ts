import { LRUCache } from 'lru-cache'
import type { Audience } from '../access/grant.ts'
import type { View } from '../access/view.ts'
import type { LogVersion } from '../changelog/log.ts'
import { AppError } from '../errors.ts'
import { CursorMint, type Position } from './cursor.ts'
import { diffViews } from './delta.ts'
import { Differences } from './differences.ts'
import { digestText } from './digest.ts'
import { evaluate, type Evaluation } from './evaluate.ts'
import { Pin } from './pin.ts'
import type { ChangesResult, Resync, ResyncReason, SnapshotResult } from './results.ts'
import { PACE, type Pace } from './slices.ts'
import { snapshotPage } from './snapshot.ts'
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

/** A place in a snapshot that is being read. */
interface Reading {
  readonly pin: Pin
  /** Null: the grant that the reader has in this turn. */
  readonly fingerprint: string | null
  readonly offset: number
}

/** The queries of the live sync: differences, snapshots and views, all by one evaluator over this instance's replica. */
export class Sync {
  readonly #history: History
  readonly #mint: CursorMint
  readonly #waitMs: number
  readonly #pace: Pace
  readonly #views: Views
  readonly #standings: Standings
  readonly #differences: Differences
  /** Cursors whose copies were reported to be wrong (D8), with the viewer; they resync. */
  readonly #wrongCopies = new LRUCache<string, true>({ max: 10_000 })

  constructor({ replica, secret, waitMs = WAIT_MS, pace = PACE }: SyncOptions) {
    this.#history = replica
    this.#mint = new CursorMint(secret)
    this.#waitMs = waitMs
    this.#pace = pace
    this.#views = new Views(replica)
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

  /** The cursor of an audience at the head. */
  headCursor(audience: Audience): string {
    return this.#mint.cursor(this.#views.headPosition(audience))
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
  async changesSince(
    staffId: string,
    since: string,
    first: number,
    compact: boolean,
  ): Promise<ChangesResult> {
    const size = Math.min(Math.max(first, 1), MAX_PAGE)
    return this.#answer(staffId, since, compact, size, (result) => result)
  }

  /**
   * The same in one piece, for a subscription (D10). `settle` is called in the very turn in which the answer is
   * evaluated, so that whoever follows from there misses nothing (S3).
   */
  async follow<T>(
    staffId: string,
    since: string,
    compact: boolean,
    settle: (first: ChangesResult) => T,
  ): Promise<T> {
    return this.#answer(staffId, since, compact, null, settle)
  }

  async #answer<T>(
    staffId: string,
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
    if (this.#wrongCopies.delete(`${staffId} ${since}`)) return settle(this.resync(staffId, 'CHECKSUM'))
    // Another instance may have begun the pages, towards a version that this one has not seen yet.
    const [from, newest] = isPage ? [token.from, token.target] : [token.at, token.at]
    const found = await find(this.#history, from, this.#waitMs, newest)
    const question = { staffId, since, token, compact, size: size ?? Number.MAX_SAFE_INTEGER, found }
    for (;;) {
      const step = this.#differences.step(question)
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
  ): (Evaluation & { readonly digest: string }) | null {
    const after = this.#views.atHead(today)
    const rows = diffViews(before, after, changesOf(touched), this.#pace.rowsAtOnce)
    if (!rows) return null
    const start = (touched[0]?.version ?? this.#history.version + 1) - 1
    const standing =
      before.audience === today ? this.#standings.advance(today, start, rows) : this.#standings.atHead(today)
    if (!standing) return null
    const { summary } = standing
    return { ...evaluate(rows, before, after, summary.rows, compact), digest: digestText(summary) }
  }

  /** One page of everything the caller may see, pinned to one version and one grant (S1). */
  async snapshot(staffId: string, first: number, after: string | null): Promise<SnapshotResult> {
    const size = Math.min(Math.max(first, 1), MAX_PAGE)
    if (after === null) {
      return this.#read(staffId, size, { pin: Pin.head(this.#history), fingerprint: null, offset: 0 })
    }
    const read = this.#mint.read(after)
    if (read.kind === 'schema') return this.resync(staffId, 'SCHEMA')
    if (read.kind === 'unknown' || read.token.kind !== 'snapshot') return this.resync(staffId, 'DIVERGED')
    const { at, offset } = read.token
    const found: Found = await find(this.#history, at, this.#waitMs)
    const trail = upToHead(this.#history, at, found)
    if (trail.kind === 'resync') return this.resync(staffId, trail.reason, at)
    const pin = new Pin(this.#history, at, found)
    return this.#read(staffId, size, { pin, fingerprint: at.fingerprint, offset })
  }

  /** The client's copy does not have our digest (D8): its next request with that cursor is told to resync. */
  reportDigest(staffId: string, version: string): boolean {
    if (!this.isCursor(version)) return false
    this.#wrongCopies.set(`${staffId} ${version}`, true)
    return true
  }

  /** Tells a client to start again (R1), with what today's grant contains (R2). `from`: the cursor, if it is ours. */
  resync(staffId: string, reason: ResyncReason, from: Position | null = null, delayMs = 0): Resync {
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
    }
  }

  async #read(staffId: string, size: number, { pin, fingerprint, offset }: Reading): Promise<SnapshotResult> {
    for (;;) {
      const today = this.#views.audienceOf(staffId)
      const at: Position = {
        version: pin.version,
        hash: pin.hash,
        fingerprint: fingerprint ?? today.fingerprint,
      }
      const state = pin.state()
      if (!state) return this.resync(staffId, 'DIVERGED')
      if (at.fingerprint !== today.fingerprint) return this.resync(staffId, 'VIEW_CHANGED', at)
      const pinned = this.#views.audienceOf(staffId, state)
      if (pinned.fingerprint !== at.fingerprint) {
        // The grant has changed while the first page was prepared: it is pinned anew.
        if (fingerprint === null) return this.snapshot(staffId, size, null)
        return this.resync(staffId, 'DIVERGED')
      }
      const standing = this.#standings.ready(today, pin)
      if (standing instanceof Promise) {
        await standing
        continue
      }
      const view = this.#standings.pinnedView(today, pin)
      const page = snapshotPage(this.#mint, standing, at, view, offset, size)
      if (page.hasNextPage) this.#standings.pin(today, pin, standing)
      return page
    }
  }
}
