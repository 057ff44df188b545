import { LRUCache } from 'lru-cache'
import { audienceOf, type Audience } from '../access/grant.ts'
import { Projections } from '../access/projections.ts'
import { View } from '../access/view.ts'
import type { LogVersion } from '../changelog/log.ts'
import { rewind, type State } from '../model/state.ts'
import { shortHash, type Position } from './cursor.ts'
import { diffViews } from './delta.ts'
import { advanceSummary, summaryOf, type Summary } from './digest.ts'
import { changesOf, type History } from './trail.ts'

/** The views of this instance, with their digests: one of each audience at the head, others as they are asked for. */
export class Views {
  readonly #history: History
  readonly #projections = new Projections()
  readonly #atHead = new LRUCache<string, View>({ max: 1000 })
  /** Small, and dear to make anew: one that falls out costs a look at every row, so all audiences online must fit. */
  readonly #headSummaries = new LRUCache<string, { version: number; summary: Summary }>({ max: 100_000 })
  readonly #pinnedSummaries = new LRUCache<string, Summary>({ max: 200 })

  constructor(history: History) {
    this.#history = history
    history.onDiverged(() => this.#headSummaries.clear())
  }

  /** What a person sees now; nothing for null. */
  of(staffId: string | null): View {
    return this.atHead(audienceOf(this.#history.state, staffId))
  }

  atHead(audience: Audience): View {
    const known = this.#atHead.get(audience.key)
    if (known?.state === this.#history.state) return known
    const view = new View(audience, this.#history.state, this.#projections)
    this.#atHead.set(audience.key, view)
    return view
  }

  over(audience: Audience, state: State): View {
    return state === this.#history.state
      ? this.atHead(audience)
      : new View(audience, state, this.#projections)
  }

  headPosition({ fingerprint }: Audience): Position {
    return { version: this.#history.version, hash: shortHash(this.#history.hash), fingerprint }
  }

  /** Size and digest of a view at its position; at the head from the newest known one, where the log reaches back to it. */
  summary(view: View, at: Position): Summary {
    return view.state === this.#history.state ? this.#headSummary(view) : this.#pinnedSummary(view, at)
  }

  /** The view at this position is read page by page: its summary stays known when the head moves on. */
  pin(at: Position, summary: Summary): void {
    this.#pinnedSummaries.set(positionKey(at), summary)
  }

  #headSummary(view: View): Summary {
    const { key } = view.audience
    const known = this.#headSummaries.get(key)
    const versions = known && this.#history.recentAfter(known.version)
    const summary = known && versions ? this.#advance(known.summary, view, versions) : summaryOf(view)
    this.#headSummaries.set(key, { version: this.#history.version, summary })
    return summary
  }

  #pinnedSummary(view: View, at: Position): Summary {
    const key = positionKey(at)
    const summary = this.#pinnedSummaries.get(key) ?? summaryOf(view)
    this.#pinnedSummaries.set(key, summary)
    return summary
  }

  #advance(summary: Summary, view: View, versions: readonly LogVersion[]): Summary {
    if (versions.length === 0) return summary
    const touched = changesOf(versions)
    const before = this.over(view.audience, rewind(this.#history.state, touched))
    return advanceSummary(summary, diffViews(before, view, touched), view)
  }
}

/** A key for what was worked out about one audience at one version. */
export function positionKey(at: Position): string {
  return `${at.version} ${at.hash} ${at.fingerprint}`
}
