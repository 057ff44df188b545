import { Slices } from '../sync/slices.ts'

/** What has been encoded since the start; for metrics, and for tests that show that nothing is encoded twice (P1, S2). */
export interface Encodings {
  /** Whole answers. */
  results: number
  /** Elements of lists: changes, rows, types. */
  elements: number
  /** Blocks of snapshots. */
  blocks: number
}

/** Bytes that all encoders of a process may keep together. */
const MAX_BYTES = 256_000_000
/** How long blocks are encoded in one turn of the event loop, in milliseconds. */
const SLICE_MS = 4

/** What one encoder keeps. */
type Values = WeakMap<object, unknown>

/**
 * What the encoders of a process share. Bytes live beside the immutable objects they were made of, and no longer; when they
 * could have become too many, all are forgotten and made anew, so that no number of documents outgrows the memory (T9).
 */
export class Keep {
  readonly encodings: Encodings = { results: 0, elements: 0, blocks: 0 }
  readonly slices = new Slices(SLICE_MS)
  readonly #maxBytes: number
  #bytes = 0
  /** All that is kept, in one place, so that it can be let go at once: also that of encoders which nobody uses any more. */
  #kept = new WeakMap<object, Values>()

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  valuesOf(owner: object): Values | undefined {
    return this.#kept.get(owner)
  }

  /** So many bytes are kept from now on, among these values. */
  add(owner: object, bytes: number): Values {
    this.#bytes += bytes
    if (this.#bytes > this.#maxBytes) {
      this.#bytes = bytes
      this.#kept = new WeakMap()
    }
    let values = this.#kept.get(owner)
    if (!values) this.#kept.set(owner, (values = new WeakMap()))
    return values
  }
}

/** What one encoder keeps beside objects. */
export class Kept<V> {
  readonly #keep: Keep

  constructor(keep: Keep) {
    this.#keep = keep
  }

  get(key: object): V | undefined {
    return this.#keep.valuesOf(this)?.get(key) as V | undefined
  }

  set(key: object, value: V, bytes: number): void {
    this.#keep.add(this, bytes).set(key, value)
  }

  delete(key: object): void {
    this.#keep.valuesOf(this)?.delete(key)
  }
}
