import type { Frame } from '../push/subscriber.ts'

/** Payloads above this are shared by the frames of all ids; below, one copied buffer is cheaper than three writes. */
const COPY_LIMIT = 16_384
const CLOSING_BRACE = Buffer.from('}')

/** Header of one unmasked, unfragmented text frame of a server (RFC 6455, 5.2). */
export function frameHeader(length: number): Buffer {
  if (length < 126) return Buffer.from([0x81, length])
  if (length < 65_536) {
    const header = Buffer.from([0x81, 126, 0, 0])
    header.writeUInt16BE(length, 2)
    return header
  }
  const header = Buffer.alloc(10)
  header[0] = 0x81
  header[1] = 127
  header.writeBigUInt64BE(BigInt(length), 2)
  return header
}

/**
 * One `next` message whose payload many sockets share (P1), in one piece or, where it is large, in pieces. It may be written
 * to the connection under a `ws` that compresses nothing and sends no streams: that always writes whole frames, and ours
 * cannot fall inside one of its own.
 */
export function nextFrame(subscriptionId: string, payload: Buffer): Frame {
  const head = Buffer.from(`{"id":${JSON.stringify(subscriptionId)},"type":"next","payload":`)
  const header = frameHeader(head.length + payload.length + 1)
  return payload.length <= COPY_LIMIT
    ? [Buffer.concat([header, head, payload, CLOSING_BRACE])]
    : [Buffer.concat([header, head]), payload, CLOSING_BRACE]
}
