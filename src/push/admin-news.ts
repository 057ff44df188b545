import { Administration } from '../access/administration.ts'
import { Authority } from '../access/authority.ts'
import type { LogVersion } from '../changelog/log.ts'
import type { EntryChange } from '../model/entry.ts'
import { rewind, type State } from '../model/state.ts'

export interface AdminNewsOptions {
  readonly replica: {
    readonly state: State
    onAdvance(listener: (versions: readonly LogVersion[]) => void): () => void
    onDiverged(listener: () => void): () => void
  }
  readonly signal: AbortSignal
}

/**
 * Tells those who administer that something of what their administration shows has changed, and nothing more: what they see of
 * it they ask. A change of what it does not show is never told (V10, T24).
 */
export class AdminNews {
  readonly #o: AdminNewsOptions
  readonly #open = new Set<NewsFeed>()

  constructor(options: AdminNewsOptions) {
    this.#o = options
    const { replica, signal } = options
    const stops = [
      replica.onAdvance((versions) => this.#tell(versions)),
      replica.onDiverged(() => {
        for (const feed of this.#open) feed.push()
      }),
    ]
    const close = () => {
      for (const stop of stops) stop()
      for (const feed of this.#open) void feed.return()
    }
    signal.addEventListener('abort', close, { once: true })
  }

  /** Says so once at the beginning, and whenever something has changed. */
  open(staffId: string): NewsFeed {
    const feed = new NewsFeed(staffId, () => this.#open.delete(feed))
    this.#open.add(feed)
    return feed
  }

  #tell(versions: readonly LogVersion[]): void {
    if (this.#open.size === 0) return
    const { state } = this.#o.replica
    const changes = versions.flatMap((version) => version.changes)
    const before = rewind(state, changes)
    const told = new Map<string, boolean>()
    for (const feed of this.#open) {
      const { staffId } = feed
      const isTold =
        told.get(staffId) ?? concerns(administered(before, staffId), administered(state, staffId), changes)
      told.set(staffId, isTold)
      if (isTold) feed.push()
    }
  }
}

function administered(state: State, staffId: string): Administration {
  return new Administration(new Authority(state, staffId))
}

/** Whether an administration shows another thing after some changes, or may do another thing. */
function concerns(before: Administration, after: Administration, changes: readonly EntryChange[]): boolean {
  if (before.authority.text !== after.authority.text) return true
  return changes.some(({ kind, id }) => before.said(kind, id) !== after.said(kind, id))
}

/** Word on its way to one subscription; word that waits is word enough. */
export class NewsFeed implements AsyncGenerator<true, void, undefined> {
  readonly staffId: string
  readonly #onEnd: () => void
  #isWaiting = true
  #isOver = false
  #wake: (() => void) | null = null

  constructor(staffId: string, onEnd: () => void) {
    this.staffId = staffId
    this.#onEnd = onEnd
  }

  /** Whether word waits. */
  get isTold(): boolean {
    return this.#isWaiting
  }

  push(): void {
    this.#isWaiting = true
    this.#wake?.()
  }

  async next(): Promise<IteratorResult<true, void>> {
    while (!this.#isOver) {
      if (this.#isWaiting) {
        this.#isWaiting = false
        return { value: true, done: false }
      }
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = null
    }
    return { value: undefined, done: true }
  }

  async return(): Promise<IteratorResult<true, void>> {
    if (!this.#isOver) {
      this.#isOver = true
      this.#onEnd()
      this.#wake?.()
    }
    return { value: undefined, done: true }
  }

  async throw(error: unknown): Promise<IteratorResult<true, void>> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
