import { ChangesSinceDocument, SnapshotDocument } from '../generated/graphql.ts'
import type { Resync } from './contract.ts'
import type { Copy } from './copy.ts'
import { DeltaStaging, SnapshotStaging, type WholeDelta } from './staging.ts'
import type { Transport } from './transport.ts'

type Asking = Pick<Transport, 'ask'>

/** Rows of one page of a snapshot. */
const PAGE = 10_000

export type Downloaded =
  | { readonly kind: 'copy'; readonly copy: Copy }
  | { readonly kind: 'resync'; readonly resync: Resync }
  /** Pages of different versions: begin again. */
  | { readonly kind: 'mixed' }
  /** The rows do not add up to the server's digest (D8). */
  | { readonly kind: 'disagreement'; readonly version: string; readonly digest: string }
  | { readonly kind: 'givenUp' }

/** Reads a snapshot, page by page (S1). `onPage` hears how many rows have come, and says whether to go on. */
export async function download(
  transport: Asking,
  onPage: (received: number) => boolean,
  signal: AbortSignal,
): Promise<Downloaded> {
  const staging = new SnapshotStaging()
  let received = 0
  for (let after: string | null = null; ;) {
    const { snapshot } = await transport.ask(SnapshotDocument, { first: PAGE, after }, signal)
    if (snapshot.__typename === 'Resync') return { kind: 'resync', resync: snapshot }
    received += snapshot.departments.length + snapshot.staff.length
    if (!onPage(received)) return { kind: 'givenUp' }
    const staged = staging.add(snapshot)
    switch (staged.kind) {
      case 'partial':
        after = staged.next
        break
      case 'whole':
        return { kind: 'copy', copy: staged.copy }
      case 'mixed':
      case 'disagreement':
        return staged
    }
  }
}

export type CaughtUp =
  | { readonly kind: 'delta'; readonly delta: WholeDelta }
  | { readonly kind: 'resync'; readonly resync: Resync }
  /** The pages do not follow each other. */
  | { readonly kind: 'gap' }

/** Reads what has happened since a cursor, up to a version at least (K3). */
export async function catchUp(
  transport: Asking,
  cursor: string,
  waitFor: string,
  signal: AbortSignal,
): Promise<CaughtUp> {
  const staging = new DeltaStaging(cursor)
  for (let version = cursor; ;) {
    const { changesSince } = await transport.ask(
      ChangesSinceDocument,
      { version, waitFor, compact: true },
      signal,
    )
    if (changesSince.__typename === 'Resync') return { kind: 'resync', resync: changesSince }
    const staged = staging.add(changesSince)
    if (staged.kind === 'gap') return staged
    if (staged.kind === 'whole') return { kind: 'delta', delta: staged.delta }
    version = staged.next
  }
}
