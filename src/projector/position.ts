import { pause } from '../clock.ts'
import type { Database } from '../changelog/database.ts'
import { nodeCsn } from '../changelog/nodes.ts'
import type { Replica } from '../changelog/replica.ts'
import type { Written } from '../directory/writer.ts'
import { AppError } from '../errors.ts'

/** Where a write stands in the directory. Of a removal only the id counts. */
export interface Position extends Written {
  readonly isRemoved?: boolean
}

/** How often is looked for a write that makes no version, in milliseconds; one that makes one is told at once. */
const LOOK_MS = 30

/**
 * Waits until the projector has consumed a directory write and this instance's replica has what came of it (L1). Resolves
 * with the version that contains the write, or null after `timeoutMs`: accepted by the directory, not yet in the log.
 * A write that changes nothing in the model is contained in the version that stands when it was consumed.
 */
export async function waitForPosition(
  db: Database,
  replica: Replica,
  position: Position,
  timeoutMs: number,
): Promise<number | null> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const version = await consumedAt(db, replica, position)
    const left = deadline - performance.now()
    if (version !== null) return (await replica.waitFor(version, Math.max(0, left))) ? version : null
    if (left <= 0) return null
    await nextAdvance(replica, Math.min(LOOK_MS, left))
  }
}

/** A version that contains the write; null while it was not consumed, or the database does not tell. */
async function consumedAt(
  db: Database,
  replica: Replica,
  { id, csn, isRemoved }: Position,
): Promise<number | null> {
  try {
    const seen = await nodeCsn(db, id)
    const isConsumed = isRemoved === true ? seen === null : seen !== null && seen >= csn
    return isConsumed ? (await replica.databaseHead()).version : null
  } catch (error) {
    if (error instanceof AppError && error.code === 'UNAVAILABLE') return null
    throw error
  }
}

async function nextAdvance(replica: Replica, timeoutMs: number): Promise<void> {
  const stop = new AbortController()
  const leave = replica.onAdvance(() => stop.abort())
  await pause(timeoutMs, stop.signal)
  leave()
}
