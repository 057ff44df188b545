import { LRUCache } from 'lru-cache'
import { audienceOf, viewerRecord, type Audience } from '../access/grant.ts'
import { Projections } from '../access/projection.ts'
import { View } from '../access/view.ts'
import type { LogVersion } from '../changelog/log.ts'
import type { Replica } from '../changelog/replica.ts'
import { AppError } from '../errors.ts'
import { rewind, type State } from '../model/state.ts'
import { CursorMint, samePosition, shortHash, type Position, type Token } from './cursor.ts'
import { advanceSummary, digestText, summaryOf, type Summary } from './digest.ts'
import { depthOf, diffViews } from './delta.ts'
import { evaluate, type Evaluation } from './evaluate.ts'
import type { ChangesResult, Resync, ResyncReason, SnapshotPage, SnapshotResult } from './results.ts'

/** What sync needs of the instance's replica. */
export type History = Pick<
  Replica,
  | 'state'
  | 'version'
  | 'hash'
  | 'onAdvance'
  | 'onDiverged'
  | 'waitFor'
  | 'changesAfter'
  | 'recentAfter'
  | 'databaseHead'
>

export interface SyncOptions {
  readonly replica: History
  /** TOKEN_SECRET: signs cursors. */
  readonly secret: string
  /** Longest wait for a version that this instance has not seen yet (K3), in milliseconds. */
  readonly waitMs?: number
}

/** Rows of one delta at most; the rest follows in further pages (D10). */
const MAX_PAGE = 5000
const WAIT_MS = 5000

type Located =
  | { readonly kind: 'located'; readonly versions: readonly LogVersion[] }
  | { readonly kind: 'resync'; readonly reason: ResyncReason }

type Found = Awaited<ReturnType<History['changesAfter']>>

interface Pin {
  readonly departments: readonly string[]
  readonly staff: readonly string[]
}

