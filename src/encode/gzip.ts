import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, gunzip } from 'node:zlib'

/** Bytes as a run of whole deflate blocks that ends on a byte and refers to nothing before it, so that runs can be joined. */
export interface Segment {
  readonly deflated: Buffer
  /** CRC-32 and length of what is in it. */
  readonly crc: number
  readonly length: number
}

/** A gzip stream in pieces, which may be shared with others. */
export interface Compressed {
  readonly pieces: readonly Buffer[]
  /** Of all pieces, in bytes. */
  readonly length: number
}

const deflate = promisify(deflateRaw)
const decompress = promisify(gunzip)

/** RFC 1952: deflate, no flags, no time, unknown system. */
const HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
/** An empty final block with fixed codes. */
const LAST_BLOCK = Buffer.from([3, 0])
const MAX_STORED = 0xffff
const LEVEL = 6

/** Compresses on a thread of the pool. */
export async function segmentOf(bytes: Buffer): Promise<Segment> {
  const deflated = await deflate(bytes, { level: LEVEL, finishFlush: constants.Z_FULL_FLUSH })
  return { deflated, crc: crc32(bytes), length: bytes.length }
}

/** The same without compression, for a few bytes between segments. */
export function stored(bytes: Buffer): Segment {
  const blocks: Buffer[] = []
  for (let start = 0; start < bytes.length; start += MAX_STORED) {
    const block = bytes.subarray(start, start + MAX_STORED)
    const head = Buffer.alloc(5)
    head.writeUInt16LE(block.length, 1)
    head.writeUInt16LE(block.length ^ MAX_STORED, 3)
    blocks.push(head, block)
  }
  return { deflated: Buffer.concat(blocks), crc: crc32(bytes), length: bytes.length }
}

/** One gzip stream of all segments, in pieces: they are shared, and are not copied together. */
export function joined(segments: readonly Segment[]): Compressed {
  let crc = 0
  let length = 0
  for (const segment of segments) {
    crc = combineCrc(crc, segment.crc, segment.length)
    length += segment.length
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc, 0)
  trailer.writeUInt32LE(length % 2 ** 32, 4)
  const pieces = [HEAD, ...segments.map(({ deflated }) => deflated), LAST_BLOCK, trailer]
  return { pieces, length: pieces.reduce((sum, piece) => sum + piece.length, 0) }
}

/** What is in it, decompressed on a thread of the pool. */
export function plainOf({ pieces }: Compressed): Promise<Buffer> {
  return decompress(Buffer.concat(pieces))
}

/** Polynomials over GF(2) modulo that of CRC-32, the coefficient of x^0 in the highest bit. */
const POLYNOMIAL = 0xedb88320
const ONE = 0x80000000
/** x^8. */
const BYTE = 0x00800000

/** The CRC-32 of two runs of bytes, from those of each and the length of the second: crc1 * x^(8 * length) + crc2. */
export function combineCrc(first: number, second: number, length: number): number {
  let shift = ONE
  let power = BYTE
  for (let n = length; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) shift = multiply(power, shift)
    power = multiply(power, power)
  }
  return (multiply(shift, first) ^ second) >>> 0
}

function multiply(a: number, b: number): number {
  let product = 0
  for (let bit = ONE, term = b; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= term
    term = term & 1 ? (term >>> 1) ^ POLYNOMIAL : term >>> 1
  }
  return product >>> 0
}
