import { LRUCache } from 'lru-cache'
import type { Audience } from '../access/grant.ts'
import type { View } from '../access/view.ts'
import { AppError } from '../errors.ts'
import { rewind } from '../model/state.ts'
import { BlockMaker, drive, runAll, type Made, type Steps } from './block-maker.ts'
import type { Block } from './blocks.ts'
import { diffViews, type RowChange } from './delta.ts'
import { addSummaries, NO_ROWS, type Summary } from './digest.ts'
import { Pin } from './pin.ts'
import { Slices, type Pace } from './slices.ts'
import { advanceStanding, fitted, isComplete, standingOf, type Standing } from './standing.ts'
import type { Touched } from './touched.ts'
import { changesOf, type History } from './trail.ts'
import type { Turn } from './turn.ts'
import { pointKey, type Views } from './views.ts'

/** Making a row takes some three times as long as looking at it. */
const MADE_SHARE = 0.3

/** How the views of this instance stand: at the head for every audience that is online, and pinned where pages are read. */
export class Standings {
  readonly #history: History
  readonly #views: Views
  readonly #maker: BlockMaker
  readonly #blockRows: number
  readonly slices: Slices
  /** Rows that may be looked at in one turn. */
  readonly rowsAtOnce: number
  /** Dear to make anew: one that falls out costs a look at every row, so all audiences online must fit. */
  readonly #atHead = new LRUCache<string, Standing>({ max: 20_000 })
  readonly #pinned = new LRUCache<string, Standing>({ max: 200 })
  readonly #building = new Map<string, Promise<void>>()
  /** Those with all of their blocks; a standing is of one version, so that they stay it. */
  readonly #complete = new WeakSet<Standing>()

  constructor(history: History, views: Views, touched: Touched, { rowsAtOnce, sliceMs, blockRows }: Pace) {
    this.slices = new Slices(sliceMs)
    this.rowsAtOnce = rowsAtOnce
    this.#blockRows = blockRows
    this.#history = history
    this.#views = views
    this.#maker = new BlockMaker(touched)
    history.onDiverged(() => {
      this.#atHead.clear()
      this.#pinned.clear()
      this.#maker.clear()
    })
  }

  /** For tests and metrics: blocks whose rows were made. */
  get blocksMade(): number {
    return this.#maker.count
  }

  /** The standing of an audience at the head; null when it takes more than one turn to know it (then: `build`). */
  atHead(audience: Audience): Standing | null {
    const { state, version } = this.#history
    const known = this.#atHead.get(audience.key)
    if (known?.version === version) return known
    const standing = known ? this.#advanced(known, audience) : null
    if (standing) return this.#keep(audience, standing)
    if (state.count('department') + state.count('staff') > this.rowsAtOnce * MADE_SHARE) return null
    return this.#keep(audience, runAll(this.#whole(() => this.#views.atHead(audience), version)))
  }

  /** The rows of a view at the head that differ from a version are known: its audience's standing need not look again. */
  advance(view: View, from: number, changes: readonly RowChange[]): Standing | null {
    const { audience } = view
    const known = this.#atHead.get(audience.key)
    if (known?.version !== from) return this.atHead(audience)
    return this.#keep(audience, advanceStanding(known, this.#history.version, changes, view))
  }

  /** What is known of the digest of an audience at the version of its last step or the one before. */
  summaryAt(audience: Audience, version: number): Summary | null {
    const known = this.#atHead.get(audience.key)
    if (known?.version === version) return known.summary
    return known?.previous?.version === version ? known.previous.summary : null
  }

  /** Takes a digest at the head that somebody has brought along, or that follows from another one. */
  adopt(audience: Audience, summary: Summary): Standing {
    const known = this.#atHead.get(audience.key)
    const { version } = this.#history
    return known?.version === version ? known : this.#keep(audience, standingOf(version, summary))
  }

