import { ChangesSinceDocument, SnapshotDocument } from '../generated/graphql.ts'
import type { Resync } from './contract.ts'
import type { Copy } from './copy.ts'
import { DeltaStaging, SnapshotStaging, type WholeDelta } from './staging.ts'
import type { Request } from './transport.ts'

/** Rows of one page; the server may give fewer. */
const PAGE = 5000

export interface PullOptions {
  readonly request: Request
  readonly signal: AbortSignal
  /** For the answer to each request. */
  readonly timeoutMs: number
}

/** Ends with the activity, and when no answer comes. */
export function patience({ signal, timeoutMs }: Omit<PullOptions, 'request'>): { signal: AbortSignal } {
  return { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) }
}

export type PulledCopy =
  | { readonly kind: 'copy'; readonly copy: Copy }
  | { readonly kind: 'resync'; readonly resync: Resync }
  /** The pages are of several versions. */
  | { readonly kind: 'torn' }
  /** The rows do not add up to the server's digest (D8). */
  | { readonly kind: 'disagreement'; readonly version: string; readonly digest: string }

/** Takes a whole snapshot, page by page (S1); `onRows` is told how many rows have come. Throws DirectoryError. */
export async function pullSnapshot(o: PullOptions, onRows: (count: number) => void): Promise<PulledCopy> {
  const staging = new SnapshotStaging()
  let count = 0
  for (let after: string | null = null; ;) {
    const { snapshot } = await o.request(SnapshotDocument, { first: PAGE, after }, patience(o))
    if (snapshot.__typename === 'Resync') return { kind: 'resync', resync: snapshot }
    count += snapshot.departments.length + snapshot.staff.length
    onRows(count)
    const staged = staging.add(snapshot)
    switch (staged.kind) {
      case 'partial':
        after = staged.next
        break
      case 'whole':
        return { kind: 'copy', copy: staged.copy }
      case 'mixed':
        return { kind: 'torn' }
      case 'disagreement':
        return staged
    }
  }
}

export type PulledDelta =
  | { readonly kind: 'delta'; readonly delta: WholeDelta }
  | { readonly kind: 'resync'; readonly resync: Resync }
  | { readonly kind: 'gap' }

/** Asks for all changes since a version, page by page (D10), as of `waitFor` at least (K3). Throws DirectoryError. */
export async function pullChanges(
  o: PullOptions,
  cursor: string,
  waitFor: string | null = null,
): Promise<PulledDelta> {
  const staging = new DeltaStaging(cursor)
  for (let version = cursor; ;) {
    const asked = { version, first: PAGE, compact: true, waitFor }
    const { changesSince } = await o.request(ChangesSinceDocument, asked, patience(o))
    if (changesSince.__typename === 'Resync') return { kind: 'resync', resync: changesSince }
    const staged = staging.add(changesSince)
    switch (staged.kind) {
      case 'partial':
        version = staged.next
        break
      case 'whole':
        return { kind: 'delta', delta: staged.delta }
      case 'gap':
        return { kind: 'gap' }
    }
  }
}
