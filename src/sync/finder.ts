import { parseQuery } from '../search/query.ts'
import { SearchIndex } from '../search/search-index.ts'
import { search, type SearchHit } from '../search/search.ts'
import { Sights } from '../search/sights.ts'
import type { LogVersion } from '../changelog/log.ts'
import { BUCKETS } from '../model/state.ts'
import { Slices } from './slices.ts'
import type { History } from './trail.ts'
import type { Turn } from './turn.ts'
import type { Views } from './views.ts'

/** What somebody looks for. */
export interface Search {
  readonly query: string
  readonly first: number
  /** Null: both. */
  readonly only: SearchHit['kind'] | null
}

type Kind = 'department' | 'staff'

const KINDS: readonly Kind[] = ['department', 'staff']

/** Entries that are brought up to date within a search; more of them in slices, before it. */
const AT_ONCE = 100

/** Answers searches at the head of the history. Its index is brought up to date when somebody asks, never by a change. */
export class Finder {
  readonly #history: History
  readonly #views: Views
  readonly #slices: Slices
  #index = new SearchIndex()
  #sights = new Sights()
  /** The next bucket of the state that was not looked at; BUCKETS: all were. */
  #bucket = 0
  /** Touched since their bucket was looked at, or before. */
  readonly #touched = { department: new Set<string>(), staff: new Set<string>() }
  #catchingUp: Promise<void> | null = null

  constructor(history: History, views: Views, sliceMs: number) {
    this.#history = history
    this.#views = views
    this.#slices = new Slices(sliceMs)
    history.onAdvance((versions) => this.#advanced(versions))
    history.onDiverged(() => this.#reset())
  }

  /** What a person sees of what they look for, best first; blank finds nothing. */
  async search(staffId: string, { query, first, only }: Search): Promise<SearchHit[]> {
    const parsed = parseQuery(query)
    if (!parsed || first <= 0) return []
    // Another version may come while it waits.
    for (let behind = this.#ready(); behind; behind = this.#ready()) await behind
    const view = this.#views.of(staffId)
    const memberships = view.state.get('staff', staffId)?.memberships ?? []
    const ownDepartmentIds = memberships.map((m) => m.departmentId)
    return search(this.#index, this.#sights, view, { query: parsed, first, only, ownDepartmentIds })
  }

  /** Makes the index before anybody asks. Ends with the signal. */
  async prepare(signal: AbortSignal): Promise<void> {
    for (let behind = this.#ready(signal); behind && !signal.aborted; behind = this.#ready(signal))
      await behind
  }

  /** Settles when the index has come closer to the head; null: it is there. */
  #ready(signal?: AbortSignal): Promise<void> | null {
    const { department, staff } = this.#touched
    if (this.#bucket === BUCKETS && department.size + staff.size <= AT_ONCE) {
      for (const id of department) this.#take('department', id)
      for (const id of staff) this.#take('staff', id)
      return null
    }
    this.#catchingUp ??= this.#slices
      .run((turn) => this.#catchUp(turn, signal))
      .finally(() => (this.#catchingUp = null))
    return this.#catchingUp
  }

  async #catchUp(turn: Turn, signal?: AbortSignal): Promise<void> {
    const index = this.#index
    for (const [kind, id] of this.#waiting()) {
      this.#take(kind, id)
      if (!turn.isOver) continue
      await turn.next()
      // The history was replaced: all begins anew.
      if (this.#index !== index || signal?.aborted) return
    }
  }

  *#waiting(): Iterable<readonly [Kind, string]> {
    for (; this.#bucket < BUCKETS; this.#bucket++) {
      for (const kind of KINDS)
        for (const id of this.#history.state.bucket(kind, this.#bucket)) yield [kind, id]
    }
    for (const kind of KINDS) for (const id of this.#touched[kind]) yield [kind, id]
  }

  #take(kind: Kind, id: string): void {
    const entry = this.#history.state.get(kind, id)
    if (entry) this.#index.put(entry)
    else this.#index.remove(kind, id)
    this.#touched[kind].delete(id)
  }

  #advanced(versions: readonly LogVersion[]): void {
    // Nothing was looked at yet.
    if (this.#bucket === 0 && !this.#catchingUp) return
    for (const { changes } of versions) {
      for (const { kind, id } of changes) {
        if (kind === 'department' || kind === 'staff') this.#touched[kind].add(id)
      }
    }
  }

  #reset(): void {
    this.#index = new SearchIndex()
    this.#sights = new Sights()
    this.#bucket = 0
    this.#touched.department.clear()
    this.#touched.staff.clear()
  }
}
