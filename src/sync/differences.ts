import { LRUCache } from 'lru-cache'
import { viewerRecord, type Audience } from '../access/grant.ts'
import { rewind, type State } from '../model/state.ts'
import { drive } from './block-maker.ts'
import { shortHash, type CursorMint, type Point, type Position, type Token } from './cursor.ts'
import { compose, diffViews, inOrder, type RowChange } from './delta.ts'
import { advanceSummary, type Summary } from './digest.ts'
import { evaluate, type Evaluation } from './evaluate.ts'
import { Pin } from './pin.ts'
import type { Delta, ResyncReason } from './results.ts'
import type { Standings } from './standings.ts'
import type { Touched } from './touched.ts'
import { changesOf, upToHead, type Found, type History } from './trail.ts'
import { pointKey, type Views } from './views.ts'
import { wholeDifference } from './whole.ts'

/** What somebody asks: everything after a cursor, or the next page of what was asked before (D10). */
export interface Question {
  readonly staffId: string
  /** As the client sent it. */
  readonly since: string
  readonly token: Extract<Token, { kind: 'cursor' | 'continuation' }>
  readonly compact: boolean
  /** Changes of one page at most. */
  readonly size: number
  readonly found: Found
}

export type Step =
  | { readonly kind: 'delta'; readonly delta: Delta }
  | { readonly kind: 'resync'; readonly reason: ResyncReason; readonly from: Position | null }
  /** It takes more than one turn: ask again when this has settled. */
  | { readonly kind: 'wait'; readonly until: Promise<unknown> }

/** An evaluation with what its end adds up to. */
type Told = Evaluation & { readonly summary: Summary }

/** The rows that differ between two positions, worked out once for all who ask. */
interface WholeRows {
  readonly target: Point
  readonly rows: readonly RowChange[]
}

/** The two ends of a difference. */
interface Ends {
  readonly from: Position
  readonly target: Point
  readonly before: { readonly audience: Audience; readonly state: State }
  readonly after: { readonly audience: Audience; readonly state: State }
  readonly compact: boolean
  readonly found: Found
}

/** The newest answer to a token: whoever asks the same at the same head, and whom nothing of it concerns, gets it again. */
interface Again {
  readonly hash: string
  readonly compact: boolean
  readonly size: number
  readonly delta: Delta
}

/** Answers that are kept for whoever asks the same, by the changes in them. */
const KEPT = { max: 1000, maxSize: 500_000 }