/** Queries of the live sync: differences, snapshots and views, all by one evaluator over this instance's replica. */
export class Sync {
  readonly #replica: History
  readonly #mint: CursorMint
  readonly #waitMs: number
  readonly #projections = new Projections()
  readonly #views = new LRUCache<string, View>({ max: 1000 })
  readonly #headSummaries = new LRUCache<string, { version: number; hash: string; summary: Summary }>({
    max: 1000,
  })
  readonly #pinnedSummaries = new LRUCache<string, Summary>({ max: 200 })
  /** Differences that are being read page by page. */
  readonly #evaluations = new LRUCache<string, Evaluation>({ max: 20 })
  readonly #pins = new LRUCache<string, Pin>({ max: 50 })
  /** Cursors whose copies were reported to be wrong (D8), with the viewer; they resync. */
  readonly #wrongCopies = new LRUCache<string, true>({ max: 10_000 })

  constructor({ replica, secret, waitMs = WAIT_MS }: SyncOptions) {
    this.#replica = replica
    this.#mint = new CursorMint(secret)
    this.#waitMs = waitMs
    replica.onDiverged(() => this.#headSummaries.clear())
  }

  /** What a person sees now; nothing for null. */
  view(staffId: string | null): View {
    return this.headView(audienceOf(this.#replica.state, staffId))
  }

  headView(audience: Audience): View {
    const known = this.#views.get(audience.key)
    if (known?.state === this.#replica.state) return known
    const view = new View(audience, this.#replica.state, this.#projections)
    this.#views.set(audience.key, view)
    return view
  }

  viewOver(audience: Audience, state: State): View {
    return state === this.#replica.state
      ? this.headView(audience)
      : new View(audience, state, this.#projections)
  }

  /** The cursor of an audience at the head. */
  headCursor(audience: Audience): string {
    return this.#mint.cursor(this.#headPosition(audience))
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
    if (!(await this.#replica.waitFor(read.token.at.version, this.#waitMs))) {
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
    const found = await this.#find(isPage ? token.from : token.at)
    // Nothing below waits: state, versions and head belong together.
    return settle(this.#difference(staffId, since, token, found, compact, size ?? Number.MAX_SAFE_INTEGER))
  }

  #difference(
    staffId: string,
    since: string,
    token: Extract<Token, { kind: 'cursor' | 'continuation' }>,
    found: Found,
    asked: boolean,
    size: number,
  ): ChangesResult {
    const { state } = this.#replica
    const isPage = token.kind === 'continuation'
    const [from, compact, offset] = isPage ? [token.from, token.compact, token.offset] : [token.at, asked, 0]
    const located = this.#upToHead(from, found)
    if (located.kind === 'resync') return this.resync(staffId, located.reason, from)
    const today = audienceOf(state, staffId)
    const target = isPage ? token.target : this.#headPosition(today)
    if (target.fingerprint !== today.fingerprint) return this.resync(staffId, 'VIEW_CHANGED', from)
    if (isPage && !hasHash(located.versions, target, from)) return this.resync(staffId, 'DIVERGED', from)

    const later = located.versions.filter((v) => v.version > target.version)
    const newer = later.length === 0 ? state : rewind(state, changesOf(later))
    const older = rewind(state, changesOf(located.versions))
    const oldAudience = audienceOf(older, staffId)
    const isOwn =
      oldAudience.fingerprint === from.fingerprint &&
      audienceOf(newer, staffId).fingerprint === target.fingerprint
    if (!isOwn) return this.resync(staffId, 'DIVERGED')

    const after = this.viewOver(today, newer)
    const summary = this.summary(after, target)
    const key = `${pinKey(from)} ${pinKey(target)} ${compact}`
    const touched = changesOf(located.versions.filter((v) => v.version <= target.version))
    const evaluation =
      this.#evaluations.get(key) ??
      evaluate(this.viewOver(oldAudience, older), after, touched, summary, compact)
    if (evaluation.isTooMuch) return this.resync(staffId, 'VIEW_CHANGED', from)
    const { departmentTypes, staffTypes, fields } = evaluation
    const end = offset + size
    const hasMore = end < evaluation.changes.length
    if (hasMore) this.#evaluations.set(key, evaluation)
    return {
      kind: 'Delta',
      from: since,
      to: hasMore
        ? this.#mint.mint({ kind: 'continuation', from, target, compact, offset: end })
        : this.#mint.cursor(target),
      changes: evaluation.changes.slice(offset, end),
      revoked: offset === 0 ? evaluation.revoked : null,
      ...{ departmentTypes, staffTypes, fields, hasMore },
      viewerChanged: viewerRecord(older, staffId) !== viewerRecord(newer, staffId),
      digest: digestText(summary),
    }
  }

  /** The difference of two states at the head for a whole audience: what the hub pushes (P1). */
  evaluateAtHead(
    before: View,
    today: Audience,
    touched: readonly LogVersion[],
    compact: boolean,
  ): Evaluation & { digest: string } {
    const after = this.headView(today)
    const summary = this.summary(after, this.#headPosition(today))
    return { ...evaluate(before, after, changesOf(touched), summary, compact), digest: digestText(summary) }
  }

  /** One page of everything the caller may see, pinned to one version and one grant (S1). */
  async snapshot(staffId: string, first: number, after: string | null): Promise<SnapshotResult> {
    let pinned: { at: Position; offset: number } | null = null
    let later: readonly LogVersion[] = []
    if (after !== null) {
      const read = this.#mint.read(after)
      if (read.kind === 'schema') return this.resync(staffId, 'SCHEMA')
      if (read.kind === 'unknown' || read.token.kind !== 'snapshot') return this.resync(staffId, 'DIVERGED')
      pinned = read.token
      const found = await this.#find(pinned.at)
      const located = this.#upToHead(pinned.at, found)
      if (located.kind === 'resync') return this.resync(staffId, located.reason, pinned.at)
      later = located.versions
    }
    const today = audienceOf(this.#replica.state, staffId)
    const { at, offset } = pinned ?? { at: this.#headPosition(today), offset: 0 }
    if (at.fingerprint !== today.fingerprint) return this.resync(staffId, 'VIEW_CHANGED', at)
    const state = later.length === 0 ? this.#replica.state : rewind(this.#replica.state, changesOf(later))
    if (audienceOf(state, staffId).fingerprint !== at.fingerprint) return this.resync(staffId, 'DIVERGED', at)
    return this.#page(this.viewOver(today, state), at, offset, Math.min(Math.max(first, 1), MAX_PAGE))
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

  /** Size and digest of a view at a position, from the newest known one where that is possible. */
  summary(view: View, at: Position): Summary {
    if (view.state !== this.#replica.state) {
      const key = pinKey(at)
      const known = this.#pinnedSummaries.get(key) ?? summaryOf(view)
      this.#pinnedSummaries.set(key, known)
      return known
    }
    const { key } = view.audience
    const known = this.#headSummaries.get(key)
    const versions = known && this.#replica.recentAfter(known.version)
    const summary = known && versions ? this.#advance(known.summary, view, versions) : summaryOf(view)
    this.#headSummaries.set(key, { version: this.#replica.version, hash: this.#replica.hash, summary })
    return summary
  }

  #advance(summary: Summary, view: View, versions: readonly LogVersion[]): Summary {
    if (versions.length === 0) return summary
    const touched = changesOf(versions)
    const before = this.viewOver(view.audience, rewind(this.#replica.state, touched))
    return advanceSummary(summary, diffViews(before, view, touched), view)
  }

  #page(view: View, at: Position, offset: number, size: number): SnapshotPage {
    const pin = this.#pin(view, at)
    const end = offset + size
    const total = pin.departments.length + pin.staff.length
    const staffStart = Math.max(0, offset - pin.departments.length)
    const staffEnd = Math.max(0, end - pin.departments.length)
    return {
      kind: 'SnapshotPage',
      version: this.#mint.cursor(at),
      digest: digestText(this.summary(view, at)),
      ...view.catalogue(),
      departments: pin.departments.slice(offset, end).flatMap((id) => view.department(id) ?? []),
      staff: pin.staff.slice(staffStart, staffEnd).flatMap((id) => view.staff(id) ?? []),
      endCursor: this.#mint.mint({ kind: 'snapshot', at, offset: Math.min(end, total) }),
      hasNextPage: end < total,
    }
  }

  /** The order of a snapshot's rows: departments, parents before children, then staff. */
  #pin(view: View, at: Position): Pin {
    const key = pinKey(at)
    const known = this.#pins.get(key)
    if (known) return known
    const departments = [...view.allDepartments()].map((row) => ({
      id: row.id,
      depth: depthOf(view, row.id),
    }))
    departments.sort((a, b) => a.depth - b.depth || (a.id < b.id ? -1 : 1))
    const staff = [...view.allStaff()].map((row) => row.id).sort()
    const pin = { departments: departments.map((d) => d.id), staff }
    this.#pins.set(key, pin)
    return pin
  }

  #headPosition({ fingerprint }: Audience): Position {
    return { version: this.#replica.version, hash: shortHash(this.#replica.hash), fingerprint }
  }

  /** Looks a position up in the log; an instance that is behind catches up first (C2). */
  async #find(at: Position): Promise<Found> {
    if (at.version > this.#replica.version) {
      const head = await this.#replica.databaseHead()
      if (head.version < at.version) return { kind: 'unknown' }
      if (!(await this.#replica.waitFor(at.version, this.#waitMs))) {
        throw new AppError('UNAVAILABLE', 'This server has not caught up with your version yet. Try again.')
      }
    }
    return this.#replica.changesAfter(at.version)
  }

  /** What happened after a position, exactly up to the state that the replica has in this turn. */
  #upToHead(at: Position, found: Found): Located {
    if (found.kind === 'pruned') return { kind: 'resync', reason: 'PRUNED' }
    if (found.kind === 'unknown' || shortHash(found.hash) !== at.hash)
      return { kind: 'resync', reason: 'DIVERGED' }
    const end = found.versions.at(-1) ?? { version: at.version, hash: found.hash }
    const { version, hash } = this.#replica
    const missed = version > end.version ? this.#replica.recentAfter(end.version) : []
    if (missed === null || version < end.version || (version === end.version && hash !== end.hash)) {
      return { kind: 'resync', reason: 'DIVERGED' }
    }
    return { kind: 'located', versions: [...found.versions, ...missed] }
  }
}

/** The entries of versions, in version order. */
export function changesOf(versions: readonly LogVersion[]) {
  return versions.flatMap((v) => v.changes)
}

function pinKey(at: Position): string {
  return `${at.version} ${at.hash} ${at.fingerprint}`
}

function hasHash(versions: readonly LogVersion[], target: Position, from: Position): boolean {
  if (target.version === from.version)
    return samePosition({ ...target, fingerprint: '' }, { ...from, fingerprint: '' })
  const version = versions.find((v) => v.version === target.version)
  return version !== undefined && shortHash(version.hash) === target.hash
}
