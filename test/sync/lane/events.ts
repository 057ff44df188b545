import type { Delta, Resync, SnapshotPage } from '../../../web/sdk/contract.ts'
import type { Rows } from '../../../web/sdk/copy.ts'
import type { WholeDelta } from '../../../web/sdk/staging.ts'
import type { Moment } from './past.ts'

type Of<Kind extends string, T> = T & { readonly kind: Kind }
export type Answer = Of<'Delta', Delta> | Of<'Resync', Resync> | Of<'SnapshotPage', SnapshotPage>
/** What a question may be answered with: a Delta or a page, or a Resync for one of its reasons. */
export type Outcome = 'Delta' | 'SnapshotPage' | Resync['reason']

/** What happens in a history, for the invariants to look at. */
export interface Events {
  /** Bytes were sent to a viewer. */
  readonly told: {
    readonly personId: string
    readonly bytes: string
    readonly answer: Answer
    /** The state that the bytes speak of. */
    readonly target: Moment
    /** The state from which the viewer asked or followed, where there is one. */
    readonly from: Moment | null
    /** What the rules allow here. */
    readonly expected: ReadonlySet<Outcome>
  }
  /** A client has stored a state, by a delta or by a snapshot (null). */
  readonly committed: {
    readonly personId: string
    readonly stored: Rows
    readonly digest: string
    readonly from: Moment | null
    readonly to: Moment
    readonly delta: WholeDelta | null
  }
  /** A client was told to start again, and keeps this of its copy. */
  readonly resynced: {
    readonly personId: string
    readonly keepOld: boolean
    /** The state in which it was told so. */
    readonly today: Moment
    readonly kept: Rows | null
  }
  /** All is quiet: everything sent has arrived, and the client has asked once more. */
  readonly rested: {
    readonly personId: string
    readonly head: Moment
    readonly copy: Rows & { readonly cursor: string; readonly digest: string }
    /** What it was answered; null when it followed by no subscription before. */
    readonly pulled: WholeDelta | null
    /** The copies of the person's other devices: with and without `compact`, pruned or not. */
    readonly twins: readonly { readonly digest: string }[]
    /** A fresh snapshot of every instance. */
    readonly fresh: readonly { readonly cursor: string; readonly digest: string }[]
  }
  /** A person read after they had written, on whichever instance. */
  readonly read: { readonly written: Moment; readonly shown: Moment }
}