/** Answers `changesSince` and the beginnings of subscriptions (D1-D11): the same question gets the same object. */
export class Differences {
  readonly #history: History
  readonly #mint: CursorMint
  readonly #views: Views
  readonly #standings: Standings
  readonly #touched: Touched
  readonly #told = new LRUCache<string, Told>({ ...KEPT, sizeCalculation: (told) => told.changes.length + 1 })
  readonly #deltas = new LRUCache<string, Delta>({
    ...KEPT,
    sizeCalculation: (delta) => delta.changes.length + 1,
  })
  /** By tokens, which are objects of the mint: equal texts are the same one. */
  #again = new WeakMap<Token, Again>()
  readonly #whole = new LRUCache<string, WholeRows>({ max: 10 })
  readonly #comparing = new Map<string, Promise<void>>()

  constructor(history: History, mint: CursorMint, views: Views, standings: Standings, touched: Touched) {
    this.#history = history
    this.#mint = mint
    this.#views = views
    this.#standings = standings
    this.#touched = touched
    history.onDiverged(() => this.clear())
  }

  /** History was replaced, or a digest was wrong: what was answered does not hold any more. */
  clear(): void {
    this.#told.clear()
    this.#deltas.clear()
    this.#whole.clear()
    this.#again = new WeakMap()
  }

  /** An answer that was given before, at this very head, to somebody else who asked the same; null: `step` has to look. */
  again({ staffId, token, compact, size }: Omit<Question, 'found' | 'since'>): Delta | null {
    const known = this.#again.get(token)
    const isSame = known?.hash === this.#history.hash && known.compact === compact && known.size === size
    if (!isSame || token.kind !== 'cursor') return null
    const { version, fingerprint } = token.at
    // Whose grant was not touched since, and is that of the cursor, had it at the cursor and has it now.
    const isTheirs =
      this.#isUnconcerned(staffId, version) && this.#views.audienceOf(staffId).fingerprint === fingerprint
    return isTheirs ? known.delta : null
  }

  /** One attempt, in this turn: state, versions and head belong together. */
  step({ staffId, since, token, compact: asked, size, found }: Question): Step {
    const isPage = token.kind === 'continuation'
    const [from, compact, offset] = isPage ? [token.from, token.compact, token.offset] : [token.at, asked, 0]
    const resync = (reason: ResyncReason, at: Position | null = from): Step => ({
      kind: 'resync',
      reason,
      from: at,
    })
    const trail = upToHead(this.#history, from, found)
    if (trail.kind === 'resync') return resync(trail.reason)
    const today = this.#views.audienceOf(staffId)
    const target = isPage ? token.target : this.#views.headPoint(today)
    if (target.fingerprint !== today.fingerprint) return resync('VIEW_CHANGED')
    if (isPage && !isKnown(trail.versions, target, from)) return resync('DIVERGED')

    const isUntouched = !this.#touched.grantOf(staffId, from.version)
    if (isUntouched && from.fingerprint !== today.fingerprint) return resync('DIVERGED', null)
    const key = `${pointKey(from)} ${pointKey(target)} ${compact}`
    const known = this.#told.get(key)
    const isEasy = this.#isUnconcerned(staffId, from.version)
    if (known && isEasy) {
      const step = this.#delta(known, key, { since, from, target, compact, offset, size }, false)
      if (step.kind === 'delta' && !isPage) {
        this.#again.set(token, { hash: this.#history.hash, compact, size, delta: step.delta })
      }
      return step
    }

    const { state } = this.#history
    const later = trail.versions.filter((v) => v.version > target.version)
    const newer = later.length === 0 ? state : rewind(state, changesOf(later))
    const older = trail.versions.length === 0 ? state : rewind(state, changesOf(trail.versions))
    const oldAudience = this.#views.audienceOf(staffId, older)
    const isOwn =
      oldAudience.fingerprint === from.fingerprint &&
      this.#views.audienceOf(staffId, newer).fingerprint === target.fingerprint
    if (!isOwn) return resync('DIVERGED', null)
    const touched = changesOf(trail.versions.filter((v) => v.version <= target.version))
    const ends: Ends = {
      from,
      target,
      before: { audience: oldAudience, state: older },
      after: { audience: today, state: newer },
      compact,
      found,
    }
    const told = known ?? this.#tell(ends, touched)
    if (told instanceof Promise) return { kind: 'wait', until: told }
    this.#told.set(key, told)
    if (told.isTooMuch) return resync('VIEW_CHANGED')
    const viewerChanged = !isEasy && viewerRecord(older, staffId) !== viewerRecord(newer, staffId)
    return this.#delta(told, key, { since, from, target, compact, offset, size }, viewerChanged)
  }

  #delta(
    told: Told,
    key: string,
    page: {
      since: string
      from: Position
      target: Point
      compact: boolean
      offset: number
      size: number
    },
    viewerChanged: boolean,
  ): Step {
    if (told.isTooMuch) return { kind: 'resync', reason: 'VIEW_CHANGED', from: page.from }
    const { since, from, compact, offset, size } = page
    const target = { ...page.target, summary: told.summary }
    const deltaKey = `${key} ${offset} ${size} ${viewerChanged}`
    const known = this.#deltas.get(deltaKey)
    if (known) return { kind: 'delta', delta: known }
    const end = offset + size
    const hasMore = end < told.changes.length
    const delta: Delta = {
      kind: 'Delta',
      from: since,
      to: hasMore
        ? this.#mint.mint({ kind: 'continuation', from, target, compact, offset: end })
        : this.#mint.cursor(target),
      changes: hasMore || offset > 0 ? told.changes.slice(offset, end) : told.changes,
      revoked: offset === 0 ? told.revoked : null,
      departmentTypes: told.departmentTypes,
      staffTypes: told.staffTypes,
      fields: told.fields,
      hasMore,
      viewerChanged,
      digest: told.digest,
    }
    this.#deltas.set(deltaKey, delta)
    return { kind: 'delta', delta }
  }

  /** The evaluation, or what has to settle before it can be made in one turn. */
  #tell(ends: Ends, touched: ReturnType<typeof changesOf>): Told | Promise<unknown> {
    const { from, target, before, after, compact, found } = ends
    const old = this.#views.over(before.audience, before.state)
    const view = this.#views.over(after.audience, after.state)
    const rows = this.#rows(ends, old, view, touched)
    if (!rows) return this.#compare(ends)
    const isHead = target.version === this.#history.version
    const pin = isHead
      ? Pin.head(this.#history)
      : new Pin(this.#history, target, targetFound(found, from, target))
    // Who comes back has the digest of where they were; what was between adds up to today's.
    const summary =
      this.#standings.at(after.audience, pin)?.summary ?? advanceSummary(from.summary, rows, view)
    if (isHead) this.#standings.adopt(after.audience, summary)
    return { ...evaluate(rows, old, view, summary, compact), summary }
  }

  #rows(
    { from, target }: Ends,
    old: Parameters<typeof diffViews>[0],
    view: Parameters<typeof diffViews>[1],
    touched: ReturnType<typeof changesOf>,
  ): readonly RowChange[] | null {
    const rows = diffViews(old, view, touched, this.#standings.rowsAtOnce)
    if (rows) return rows
    const whole = this.#whole.get(wholeKey(from, target))
    if (!whole || whole.target.version > target.version) return null
    if (whole.target.version === target.version) return inOrder(whole.rows, old, view)
    // What happened while the whole was compared.
    const rest = this.#history.recentAfter(whole.target.version)
    if (!rest) return null
    const missed = rest.filter((v) => v.version <= target.version)
    const between = this.#views.over(view.audience, rewind(this.#history.state, changesOf(rest)))
    const more = diffViews(between, view, changesOf(missed), this.#standings.rowsAtOnce)
    return more && inOrder(compose(whole.rows, more), old, view)
  }

  /** Compares the whole views in slices, once for all who wait for it. */
  #compare({ from, target, before, after, found }: Ends): Promise<void> {
    const key = wholeKey(from, target)
    let comparing = this.#comparing.get(key)
    if (!comparing) {
      const older = new Pin(this.#history, from, found)
      const newer =
        target.version === this.#history.version
          ? Pin.head(this.#history)
          : new Pin(this.#history, target, targetFound(found, from, target))
      comparing = this.#standings.slices
        .run(async (turn) => {
          const views = [
            this.#standings.pinnedView(before.audience, older),
            this.#standings.pinnedView(after.audience, newer),
          ] as const
          this.#whole.set(key, { target, rows: await drive(wholeDifference(...views), turn) })
        })
        .finally(() => this.#comparing.delete(key))
      this.#comparing.set(key, comparing)
    }
    return comparing
  }

  /** Whether nothing that came after a version can have changed a person's grant or viewer record. */
  #isUnconcerned(staffId: string, version: number): boolean {
    if (this.#touched.grantOf(staffId, version)) return false
    const memberships = this.#history.state.get('staff', staffId)?.memberships ?? []
    return !memberships.some((m) => this.#touched.department(m.departmentId, version))
  }
}

/** Whoever asks from the same place under the same grants waits for the same comparison, whatever the head is by then. */
function wholeKey(from: Point, target: Point): string {
  return `${pointKey(from)} ${target.fingerprint}`
}

/** What the log knows about the target, from what it knows about the beginning. */
function targetFound(found: Found, from: Point, target: Point): Found {
  if (found.kind !== 'versions') return found
  const versions = found.versions.filter((v) => v.version > target.version)
  const own = found.versions.find((v) => v.version === target.version)
  return {
    kind: 'versions',
    hash: own?.hash ?? (target.version === from.version ? found.hash : ''),
    versions,
  }
}

/** Whether the target of a continuation still is in our history. */
function isKnown(
  versions: readonly { readonly version: number; readonly hash: string }[],
  target: Point,
  from: Point,
): boolean {
  if (target.version === from.version) return target.hash === from.hash
  const version = versions.find((v) => v.version === target.version)
  return version !== undefined && shortHash(version.hash) === target.hash
}
