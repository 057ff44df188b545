import { sha256 } from '@noble/hashes/sha2.js'

/** What a digest is made of: of a row, its id and revision. */
export interface Marked {
  readonly id: string
  readonly revision: string
}

/** Longest id and revision that are hashed without making anything anew, in bytes. */
const USUAL = 192

/**
 * What is used for each row again: hashing a hundred thousand rows would otherwise leave so many buffers behind that a browser
 * stops to collect them while somebody scrolls.
 */
const encoder = new TextEncoder()
const fresh = sha256.create()
const work = sha256.create()
const usual = new Uint8Array(USUAL)
const hash = new Uint8Array(32)
const view = new DataView(hash.buffer)

/** What a row adds to the digest (D8): the first 16 bytes of SHA-256(id, 0x00, revision). Some 5 microseconds. */
export function markOf({ id, revision }: Marked): bigint {
  const text = `${id}\0${revision}`
  const { read, written } = encoder.encodeInto(text, usual)
  const bytes = read === text.length ? usual.subarray(0, written) : encoder.encode(text)
  fresh._cloneInto(work).update(bytes).digestInto(hash)
  return (view.getBigUint64(0) << 64n) | view.getBigUint64(8)
}

/** The sum after some rows have come; the order does not matter. */
export function addRows(sum: bigint, rows: Iterable<Marked>): bigint {
  let total = sum
  for (const row of rows) total += markOf(row)
  return BigInt.asUintN(128, total)
}

/** After so many rows it may be the turn of something else: a fraction of a millisecond. */
const PIECE = 50

/** The sum of the rows, in pieces. */
export function* summing(rows: Iterable<Marked>): Generator<void, bigint> {
  let total = 0n
  let done = 0
  for (const row of rows) {
    total += markOf(row)
    if (++done % PIECE === 0) yield
  }
  return BigInt.asUintN(128, total)
}

/** The sum after one row became another; null is absent. */
export function replaceRow(sum: bigint, before: Marked | null, after: Marked | null): bigint {
  const total = sum - (before ? markOf(before) : 0n) + (after ? markOf(after) : 0n)
  return BigInt.asUintN(128, total)
}

/** As the server tells it: 32 hex digits, zeros for no rows. */
export function digestText(sum: bigint): string {
  return sum.toString(16).padStart(32, '0')
}

/** The sum that a digest tells; null for what is none. */
export function sumOf(digest: string): bigint | null {
  return /^[0-9a-f]{32}$/.test(digest) ? BigInt(`0x${digest}`) : null
}
