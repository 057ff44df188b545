import type { Duplex } from 'node:stream'

/** Payloads above this are handed to the socket as they are; below, one copied buffer is cheaper than three writes. */
const COPY_LIMIT = 16_384
const CLOSING_BRACE = Buffer.from('}')

/** Start of every `next` message of one subscription; the shared payload and a closing brace follow. */
export function nextHead(subscriptionId: string): Buffer {
  return Buffer.from(`{"id":${JSON.stringify(subscriptionId)},"type":"next","payload":`)
}

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
 * Writes one `next` message whose payload many sockets share (P1). Only for sockets whose `ws` compresses nothing and sends
 * no streams: it then always writes whole frames, and ours cannot fall inside one of its own.
 */
export function writeNext(socket: Duplex, head: Buffer, payload: Buffer): void {
  const header = frameHeader(head.length + payload.length + 1)
  if (payload.length <= COPY_LIMIT) {
    socket.write(Buffer.concat([header, head, payload, CLOSING_BRACE]))
    return
  }
  socket.cork()
  socket.write(Buffer.concat([header, head]))
  socket.write(payload)
  socket.write(CLOSING_BRACE)
  socket.uncork()
}
