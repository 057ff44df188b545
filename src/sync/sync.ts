import { LRUCache } from 'lru-cache'
import { audienceOf, viewerRecord, type Audience } from '../access/grant.ts'
import type { View } from '../access/view.ts'
import type { LogVersion } from '../changelog/log.ts'
import { AppError } from '../errors.ts'
import { rewind } from '../model/state.ts'
import { CursorMint, shortHash, type Position, type Token } from './cursor.ts'
import { digestText } from './digest.ts'
import { evaluate, type Evaluation } from './evaluate.ts'
import type { ChangesResult, Resync, ResyncReason, SnapshotResult } from './results.ts'
import { Snapshots } from './snapshot.ts'
import { changesOf, find, upToHead, type Found, type History } from './trail.ts'
import { positionKey, Views } from './views.ts'

export interface SyncOptions {
  readonly replica: History
  /** TOKEN_SECRET: signs cursors. */
  readonly secret: string
  /** Longest wait for a version that this instance has not seen yet (K3), in milliseconds. */
  readonly waitMs?: number
}

/** Rows of one answer at most; the rest follows in further pages (D10, S1). */
const MAX_PAGE = 5000
const WAIT_MS = 5000

/** The queries of the live sync: differences, snapshots and views, all by one evaluator over this instance's replica. */
export class Sync {
  readonly #history: History
  readonly #mint: CursorMint
  readonly #waitMs: number
  readonly #views: Views
  readonly #snapshots: Snapshots
  /** Differences that are being read page by page. */
  readonly #evaluations = new LRUCache<string, Evaluation>({ max: 20 })
  /** Cursors whose copies were reported to be wrong (D8), with the viewer; they resync. */
  readonly #wrongCopies = new LRUCache<string, true>({ max: 10_000 })

  constructor({ replica, secret, waitMs = WAIT_MS }: SyncOptions) {
    this.#history = replica
    this.#mint = new CursorMint(secret)
    this.#waitMs = waitMs
    this.#views = new Views(replica)
    this.#snapshots = new Snapshots(this.#mint)
  }

