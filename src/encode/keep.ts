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

/**
 * What the encoders of a process share. Bytes live beside the immutable objects they were made of, and no longer; when they
 * could have become too many, all are forgotten and made anew, so that no number of documents outgrows the memory (T9).
 */
export class Keep {
  readonly encodings: Encodings = { results: 0, elements: 0, blocks: 0 }
  readonly slices = new Slices(SLICE_MS)
  readonly #maxBytes: number
  #bytes = 0
  #generation = {}

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** Whatever is kept hangs on this object alone: with it all is let go, also that of encoders which nobody uses any more. */
  get generation(): object {
    return this.#generation
  }

  /** So many bytes are kept from now on. */
  add(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes <= this.#maxBytes) return
    this.#bytes = bytes
    this.#generation = {}
  }
}

/** What one encoder keeps beside objects. */
export class Kept<V> {
  readonly #keep: Keep
  readonly #generations = new WeakMap<object, WeakMap<object, V>>()

  constructor(keep: Keep) {
    this.#keep = keep
  }

  get(key: object): V | undefined {
    return this.#generations.get(this.#keep.generation)?.get(key)
  }

  set(key: object, value: V, bytes: number): void {
    this.#keep.add(bytes)
    const { generation } = this.#keep
    let values = this.#generations.get(generation)
    if (!values) this.#generations.set(generation, (values = new WeakMap()))
    values.set(key, value)
  }

  delete(key: object): void {
    this.#generations.get(this.#keep.generation)?.delete(key)
  }
}
