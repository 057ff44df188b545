import type { FieldDefinition } from '../sdk/contract.ts'
import type { LiveQueries } from '../sdk/queries.ts'
import type { Store } from './store.ts'

/** Whether what is shown is kept up to date. */
export type Connection =
  /** Every change comes at once. */
  | 'live'
  /** It is being tried. */
  | 'connecting'
  /** The server cannot be reached. */
  | 'offline'
  /** The server speaks with apps of this age no more (W1). */
  | 'outdated'

/** The directory as this device has it. */
export type DirectoryState =
  /** Nothing can be shown yet; `received`: rows of the first download; `isAway`: it waits for the server. */
  | { readonly kind: 'loading'; readonly received: number; readonly isAway: boolean }
  /** The copy was too old to be shown (K2). */
  | { readonly kind: 'expired' }
  /** There is no copy, and there will be none before the app is updated (W1). */
  | { readonly kind: 'outdated' }
  /** There is no copy, and there will be none before the page is loaded anew; `isFull`: this device cannot keep one. */
  | { readonly kind: 'failed'; readonly isFull: boolean }
  | {
      readonly kind: 'ready'
      /** Another object after every change. */
      readonly view: DirectoryView
      readonly connection: Connection
      /** When the server was last heard of. */
      readonly reachedAt: Date
    }

export interface DirectoryView {
  readonly queries: LiveQueries
  /** Nobody and nothing may be seen. */
  readonly isEmpty: boolean
  readonly fields: readonly FieldDefinition[]
}

/** The local copy, kept in step with the server for as long as somebody is signed in. */
export interface Directory {
  readonly state: Store<DirectoryState>
  /** Told whenever somebody may be shown no more, with who still may: pictures of everybody else have to go (K2). */
  onHidden(listener: (isShown: (staffId: string) => boolean) => void): () => void
  /** Resolves when the copy contains what a mutation has returned. */
  waitFor(version: string): Promise<void>
  /** Ends everything; the copy stays. */
  close(): Promise<void>
  /** Ends everything, and nothing is left on the device. */
  wipe(): Promise<void>
}
