import { LRUCache } from 'lru-cache'
import type { Authority } from '../access/authority.ts'
import type { Database, Statement } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'

/** Changes of people and departments on one day, by the clock of UTC. */
export interface DayOfChanges {
  /** `2026-11-27`. */
  readonly day: string
  readonly staff: number
  readonly departments: number
}

export const DAYS = 14
const DAY_MS = 86_400_000
/** A history of millions is not counted anew with every change, in milliseconds. */
const KEPT_MS = 30_000

const COUNTS: Statement = {
  name: 'vitals_days',
  text: `SELECT to_char(v.committed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
      count(*) FILTER (WHERE c.kind = 'staff')::int AS staff,
      count(*) FILTER (WHERE c.kind = 'department')::int AS departments
    FROM log_version v JOIN log_change c USING (version)
    WHERE v.committed_at >= $1 AND c.kind IN ('staff', 'department')
      AND ($2::uuid[] IS NULL OR c.entry_id = ANY ($2::uuid[]))
    GROUP BY 1`,
}

/**
 * How much has changed, as far as somebody administers it: of what they read with all fields, for a change of a field that is
 * hidden from them must not count either. Who reads everything has everything counted, what is gone included.
 */
export class Days {
  readonly #db: Database
  readonly #now: () => number
  readonly #kept = new LRUCache<string, Promise<DayOfChanges[]>>({ max: 200, ttl: KEPT_MS })

  constructor(db: Database, now: () => number) {
    this.#db = db
    this.#now = now
  }

  /** Oldest first, days without changes included. AppError UNAVAILABLE without the database. */
  of(authority: Authority): Promise<DayOfChanges[]> {
    const ids = idsOf(authority)
    const key = JSON.stringify([ids === null ? null : authority.staffId, authority.abilities])
    let days = this.#kept.get(key)
    if (!days) {
      days = this.#count(ids)
      this.#kept.set(key, days)
      days.catch(() => this.#kept.delete(key))
    }
    return days
  }

  async #count(ids: readonly string[] | null): Promise<DayOfChanges[]> {
    const today = Math.floor(this.#now() / DAY_MS)
    const from = new Date((today - DAYS + 1) * DAY_MS)
    const found =
      ids?.length === 0 ? [] : await reaching(() => this.#db.run<DayOfChanges>(COUNTS, [from, ids]))
    const byDay = new Map(found.map((day) => [day.day, day]))
    return Array.from({ length: DAYS }, (_, i) => {
      const day = new Date((today - DAYS + 1 + i) * DAY_MS).toISOString().slice(0, 10)
      return byDay.get(day) ?? { day, staff: 0, departments: 0 }
    })
  }
}

/** Entries of which the caller reads all; null: everything. */
function idsOf(authority: Authority): string[] | null {
  if (authority.everywhere('staff.read') && authority.everywhere('department.read')) return null
  const { state } = authority
  const ids = new Set<string>()
  for (const { id } of state.all('department')) if (authority.at('department.read', id).isAll) ids.add(id)
  for (const staff of state.all('staff')) if (authority.over('staff.read', staff).isAll) ids.add(staff.id)
  return [...ids].sort()
}