  get views(): Views {
    return this.#views
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
    // Nothing below waits: state, versions and head belong together.
    return settle(this.#difference(staffId, since, token, found, compact, size ?? Number.MAX_SAFE_INTEGER))
  }

  /** The difference of two states at the head for a whole audience: what the hub pushes (P1). */
  evaluateAtHead(
    before: View,
    today: Audience,
    touched: readonly LogVersion[],
    compact: boolean,
  ): Evaluation & { digest: string } {
    const after = this.#views.atHead(today)
    const summary = this.#views.summary(after, this.#views.headPosition(today))
    return { ...evaluate(before, after, changesOf(touched), summary, compact), digest: digestText(summary) }
  }

  /** One page of everything the caller may see, pinned to one version and one grant (S1). */
  async snapshot(staffId: string, first: number, after: string | null): Promise<SnapshotResult> {
    const size = Math.min(Math.max(first, 1), MAX_PAGE)
    if (after === null) return this.#page(staffId, size, null, [])
    const read = this.#mint.read(after)
    if (read.kind === 'schema') return this.resync(staffId, 'SCHEMA')
    if (read.kind === 'unknown' || read.token.kind !== 'snapshot') return this.resync(staffId, 'DIVERGED')
    const { at, offset } = read.token
    const trail = upToHead(this.#history, at, await find(this.#history, at, this.#waitMs))
    if (trail.kind === 'resync') return this.resync(staffId, trail.reason, at)
    return this.#page(staffId, size, { at, offset }, trail.versions)
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
    const isScoped = view.audience.rules.some((rule) => rule.scope === 'OWN_SUBTREE')
    return {
      kind: 'Resync',
      reason,
      delayMs,
      keepOld: !isScoped && from?.fingerprint === view.audience.fingerprint,
      departmentTypeIds: departmentTypes.map((t) => t.id),
      staffTypeIds: staffTypes.map((t) => t.id),
      sensitiveFields: view.sensitiveFields(),
    }
  }

  #page(
    staffId: string,
    size: number,
    pinned: { at: Position; offset: number } | null,
    later: readonly LogVersion[],
  ): SnapshotResult {
    const head = this.#history.state
    const today = audienceOf(head, staffId)
    const { at, offset } = pinned ?? { at: this.#views.headPosition(today), offset: 0 }
    if (at.fingerprint !== today.fingerprint) return this.resync(staffId, 'VIEW_CHANGED', at)
    const state = later.length === 0 ? head : rewind(head, changesOf(later))
    if (audienceOf(state, staffId).fingerprint !== at.fingerprint) return this.resync(staffId, 'DIVERGED')
    const view = this.#views.over(today, state)
    const summary = this.#views.summary(view, at)
    const page = this.#snapshots.page(view, at, summary, offset, size)
    if (page.hasNextPage) this.#views.pin(at, summary)
    return page
  }

  #difference(
    staffId: string,
    since: string,
    token: Extract<Token, { kind: 'cursor' | 'continuation' }>,
    found: Found,
    asked: boolean,
    size: number,
  ): ChangesResult {
    const { state } = this.#history
    const isPage = token.kind === 'continuation'
    const [from, compact, offset] = isPage ? [token.from, token.compact, token.offset] : [token.at, asked, 0]
    const trail = upToHead(this.#history, from, found)
    if (trail.kind === 'resync') return this.resync(staffId, trail.reason, from)
    const today = audienceOf(state, staffId)
    const target = isPage ? token.target : this.#views.headPosition(today)
    if (target.fingerprint !== today.fingerprint) return this.resync(staffId, 'VIEW_CHANGED', from)
    if (isPage && !isKnown(trail.versions, target, from)) return this.resync(staffId, 'DIVERGED', from)

    const later = trail.versions.filter((v) => v.version > target.version)
    const newer = later.length === 0 ? state : rewind(state, changesOf(later))
    const older = rewind(state, changesOf(trail.versions))
    const oldAudience = audienceOf(older, staffId)
    const isOwn =
      oldAudience.fingerprint === from.fingerprint &&
      audienceOf(newer, staffId).fingerprint === target.fingerprint
    if (!isOwn) return this.resync(staffId, 'DIVERGED')

    const after = this.#views.over(today, newer)
    const summary = this.#views.summary(after, target)
    const key = `${positionKey(from)} ${positionKey(target)} ${compact}`
    const touched = changesOf(trail.versions.filter((v) => v.version <= target.version))
    const evaluation =
      this.#evaluations.get(key) ??
      evaluate(this.#views.over(oldAudience, older), after, touched, summary, compact)
    if (evaluation.isTooMuch) return this.resync(staffId, 'VIEW_CHANGED', from)
    const { departmentTypes, staffTypes, fields } = evaluation
    const end = offset + size
    const hasMore = end < evaluation.changes.length
    if (hasMore) {
      this.#evaluations.set(key, evaluation)
      this.#views.pin(target, summary)
    }
    return {
      kind: 'Delta',
      from: since,
      to: hasMore
        ? this.#mint.mint({ kind: 'continuation', from, target, compact, offset: end })
        : this.#mint.cursor(target),
      changes: evaluation.changes.slice(offset, end),
      revoked: offset === 0 ? evaluation.revoked : null,
      departmentTypes,
      staffTypes,
      fields,
      hasMore,
      viewerChanged: viewerRecord(older, staffId) !== viewerRecord(newer, staffId),
      digest: digestText(summary),
    }
  }
}

/** Whether the target of a continuation still is in our history. */
function isKnown(versions: readonly LogVersion[], target: Position, from: Position): boolean {
  if (target.version === from.version) return target.hash === from.hash
  const version = versions.find((v) => v.version === target.version)
  return version !== undefined && shortHash(version.hash) === target.hash
}
