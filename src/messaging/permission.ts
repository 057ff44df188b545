import type { View } from '../access/view.ts'

/** Whom a view shows may be written to, as long as they can read it; oneself never. */
export function mayWriteTo(view: View, writerId: string, staffId: string): boolean {
  if (staffId === writerId || view.staff(staffId) === null) return false
  return view.state.get('staff', staffId)?.status === 'ACTIVE'
}

/** What somebody may take back of what they have written, and for how long, in milliseconds. */
export const RECALL_MS = 2 * 60_000

export type RecallVerdict = 'yes' | 'NOT_YOURS' | 'TOO_LATE'

export function mayRecall(
  message: { readonly senderId: string; readonly sentAt: Date },
  staffId: string,
  now: number,
): RecallVerdict {
  if (message.senderId !== staffId) return 'NOT_YOURS'
  return now - message.sentAt.getTime() > RECALL_MS ? 'TOO_LATE' : 'yes'
}
