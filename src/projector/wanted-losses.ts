import type { Database } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'

/**
 * Ids of people and departments that edits through the API have taken away on purpose within the last hour, or are taking
 * away now: plans are written down before the directory is touched.
 */
export async function wantedLosses(db: Database): Promise<ReadonlySet<string>> {
  const rows = await reaching(
    () => db.prisma.$queryRaw<{ id: string }[]>`
      SELECT DISTINCT jsonb_array_elements_text(plan->'losses') AS id FROM edit
      WHERE created_at > clock_timestamp() - interval '1 hour'`,
  )
  return new Set(rows.map(({ id }) => id))
}