  /** Whether the digest at the head is what the rows add up to, looked at in slices. Rejects like `build`. */
  async isRight(audience: Audience): Promise<boolean> {
    const known = this.atHead(audience)
    if (!known) return true
    const pin = Pin.head(this.#history)
    const steps = this.#whole(this.pinnedView(audience, pin), pin.version)
    const { summary } = await this.slices.run((turn) => drive(steps, turn))
    return summary.rows === known.summary.rows && summary.sum === known.summary.sum
  }

  /** The digest was wrong: whatever is asked next is added up from the rows. */
  drop(audience: Audience): void {
    this.#atHead.delete(audience.key)
    for (const key of this.#pinned.keys()) if (key.endsWith(audience.fingerprint)) this.#pinned.delete(key)
  }

  /** The standing at a pinned version, when it is at hand. */
  at(audience: Audience, pin: Pin): Standing | null {
    const pinned = this.#pinned.get(pinKey(audience, pin))
    return pinned ?? (pin.version === this.#history.version ? this.atHead(audience) : null)
  }

  /** Works a standing out in slices: `at` answers it then. Rejects with UNAVAILABLE when history was replaced meanwhile. */
  build(audience: Audience, pin: Pin): Promise<void> {
    return this.#once(pinKey(audience, pin), async (turn) => {
      const view = this.pinnedView(audience, pin)
      const known = this.at(audience, pin)
      this.#put(audience, pin, known ?? (await drive(this.#whole(view, pin.version), turn)))
    })
  }

  /**
   * The standing at a pinned version with all of its blocks, or what has to settle before it is asked for again.
   * `summary`: its digest, when somebody has brought it along.
   */
  ready(audience: Audience, pin: Pin, summary: Summary | null): Standing | Promise<void> {
    const known = this.at(audience, pin) ?? (summary && standingOf(pin.version, summary))
    if (!known) return this.build(audience, pin)
    if (this.#complete.has(known)) return known
    const view = this.pinnedView(audience, pin)
    const standing = fitted(known, view(), this.#blockRows)
    if (isComplete(standing)) {
      this.#complete.add(standing)
      return standing
    }
    return this.#once(`${pinKey(audience, pin)} blocks`, async (turn) => {
      this.#put(audience, pin, await drive(this.#completed(standing, view), turn))
    })
  }

  /** It is read page by page: it stays known when the head moves on. */
  pin(audience: Audience, pin: Pin, standing: Standing): void {
    this.#pinned.set(pinKey(audience, pin), standing)
  }

  /** The view at a pin, made anew only when the head has moved. */
  pinnedView(audience: Audience, pin: Pin): () => View {
    let view: View | null = null
    return () => {
      const state = pin.state()
      if (!state) throw new AppError('UNAVAILABLE', 'The history was replaced meanwhile. Try again.')
      if (view?.state !== state) view = this.#views.over(audience, state)
      return view
    }
  }

  #put(audience: Audience, pin: Pin, standing: Standing): void {
    this.#pinned.set(pinKey(audience, pin), standing)
    const known = this.#atHead.get(audience.key)
    if (!known || known.version <= pin.version) this.#atHead.set(audience.key, standing)
  }

  #keep(audience: Audience, standing: Standing): Standing {
    this.#atHead.set(audience.key, standing)
    return standing
  }

  #once(key: string, work: (turn: Turn) => Promise<void>): Promise<void> {
    let building = this.#building.get(key)
    if (!building) {
      building = this.slices.run(work).finally(() => this.#building.delete(key))
      this.#building.set(key, building)
    }
    return building
  }

  #advanced(standing: Standing, audience: Audience): Standing | null {
    const { version, state } = this.#history
    const versions = this.#history.recentAfter(standing.version)
    if (!versions) return null
    const touched = changesOf(versions)
    const view = this.#views.atHead(audience)
    const before = this.#views.over(audience, rewind(state, touched))
    const changes = diffViews(before, view, touched, this.rowsAtOnce)
    return changes && advanceStanding(standing, version, changes, view)
  }

  *#whole(view: () => View, version: number): Steps<Standing> {
    const made: Made[] = []
    const standing = yield* this.#completed(standingOf(version, NO_ROWS), view, made)
    let summary = NO_ROWS
    for (const block of made) summary = addSummaries(summary, yield* this.#maker.summary(block, view))
    return { ...standing, summary }
  }

  /** Makes the blocks that are missing; `made` gets those. */
  *#completed(incomplete: Standing, view: () => View, made: Made[] = []): Steps<Standing> {
    const standing = fitted(incomplete, view(), this.#blockRows)
    const { version } = standing
    let { departments } = standing
    if (!departments) {
      const cut = yield* this.#maker.departments(view, standing.departmentCut)
      made.push(...cut)
      departments = cut.map(({ block }) => block)
    }
    const staff = new Map<string, Block[]>()
    for (const [typeId, blocks] of standing.staff) {
      const whole: Block[] = []
      for (const [index, known] of blocks.entries()) {
        if (!known) made.push(yield* this.#maker.staff(view, version, typeId, index, blocks.length))
        const block = known ?? made.at(-1)?.block
        if (block) whole.push(block)
      }
      staff.set(typeId, whole)
    }
    return { ...standing, departments, staff }
  }
}

function pinKey({ fingerprint }: Audience, { version, hash }: Pin): string {
  return pointKey({ version, hash, fingerprint })
}
