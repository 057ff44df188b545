import type { Catalogue } from './copy.ts'
import type { DirectoryErrorCode } from './codes.ts'
import type { Status } from './engine.ts'
import type { RowChange } from './keeper.ts'

/** What tabs say to each other. Another format is another channel: tabs of an older app do not hear it. */
const FORMAT = 1

export const channelOf = (name: string) => `dolores ${FORMAT} ${name}`

export interface PlainStatus extends Omit<Status, 'error'> {
  readonly error: { readonly code: DirectoryErrorCode; readonly message: string } | null
}

export type FromLeader =
  /** What the store holds may be shown, as of this version; null: nothing may. */
  | {
      readonly from: 'leader'
      readonly kind: 'here'
      readonly cursor: string | null
      readonly status: PlainStatus
    }
  /** Stored, and follows from `since`. */
  | {
      readonly from: 'leader'
      readonly kind: 'step'
      readonly since: string
      readonly cursor: string
      readonly changes: readonly RowChange[]
      readonly viewerChanged: boolean
      readonly catalogue: Catalogue
    }
  | { readonly from: 'leader'; readonly kind: 'status'; readonly status: PlainStatus }
  /** The answer to `waitFor`, behind everything that it waited for. */
  | { readonly from: 'leader'; readonly kind: 'waited'; readonly id: string; readonly isThere: boolean }

export type ToLeader =
  | { readonly to: 'leader'; readonly kind: 'hello' | 'wake' }
  | { readonly to: 'leader'; readonly kind: 'waitFor'; readonly id: string; readonly version: string }
