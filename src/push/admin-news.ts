import { Administration } from '../access/administration.ts'
import { Authority } from '../access/authority.ts'
import type { LogVersion } from '../changelog/log.ts'
import type { State } from '../model/state.ts'

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
    const feed = new NewsFeed(staffId, this.#authority(staffId).text, () => this.#open.delete(feed))
    this.#open.add(feed)
    return feed
  }

  #tell(versions: readonly LogVersion[]): void {
    for (const feed of this.#open) {
      const authority = this.#authority(feed.staffId)
      const isSame = feed.authority === authority.text
      feed.authority = authority.text
      if (!isSame || concerns(new Administration(authority), versions)) feed.push()
    }
  }

  #authority(staffId: string): Authority {
    return new Authority(this.#o.replica.state, staffId)
  }
}

/** Whether an administration shows another thing after some changes. */
export function concerns(administration: Administration, versions: readonly LogVersion[]): boolean {
  return versions.some(({ changes }) =>
    changes.some(({ before, after }) => administration.said(before) !== administration.said(after)),
  )
}

/** Word on its way to one subscription; word that waits is word enough. */
export class NewsFeed implements AsyncGenerator<true, void, undefined> {
  readonly staffId: string
  /** What they could do when they were told last. */
  authority: string
  readonly #onEnd: () => void
  #isWaiting = true
  #isOver = false
  #wake: (() => void) | null = null

  constructor(staffId: string, authority: string, onEnd: () => void) {
    this.staffId = staffId
    this.authority = authority
    this.#onEnd = onEnd
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
