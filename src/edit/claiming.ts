import { backoff, pause } from '../clock.ts'
import { EditRefused } from './failures.ts'
import type { Claim, Journal, JournalEntry } from './journal.ts'

/** Longest wait for others who edit the same, in milliseconds. */
const PATIENCE_MS = 5000

/**
 * Waits until the claim is ours: null. Or what was finished before under the same key for the same input: nothing is to be
 * done again. Throws EditRefused KEY_REUSED for other input, and BUSY when others take too long.
 */
export async function claimed(
  journal: Pick<Journal, 'claim' | 'byKey'>,
  claim: Claim,
  patienceMs: number = PATIENCE_MS,
): Promise<JournalEntry | null> {
  const { actorId, key, inputHash } = claim
  const deadline = performance.now() + patienceMs
  const delay = backoff(5, 200)
  for (;;) {
    if (await journal.claim(claim)) return null
    const earlier = key === null ? null : await journal.byKey(actorId, key)
    if (earlier && earlier.inputHash !== inputHash) throw new EditRefused('KEY_REUSED')
    if (earlier?.state === 'DONE' || earlier?.state === 'UNDONE') return earlier
    if (performance.now() > deadline) throw new EditRefused('BUSY')
    await pause(delay())
  }
}
