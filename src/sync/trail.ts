import type { LogVersion } from '../changelog/log.ts'
import type { Replica } from '../changelog/replica.ts'
import { AppError } from '../errors.ts'
import { shortHash, type Point } from './cursor.ts'
import type { ResyncReason } from './results.ts'

/** What sync needs of the instance's replica. */
export type History = Pick<
  Replica,
  | 'state'
  | 'version'
  | 'hash'
  | 'onAdvance'
  | 'onDiverged'
  | 'waitFor'
  | 'changesAfter'
  | 'recentAfter'
  | 'databaseHead'
>

/** What the log knows about a version. */
export type Found = Awaited<ReturnType<History['changesAfter']>>

export type Trail =
  | { readonly kind: 'versions'; readonly versions: readonly LogVersion[] }
  | { readonly kind: 'resync'; readonly reason: ResyncReason }

/**
 * Looks a position up in the log; an instance that is behind it, or behind `newest`, catches up first (C2). Throws AppError
 * UNAVAILABLE.
 */
export async function find(history: History, at: Point, waitMs: number, newest: Point = at): Promise<Found> {
  if (newest.version > history.version) {
    const head = await history.databaseHead()
    if (head.version < newest.version) return { kind: 'unknown' }
    if (!(await history.waitFor(newest.version, waitMs))) {
      throw new AppError('UNAVAILABLE', 'This server has not caught up with your version yet. Try again.')
    }
  }
  return history.changesAfter(at.version)
}

/** What happened after a position, exactly up to the state that the history has in this turn of the event loop. */
export function upToHead(history: History, at: Pick<Point, 'version' | 'hash'>, found: Found): Trail {
  if (found.kind === 'pruned') return { kind: 'resync', reason: 'PRUNED' }
  if (found.kind === 'tooMuch') return { kind: 'resync', reason: 'VIEW_CHANGED' }
  if (found.kind === 'unknown' || shortHash(found.hash) !== at.hash)
    return { kind: 'resync', reason: 'DIVERGED' }
  const end = found.versions.at(-1) ?? { version: at.version, hash: found.hash }
  const { version, hash } = history
  const missed = version > end.version ? history.recentAfter(end.version) : []
  if (missed === null || version < end.version || (version === end.version && hash !== end.hash)) {
    return { kind: 'resync', reason: 'DIVERGED' }
  }
  return { kind: 'versions', versions: [...found.versions, ...missed] }
}

/** The entries of versions, in version order. */
export function changesOf(versions: readonly LogVersion[]) {
  return versions.flatMap((v) => v.changes)
}
