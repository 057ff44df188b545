/** Tags of the universal types that LDAP uses. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const

/**
 * Reads BER (X.690, definite lengths) element by element and strictly: every element must lie within the one around it
 * and have the tag that is asked for, else it throws. It always advances, so that no input can hold it up; ldapts' reader
 * does not, over an element that reaches beyond its end.
 */
export class Ber {
  readonly #bytes: Buffer
  readonly #end: number
  #at: number

  constructor(bytes: Buffer, from = 0, to: number = bytes.length) {
    this.#bytes = bytes
    this.#at = from
    this.#end = to
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end
  }

  /** Tag of the next element, null at the end. */
  peek(): number | null {
    return this.isAtEnd ? null : this.#bytes.readUInt8(this.#at)
  }

  /** The inside of the next element. */
  enter(tag: number): Ber {
    const [from, to] = this.#element(tag)
    return new Ber(this.#bytes, from, to)
  }

  octets(tag: number = TAG.octets): Buffer {
    const [from, to] = this.#element(tag)
    return this.#bytes.subarray(from, to)
  }

  text(tag: number = TAG.octets): string {
    const [from, to] = this.#element(tag)
    return this.#bytes.toString('utf8', from, to)
  }

  integer(tag: number = TAG.integer): number {
    const bytes = this.octets(tag)
    if (bytes.length < 1 || bytes.length > 4)
      throw new Error('Not an LDAP message: a number of impossible length')
    return bytes.readIntBE(0, bytes.length)
  }

  boolean(): boolean {
    return this.octets(TAG.boolean).some((byte) => byte !== 0)
  }

  skip(): void {
    this.#element(this.peek() ?? 0)
  }

  #element(tag: number): [from: number, to: number] {
    if (this.peek() !== tag) throw new Error(`Not an LDAP message: 0x${tag.toString(16)} is missing`)
    const first = this.#at + 1 < this.#end ? this.#bytes.readUInt8(this.#at + 1) : 0x80
    const digits = first < 0x80 ? 0 : first & 0x7f
    const from = this.#at + 2 + digits
    if (first === 0x80 || digits > 4 || from > this.#end) throw beyond()
    const to = from + (digits === 0 ? first : this.#bytes.readUIntBE(this.#at + 2, digits))
    if (to > this.#end) throw beyond()
    this.#at = to
    return [from, to]
  }
}

function beyond(): Error {
  return new Error('Not an LDAP message: an element reaches beyond its end')
}
