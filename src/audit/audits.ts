import type { Administration } from '../access/administration.ts'
import type { Database } from '../changelog/database.ts'
import { readRecords, type AuditFilter } from './reader.ts'
import { AuditSight, type ShownRecord } from './sight.ts'

export interface AuditPage {
  readonly records: readonly ShownRecord[]
  readonly hasNext: boolean
  /** Hash of the record behind which the next page begins. */
  readonly last: string | null
}

/** Answers questions about the audit log, each within what the reader may see at that moment. */
export class Audits {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Newest first; `before`: the hash of the record behind which the page begins. */
  async page(
    administration: Administration,
    filter: AuditFilter,
    first: number,
    before: string | null,
  ): Promise<AuditPage> {
    const sight = new AuditSight(administration)
    const { subjectIds } = sight
    // Who is not seen is not looked for either: whether something is found would tell (T25).
    const isInVain =
      subjectIds?.length === 0 || (filter.actorId !== null && !sight.showsActor(filter.actorId))
    if (isInVain || !sight.showsSubject(filter.subjectId)) return { records: [], hasNext: false, last: null }
    const found = await readRecords(this.#db, { filter, subjectIds, before, limit: first + 1 })
    return {
      records: found.slice(0, first).flatMap((record) => sight.show(record) ?? []),
      hasNext: found.length > first,
      last: found.slice(0, first).at(-1)?.hash ?? null,
    }
  }
}
