import { BerWriter, Control, FilterParser, type BerReader } from 'ldapts'
import { Ber, TAG } from './ber.ts'

/** RFC 4528: the operation happens only when the filter matches the entry; else result 122 (assertionFailed). */
export class AssertionControl extends Control {
  readonly #filter: string

  constructor(filter: string) {
    super('1.3.6.1.1.12', { critical: true })
    this.#filter = filter
  }

  override writeControl(writer: BerWriter): void {
    const value = new BerWriter()
    FilterParser.parseString(this.#filter).write(value)
    writer.writeBuffer(value.buffer, TAG.octets)
  }
}

const SEARCH_ENTRY = 0x64

/** RFC 4527: in the same atomic step the server reads the entry before or after the write. */
abstract class ReadEntryControl extends Control {
  readonly #wanted: readonly string[]
  #values = new Map<string, string>()

  constructor(oid: string, attributes: readonly string[]) {
    super(oid, { critical: true })
    this.#wanted = attributes
  }

  /** First value of an attribute, after the operation; null when the server sent none. */
  value(attribute: string): string | null {
    return this.#values.get(attribute.toLowerCase()) ?? null
  }

  override writeControl(writer: BerWriter): void {
    const value = new BerWriter()
    value.startSequence()
    for (const attribute of this.#wanted) value.writeString(attribute)
    value.endSequence()
    writer.writeBuffer(value.buffer, TAG.octets)
  }

  override parseControl(reader: BerReader): void {
    this.#values = new Map()
    const entry = new Ber(reader.remainingBuffer).enter(SEARCH_ENTRY)
    entry.skip()
    for (const list = entry.enter(TAG.sequence); !list.isAtEnd;) {
      const attribute = list.enter(TAG.sequence)
      const type = attribute.text().toLowerCase()
      const values = attribute.enter(TAG.set)
      if (!values.isAtEnd) this.#values.set(type, values.text())
    }
  }
}

export class PreReadControl extends ReadEntryControl {
  constructor(attributes: readonly string[]) {
    super('1.3.6.1.1.13.1', attributes)
  }
}

export class PostReadControl extends ReadEntryControl {
  constructor(attributes: readonly string[]) {
    super('1.3.6.1.1.13.2', attributes)
  }
}

/** RFC 3296: referral objects are entries like others, so that none of them cuts an answer short. */
export class ManageDsaItControl extends Control {
  constructor() {
    super('2.16.840.1.113730.3.4.2')
  }
}

export const SYNC_REQUEST = '1.3.6.1.4.1.4203.1.9.1.1'
export const SYNC_STATE = '1.3.6.1.4.1.4203.1.9.1.2'
export const SYNC_INFO = '1.3.6.1.4.1.4203.1.9.1.4'

/** RFC 4533 2.2, mode refreshAndPersist: what has changed since the cookie, then everything that changes. */
export class SyncRequestControl extends Control {
  readonly #cookie: string | null

  constructor(cookie: string | null) {
    super(SYNC_REQUEST, { critical: true })
    this.#cookie = cookie
  }

  override writeControl(writer: BerWriter): void {
    const value = new BerWriter()
    value.startSequence()
    value.writeEnumeration(3)
    if (this.#cookie !== null) value.writeString(this.#cookie)
    value.endSequence()
    writer.writeBuffer(value.buffer, TAG.octets)
  }
}
