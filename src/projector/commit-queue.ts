import { appendAll, type Appended, type Commit, type Position } from '../changelog/append.ts'
import type { Database } from '../changelog/database.ts'
import type { LeaseToken } from '../changelog/fence.ts'

export interface CommitQueueOptions {
  readonly db: Database
  readonly lease: LeaseToken
  /** The head that the first commit is worked out on. */
  readonly head: Position
  /** Called in the turn in which the database has said that these are committed. */
  readonly onCommitted: (appended: Appended) => void
  /** A commit has failed: nothing is taken any more, and `flush` tells why. */
  readonly onFailed: () => void
}

interface Item {
  readonly commit: Commit
  readonly done: () => void
}

/** Commits that go into one transaction at most, and that may wait for it. */
const LIMIT = 100

/**
 * Writes commits down in their order, one transaction at a time: at once when nothing is under way, and otherwise with all
 * that came meanwhile, each commit a version of its own (L3). So that a burst costs a fraction of a transaction each and a
 * single change waits for none but its own.
 */
export class CommitQueue {
  readonly #o: CommitQueueOptions
  #waiting: Item[] = []
  #head: Position
  #work: Promise<void> | null = null
  #failure: { readonly reason: unknown } | null = null

  constructor(options: CommitQueueOptions) {
    this.#o = options
    this.#head = options.head
  }

  /** The newest head that was written from here. */
  get head(): Position {
    return this.#head
  }

  /** Whether all that was added is in the database. */
  get isSettled(): boolean {
    return this.#work === null && this.#failure === null
  }

  /** Resolves when there is room for another; `done` is called when this one was committed. Rejects as `flush` does. */
  async add(commit: Commit, done: () => void = () => {}): Promise<void> {
    if (this.#failure) throw this.#failure.reason
    this.#waiting.push({ commit, done })
    this.#work ??= this.#run()
    if (this.#waiting.length >= LIMIT) await this.flush()
  }

  /** Resolves when all that was added is committed; rejects with what made a commit fail (see `appendAll`). */
  async flush(): Promise<void> {
    await this.#work
    if (this.#failure) throw this.#failure.reason
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const items = this.#waiting.splice(0, LIMIT)
      try {
        const { db, lease } = this.#o
        const commits = items.map((item) => item.commit)
        const appended = await appendAll(db, lease, commits, this.#head)
        this.#head = appended.head
        this.#o.onCommitted(appended)
        for (const { done } of items) done()
      } catch (reason) {
        this.#failure = { reason }
        this.#waiting = []
        this.#o.onFailed()
      }
    }
    this.#work = null
  }
}
