import type { Database } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import type { PastTurns, GuardedKind } from './guard.ts'

/** Versions that are looked at: more than are made in the guard's window. */
const NEWEST = 20_000

/** Which people and departments became visible or stopped being so within the last `windowMs`, by version, oldest first. */
export async function recentTurns(db: Database, windowMs: number): Promise<PastTurns[]> {
  const rows = await reaching(
    () => db.prisma.$queryRaw<
      { version: bigint; ageMs: number; kind: GuardedKind; id: string; lost: boolean }[]
    >`
      SELECT v.version, v.age AS "ageMs", c.kind, c.entry_id AS id,
        c.before->>'status' IS NOT DISTINCT FROM 'ACTIVE' AS lost
      FROM (
        SELECT version, (extract(epoch FROM clock_timestamp() - committed_at) * 1000)::float8 AS age
        FROM log_version ORDER BY version DESC LIMIT ${NEWEST}
      ) v JOIN log_change c ON c.version = v.version
      WHERE v.age < ${windowMs} AND c.kind IN ('staff', 'department')
        AND (c.before->>'status' IS NOT DISTINCT FROM 'ACTIVE') <> (c.after->>'status' IS NOT DISTINCT FROM 'ACTIVE')
      ORDER BY v.version`,
  )
  const versions = new Map<bigint, PastTurns>()
  for (const { version, ageMs, kind, id, lost } of rows) {
    const past = versions.get(version) ?? { ageMs, turns: [] }
    versions.set(version, past)
    past.turns.push({ kind, id, isLoss: lost })
  }
  return [...versions.values()]
}
