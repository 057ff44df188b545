import { append, type Commit } from '../../src/changelog/append.ts'
import type { Database } from '../../src/changelog/database.ts'
import type { Head } from '../../src/changelog/log.ts'
import type { LeaseToken } from '../../src/changelog/fence.ts'
import { acquireLease } from '../../src/cluster/lease.ts'
import { canonicalJson, sameEntry } from '../../src/model/canonical.ts'
import type { Entry, EntryChange } from '../../src/model/entry.ts'

export const NOTHING: Commit = { changes: [], nodes: [], removed: [], cookie: null }

/** The only projector of a test: it appends, and remembers what the directory must then be. */
export class LogWriter {
  readonly #db: Database
  readonly lease: LeaseToken
  readonly #entries = new Map<string, Entry>()
  /** The changes of every version, by version. */
  readonly versions = new Map<number, readonly EntryChange[]>()

  private constructor(db: Database, lease: LeaseToken) {
    this.#db = db
    this.lease = lease
  }

  static async open(db: Database): Promise<LogWriter> {
    const lease = await acquireLease(db, 'projector', 'test', 600_000)
    if (!lease) throw new Error('somebody else projects into this database')
    return new LogWriter(db, lease)
  }

  /** One version that puts entries and removes others; what is already so makes no change. */
  async write(puts: readonly Entry[], removed: readonly Pick<Entry, 'kind' | 'id'>[] = []): Promise<Head> {
    const after = new Map<string, Entry | null>()
    for (const entry of puts) after.set(`${entry.kind} ${entry.id}`, entry)
    for (const { kind, id } of removed) after.set(`${kind} ${id}`, null)
    const changes: EntryChange[] = []
    for (const [key, entry] of after) {
      const before = this.#entries.get(key) ?? null
      const some = entry ?? before
      if (some && !sameEntry(before, entry))
        changes.push({ kind: some.kind, id: some.id, before, after: entry })
    }
    const head = await append(this.#db, this.lease, { ...NOTHING, changes })
    for (const { kind, id, after: entry } of changes) {
      if (entry) this.#entries.set(`${kind} ${id}`, entry)
      else this.#entries.delete(`${kind} ${id}`)
    }
    if (changes.length > 0) this.versions.set(head.version, changes)
    return head
  }

  /** What the directory is, in a form to compare. */
  contents(): string[] {
    return contentsOf(this.#entries.values())
  }
}

export function contentsOf(entries: Iterable<Entry>): string[] {
  return [...entries].map(canonicalJson).toSorted()
}
