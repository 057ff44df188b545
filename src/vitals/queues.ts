import type { Database, Statement } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'

/** What waits in the database, and what has come to nothing. Ages in seconds; null: there is none. */
export interface Queues {
  readonly webhooks: {
    readonly active: number
    /** Active, but the last attempt was not taken. */
    readonly failing: number
    /** Given up by us, or sent away by the receiver: somebody has to let them go on. */
    readonly givenUp: number
    /** By hand, or with their account. */
    readonly paused: number
    /** Since when the oldest of the failing ones has taken nothing. */
    readonly oldestAge: number | null
  }
  readonly imports: {
    readonly waiting: number
    readonly running: number
    /** Failed as a whole within the last seven days. */
    readonly failed: number
    readonly oldestAge: number | null
  }
  /** Edits that are being made; one of a process that died stays until it is taken up. */
  readonly edits: { readonly running: number; readonly oldestAge: number | null }
}

const WEBHOOKS: Statement = {
  name: 'vitals_webhooks',
  text: `SELECT count(*) FILTER (WHERE paused IS NULL)::int AS active,
      count(*) FILTER (WHERE paused IS NULL AND failures > 0)::int AS failing,
      count(*) FILTER (WHERE paused IN ('FAILING', 'GONE'))::int AS "givenUp",
      count(*) FILTER (WHERE paused NOT IN ('FAILING', 'GONE'))::int AS paused,
      extract(epoch FROM clock_timestamp() - min(coalesce(delivered_at, created_at))
        FILTER (WHERE paused IS NULL AND failures > 0))::float8 AS "oldestAge"
    FROM webhook`,
}

const IMPORTS: Statement = {
  name: 'vitals_imports',
  text: `SELECT count(*) FILTER (WHERE state = 'QUEUED')::int AS waiting,
      count(*) FILTER (WHERE state IN ('RUNNING', 'UNDOING'))::int AS running,
      count(*) FILTER (WHERE state = 'FAILED' AND finished_at > clock_timestamp() - interval '7 days')::int AS failed,
      extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE state = 'QUEUED'))::float8 AS "oldestAge"
    FROM import_batch`,
}

const EDITS: Statement = {
  name: 'vitals_edits',
  text: `SELECT count(*)::int AS running,
      extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS "oldestAge"
    FROM edit WHERE state IN ('RUNNING', 'UNDOING')`,
}

/** Throws AppError UNAVAILABLE while the database is away. */
export async function readQueues(db: Database): Promise<Queues> {
  const one = async <R extends object>(statement: Statement): Promise<R> => {
    const [row] = await reaching(() => db.run<R>(statement, []))
    if (!row) throw new Error('an aggregate has one row')
    return row
  }
  const [webhooks, imports, edits] = await Promise.all([
    one<Queues['webhooks']>(WEBHOOKS),
    one<Queues['imports']>(IMPORTS),
    one<Queues['edits']>(EDITS),
  ])
  return { webhooks, imports, edits }
}
