import type { Database } from './database.ts'
import { reaching } from './failure.ts'

export interface Horizon {
  readonly maxAgeDays: number
  readonly maxVersions: number
}

/** Snapshots are paged over a pinned version (S1): whatever the limits say, an hour of history stays. */
const MIN_AGE = '1 hour'
/** Versions that are removed in one transaction, so that none takes long. */
const BATCH = 5000

/**
 * Forgets versions that are older than the horizon or too many, and returns the new base. The base version and its hash
 * stay, everything after it is complete (L7); a reader in the middle sees the log before or after, never a hole. The state
 * is not touched. May run on any instance at any time. Throws AppError UNAVAILABLE.
 */
export async function prune(db: Database, horizon: Horizon): Promise<number> {
  for (;;) {
    const { base, next } = await reaching(() => step(db, horizon))
    if (next === base) return base
    await reaching(() => moveBase(db, next))
  }
}

async function step(
  db: Database,
  { maxAgeDays, maxVersions }: Horizon,
): Promise<{ base: number; next: number }> {
  // Up to the first version that is young enough, so that a clock that jumped back cannot make a hole.
  const [row] = await db.prisma.$queryRaw<{ base: bigint; next: bigint }[]>`
    WITH bounds AS (
      SELECT base_version AS base, version AS head,
        (SELECT version - 1 FROM log_version
          WHERE committed_at > clock_timestamp() - make_interval(days => ${maxAgeDays})
          ORDER BY version LIMIT 1) AS by_age,
        (SELECT version - 1 FROM log_version
          WHERE committed_at > clock_timestamp() - ${MIN_AGE}::interval
          ORDER BY version LIMIT 1) AS by_hour
      FROM log_head
    )
    SELECT base, greatest(base, least(base + ${BATCH}, coalesce(by_hour, head),
      greatest(coalesce(by_age, head), head - ${maxVersions}))) AS next
    FROM bounds`
  return { base: Number(row?.base ?? 0), next: Number(row?.next ?? 0) }
}

async function moveBase(db: Database, base: number): Promise<void> {
  await db.prisma.$transaction(async (tx) => {
    const moved = await tx.$executeRaw`
      UPDATE log_head SET base_version = v.version, base_hash = v.hash
      FROM log_version v WHERE v.version = ${base} AND base_version < v.version`
    if (moved === 0) return
    await tx.$executeRaw`DELETE FROM log_change WHERE version <= ${base}`
    await tx.$executeRaw`DELETE FROM log_version WHERE version < ${base}`
  })
}
