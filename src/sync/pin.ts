import { rewind, type State } from '../model/state.ts'
import { shortHash } from './cursor.ts'
import { changesOf, upToHead, type Found, type History } from './trail.ts'

/** A version that stays what it is while the head moves on: its state is the head with what came later taken back (D1). */
export class Pin {
  readonly version: number
  /** The short chain hash of the version. */
  readonly hash: string
  readonly #history: History
  readonly #found: Found
  #memo: { readonly head: string; readonly base: State; readonly state: State } | null = null

  /** `found`: what the log knows about the version, see `find`. */
  constructor(history: History, at: { readonly version: number; readonly hash: string }, found: Found) {
    this.#history = history
    this.version = at.version
    this.hash = at.hash
    this.#found = found
  }

  /** The head as it stands in this turn. */
  static head(history: History): Pin {
    const { version, hash } = history
    return new Pin(history, { version, hash: shortHash(hash) }, { kind: 'versions', hash, versions: [] })
  }

  /** The state at the version, good for this turn of the event loop; null when the history was replaced or has moved too far. */
  state(): State | null {
    const { version, hash, state: base } = this.#history
    if (version === this.version && shortHash(hash) === this.hash) return base
    const head = `${version} ${hash}`
    if (this.#memo?.head === head && this.#memo.base === base) return this.#memo.state
    const trail = upToHead(this.#history, this, this.#found)
    if (trail.kind === 'resync') return null
    const state = rewind(base, changesOf(trail.versions))
    this.#memo = { head, base, state }
    return state
  }
}
