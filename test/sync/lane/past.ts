import type { Entry } from '../../../src/model/entry.ts'
import { CursorMint, type Position } from '../../../src/sync/cursor.ts'
import { oracleGrant, oracleView, oracleViewerRecord, type OracleView } from '../../support/oracle.ts'

/** One state that the directory once had; what the oracle says of it is worked out once a person. */
export class Moment {
  readonly version: number
  /** The chain hash: states of two histories with the same number are two moments. */
  readonly hash: string
  readonly #entries: readonly Entry[]
  readonly #said = new Map<string, unknown>()

  constructor(version: number, hash: string, entries: readonly Entry[]) {
    this.version = version
    this.hash = hash
    this.#entries = entries
  }

  view(personId: string): OracleView {
    return this.#once(`view ${personId}`, () => oracleView(this.#entries, personId))
  }

  grant(personId: string): string {
    return this.#once(`grant ${personId}`, () => oracleGrant(this.#entries, personId))
  }

  /** Whether the person's grant has a scoped rule. */
  isScoped(personId: string): boolean {
    return this.grant(personId).includes('OWN_SUBTREE')
  }

  record(personId: string): string {
    return this.#once(`record ${personId}`, () => oracleViewerRecord(this.#entries, personId))
  }

  #once<T>(key: string, make: () => T): T {
    if (!this.#said.has(key)) this.#said.set(key, make())
    // What stands under a key was made by the same caller.
    return this.#said.get(key) as T
  }
}

/** Where a text that the server gave out leads. */
export type Place =
  | { readonly kind: 'cursor'; readonly at: Moment }
  | { readonly kind: 'continuation'; readonly from: Moment; readonly target: Moment }
  | { readonly kind: 'snapshot'; readonly at: Moment }

/** Every state that ever was. Clients know nothing of it. */
export class Past {
  readonly #mint: CursorMint
  readonly #moments = new Map<string, Moment>()

  constructor(secret: string) {
    this.#mint = new CursorMint(secret)
  }

  add(version: number, hash: string, entries: readonly Entry[]): void {
    const key = keyOf({ version, hash: hash.slice(0, 16) })
    if (!this.#moments.has(key)) this.#moments.set(key, new Moment(version, hash, entries))
  }

  moment(version: number, hash: string): Moment {
    return this.#at({ version, hash: hash.slice(0, 16) })
  }

  /** Throws where the text is not ours or leads to a state that never was. */
  place(text: string): Place {
    const read = this.#mint.read(text)
    if (read.kind !== 'token') throw new Error(`not given out by the server: ${text}`)
    const { token } = read
    switch (token.kind) {
      case 'cursor':
        return { kind: 'cursor', at: this.#at(token.at) }
      case 'continuation':
        return { kind: 'continuation', from: this.#at(token.from), target: this.#at(token.target) }
      case 'snapshot':
        return { kind: 'snapshot', at: this.#at(token.at) }
    }
  }

  /** Of a cursor. */
  at(cursor: string): Moment {
    const place = this.place(cursor)
    if (place.kind !== 'cursor') throw new Error(`[D10] a ${place.kind} instead of a cursor`)
    return place.at
  }

  #at(position: Pick<Position, 'version' | 'hash'>): Moment {
    const moment = this.#moments.get(keyOf(position))
    if (!moment) throw new Error(`a version that never was: ${keyOf(position)}`)
    return moment
  }
}

const keyOf = ({ version, hash }: Pick<Position, 'version' | 'hash'>) => `${version} ${hash}`
