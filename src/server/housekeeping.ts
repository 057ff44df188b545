import type { Database } from '../changelog/database.ts'
import { prune, type Horizon } from '../changelog/prune.ts'
import { pause } from '../clock.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'

const EVERY_MS = 60 * 60_000

/** Forgets versions below the horizon, now and every hour, until the signal. Instances need not agree: pruning twice is harmless. */
export async function keepHorizon(
  db: Database,
  horizon: Horizon,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const base = await prune(db, horizon)
      log.debug({ base }, 'Pruned the log')
    } catch (error) {
      log.warn({ problem: messageOf(error) }, 'The log could not be pruned')
    }
    await pause(EVERY_MS, signal)
  }
}
