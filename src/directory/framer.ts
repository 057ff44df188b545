const SEQUENCE = 0x30
/** No entry that we ask for comes near it; whoever announces more is no LDAP server. */
const MAX_MESSAGE = 64 * 1024 * 1024

/** Cuts a stream of bytes into whole LDAPMessages (RFC 4511 5.1), however the bytes were dealt into chunks. */
export class Framer {
  #chunks: Buffer[] = []
  #size = 0
  /** Bytes that must be there before anything more can be said. */
  #need = 2

  /** Bytes of a message that is not complete. */
  get pending(): number {
    return this.#size
  }

  /** The messages that the chunk completes. Throws when the stream is not LDAP. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size < this.#need) return []
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#size)
    const messages: Buffer[] = []
    let at = 0
    for (;;) {
      const length = messageLength(bytes.subarray(at))
      if (length.known && bytes.length - at >= length.bytes) {
        messages.push(bytes.subarray(at, at + length.bytes))
        at += length.bytes
      } else {
        this.#need = length.bytes
        break
      }
    }
    const rest = bytes.subarray(at)
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#size = rest.length
    return messages
  }
}

/** Length of the first message, header included; `known: false` with the bytes that are needed to tell. */
function messageLength(bytes: Buffer): { known: boolean; bytes: number } {
  if (bytes.length >= 1 && bytes[0] !== SEQUENCE) {
    throw new Error(`Not an LDAP message: it begins with 0x${bytes[0]?.toString(16)}`)
  }
  const first = bytes[1]
  if (first === undefined) return { known: false, bytes: 2 }
  if (first < 0x80) return { known: true, bytes: 2 + first }
  const digits = first & 0x7f
  if (digits < 1 || digits > 4) throw new Error('Not an LDAP message: its length is not readable')
  if (bytes.length < 2 + digits) return { known: false, bytes: 2 + digits }
  const length = bytes.readUIntBE(2, digits)
  if (length > MAX_MESSAGE)
    throw new Error(`An LDAP message of ${length} bytes is more than anything we ask for`)
  return { known: true, bytes: 2 + digits + length }
}
