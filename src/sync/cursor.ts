import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { digestText, type Summary } from './digest.ts'

/** Counts up when the format of rows, the code of the view or the mapping changes: older cursors answer SCHEMA (R1). */
export const VIEW_SCHEMA = 2

/** A point of the history and the audience that looks at it. */
export interface Point {
  readonly version: number
  /** The first 8 bytes of the chain hash of `version`, 16 hex digits. */
  readonly hash: string
  /** The fingerprint of the audience. */
  readonly fingerprint: string
}

/** A point with what the audience saw there: who comes back brings the digest along, and nobody has to add it up again. */
export interface Position extends Point {
  readonly summary: Summary
}

/** What a client may hand back: a cursor, the continuation of a paged delta (D10), or a place in a snapshot (S1). */
export type Token =
  | { readonly kind: 'cursor'; readonly at: Position }
  | {
      readonly kind: 'continuation'
      readonly from: Position
      readonly target: Position
      readonly compact: boolean
      readonly offset: number
    }
  | { readonly kind: 'snapshot'; readonly at: Position; readonly offset: number }

export type TokenRead =
  | { readonly kind: 'token'; readonly token: Token }
  /** Signed by us for another view code. */
  | { readonly kind: 'schema' }
  | { readonly kind: 'unknown' }

const KINDS = ['cursor', 'continuation', 'snapshot'] as const
const MAC_BYTES = 12
const POSITION_BYTES = 42

/** Makes and reads tokens (C1): base64url of kind, schema, body and a deterministic MAC, so that equal states give equal bytes. */
export class CursorMint {
  /** As an object, because to make one of bytes takes longer than to use it. */
  readonly #key: KeyObject
  readonly #schema: number
  readonly #read = new LRUCache<string, TokenRead>({ max: 5000 })

  constructor(secret: string, schema: number = VIEW_SCHEMA) {
    this.#key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'dolores cursor', 32)))
    this.#schema = schema
  }

  cursor(at: Position): string {
    return this.mint({ kind: 'cursor', at })
  }

  mint(token: Token): string {
    const bytes = Buffer.concat([Buffer.from([KINDS.indexOf(token.kind), this.#schema]), bodyOf(token)])
    return Buffer.concat([bytes, this.#mac(bytes)]).toString('base64url')
  }

  read(text: string): TokenRead {
    if (text.length > 200) return { kind: 'unknown' }
    let read = this.#read.get(text)
    if (!read) this.#read.set(text, (read = this.#parse(text)))
    return read
  }

  #parse(text: string): TokenRead {
    if (!/^[A-Za-z0-9_-]+$/.test(text)) return { kind: 'unknown' }
    const all = Buffer.from(text, 'base64url')
    if (all.length < 2 + MAC_BYTES || all.toString('base64url') !== text) return { kind: 'unknown' }
    const bytes = all.subarray(0, -MAC_BYTES)
    if (!timingSafeEqual(this.#mac(bytes), all.subarray(-MAC_BYTES))) return { kind: 'unknown' }
    if (bytes[1] !== this.#schema) return { kind: 'schema' }
    const token = tokenOf(KINDS[bytes[0] ?? KINDS.length], bytes.subarray(2))
    return token ? { kind: 'token', token } : { kind: 'unknown' }
  }

  #mac(bytes: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(bytes).digest().subarray(0, MAC_BYTES)
  }
}

function bodyOf(token: Token): Buffer {
  switch (token.kind) {
    case 'cursor':
      return positionBytes(token.at)
    case 'continuation':
      return Buffer.concat([
        positionBytes(token.from),
        positionBytes(token.target),
        Buffer.from([token.compact ? 1 : 0]),
        offsetBytes(token.offset),
      ])
    case 'snapshot':
      return Buffer.concat([positionBytes(token.at), offsetBytes(token.offset)])
  }
}

function tokenOf(kind: Token['kind'] | undefined, body: Buffer): Token | null {
  switch (kind) {
    case 'cursor':
      return body.length === POSITION_BYTES ? { kind, at: positionOf(body, 0) } : null
    case 'continuation':
      if (body.length !== 2 * POSITION_BYTES + 5) return null
      return {
        kind,
        from: positionOf(body, 0),
        target: positionOf(body, POSITION_BYTES),
        compact: body[2 * POSITION_BYTES] === 1,
        offset: body.readUInt32BE(2 * POSITION_BYTES + 1),
      }
    case 'snapshot':
      if (body.length !== POSITION_BYTES + 4) return null
      return { kind, at: positionOf(body, 0), offset: body.readUInt32BE(POSITION_BYTES) }
    case undefined:
      return null
  }
}

function positionBytes({ version, hash, fingerprint, summary }: Position): Buffer {
  const bytes = Buffer.alloc(POSITION_BYTES)
  bytes.writeUIntBE(version, 0, 6)
  bytes.write(hash.slice(0, 16), 6, 'hex')
  bytes.write(fingerprint, 14, 'hex')
  bytes.writeUInt32BE(summary.rows, 22)
  bytes.write(digestText(summary), 26, 'hex')
  return bytes
}

function positionOf(bytes: Buffer, at: number): Position {
  return {
    version: bytes.readUIntBE(at, 6),
    hash: bytes.toString('hex', at + 6, at + 14),
    fingerprint: bytes.toString('hex', at + 14, at + 22),
    summary: {
      rows: bytes.readUInt32BE(at + 22),
      sum: BigInt(`0x${bytes.toString('hex', at + 26, at + 42)}`),
    },
  }
}

function offsetBytes(offset: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(offset)
  return bytes
}

/** The part of a chain hash that a position carries. */
export function shortHash(hash: string): string {
  return hash.slice(0, 16)
}
