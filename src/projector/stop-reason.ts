/**
 * Why the projector takes nothing from the directory, as the source row keeps it: one line for an administrator, whose
 * first word tells the reasons apart.
 * - `mass`: too much would be removed or hidden (L6); only a person's word ends it
 * - `behind`: the directory knows less than was read before (L9); a person's word ends it, and so does time
 * - `unreachable`: the directory gives no whole answer; ends by itself
 */
export type StopKind = 'mass' | 'behind' | 'unreachable'

const KINDS: readonly StopKind[] = ['mass', 'behind', 'unreachable']

export function stopReason(kind: StopKind, text: string): string {
  return `${kind}: ${text}`
}

/** The kind of a stored reason; null when nothing has stopped. What is not understood waits for a person. */
export function stopKind(reason: string | null): StopKind | null {
  if (reason === null) return null
  return KINDS.find((kind) => reason.startsWith(`${kind}: `)) ?? 'mass'
}
