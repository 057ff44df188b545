import { CursorMint, type Position, type Token } from '../../../src/sync/cursor.ts'
import type { Resync } from '../../../web/sdk/contract.ts'
import type { Rows } from '../../../web/sdk/copy.ts'
import type { WholeDelta } from '../../../web/sdk/staging.ts'
import { TOKEN_SECRET } from '../server.ts'
import { Violation } from './violation.ts'

/** What happened on a device, in order; judged once the log can be read. */
export type Happening =
  /** The body of an answer, or a frame. `since`: the cursor of the copy at that moment. */
  | { readonly kind: 'told'; readonly text: string; readonly since: string | null }
  | {
      readonly kind: 'stored'
      readonly rows: Rows
      readonly cursor: string
      readonly digest: string
      /** Null for a snapshot. */
      readonly delta: WholeDelta | null
      readonly compact: boolean
      /** It may have been said, and waited, long before it was heard. */
      readonly isPushed: boolean
      /** A version that the answer had to contain (K3). */
      readonly waitedFor: string | null
    }
  | {
      readonly kind: 'resynced'
      readonly resync: Resync
      /** The cursor of the copy; null without one. */
      readonly cursor: string | null
      /** What was asked with when pages were being read. */
      readonly paging: string | null
      /** Whether a device of the person had reported the cursor. */
      readonly reported: boolean
      readonly left: Rows | null
    }
  /** The session ended, and the copy with it. */
  | { readonly kind: 'ended' }

export interface Entry {
  readonly viewerId: string
  readonly device: string
  readonly happening: Happening
}

/** What all devices of a run have in common: their journal, and the newest cursor that any of them was given. */
export class Journal {
  readonly #entries: Entry[] = []
  readonly #reports = new Set<string>()
  newest: string | null = null
  readonly #mint = new CursorMint(TOKEN_SECRET)

  add(entry: Entry): void {
    this.#entries.push(entry)
    const { happening } = entry
    if (happening.kind !== 'stored') return
    if (this.newest === null || this.position(happening.cursor).version > this.position(this.newest).version)
      this.newest = happening.cursor
  }

  /** A device of the person says that its copy at a cursor is wrong (D8). */
  report(viewerId: string, cursor: string): void {
    this.#reports.add(`${viewerId} ${cursor}`)
  }

  hasReported(viewerId: string, cursor: string | null): boolean {
    return this.#reports.has(`${viewerId} ${cursor}`)
  }

  /** What was noted since the last time. */
  take(): readonly Entry[] {
    return this.#entries.splice(0)
  }

  /** The point of a cursor; that of the target for a continuation, that of the pin for a page of a snapshot. */
  position(text: string): Position {
    const token = this.token(text)
    return token.kind === 'continuation' ? token.target : token.at
  }

  token(text: string): Token {
    const read = this.#mint.read(text)
    if (read.kind !== 'token') throw new Violation('C1', `${text} is no cursor of ours`)
    return read.token
  }
}
