import type { LogVersion } from '../../../src/changelog/log.ts'
import type { Outcome } from './events.ts'
import type { Moment, Place } from './past.ts'

/** A question as the rules see it. */
export interface Asked {
  readonly personId: string
  /** Where the token leads that came with it; null for a snapshot from its beginning. */
  readonly place: Place | null
  /** To whom the token was given. */
  readonly giverId: string
  /** The state from which it was answered. */
  readonly today: Moment
  /** The history that led to it, from version 1. */
  readonly chain: readonly LogVersion[]
  /** The history in the database. */
  readonly database: readonly LogVersion[]
  readonly base: number
  /** The digest of a copy at this cursor was reported to be wrong. */
  readonly isReported: boolean
}

/** What C1, L7, D10, S1 and R1 allow as an answer. More than one where several reasons hold at once. */
export function expectedOutcomes(asked: Asked): ReadonlySet<Outcome> {
  const { place, personId, giverId, today, isReported } = asked
  if (place === null) return new Set(['SnapshotPage'])
  if (isReported) return new Set(['CHECKSUM'])
  const since = place.kind === 'continuation' ? place.from : place.at
  const target = place.kind === 'cursor' ? null : place.kind === 'snapshot' ? place.at : place.target
  const reasons = new Set<Outcome>()
  if (since.version < asked.base) reasons.add('PRUNED')
  if (!isBefore(since, asked) || (target && !isBefore(target, asked))) reasons.add('DIVERGED')
  if (since.grant(personId) !== since.grant(giverId)) reasons.add('DIVERGED')
  if (target && target.grant(personId) !== today.grant(personId)) reasons.add('VIEW_CHANGED')
  if (reasons.size > 0) return reasons
  return new Set([place.kind === 'snapshot' ? 'SnapshotPage' : 'Delta'])
}

/** Whether a state belongs to the history of today's; an instance that is behind it has to catch up first (C2). */
function isBefore({ version, hash }: Moment, { chain, database, today }: Asked): boolean {
  return (version > today.version ? database : chain)[version - 1]?.hash === hash
}
