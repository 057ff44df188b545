import {
  BerReader,
  ExtendedResponse,
  ProtocolOperation,
  SearchEntry,
  SearchResponse,
  type Control,
} from 'ldapts'
import { CaptureControl, SYNC_DONE, SYNC_INFO, SYNC_STATE } from './controls.ts'
import type { RawEntry } from './raw-entry.ts'

/** One message of a server in a content sync (RFC 4533), read. */
export type SyncMessage =
  | { kind: 'entry'; state: 'present' | 'add' | 'modify' | 'delete'; entry: RawEntry; cookie: string | null }
  | { kind: 'ids'; deleted: boolean; ids: string[]; cookie: string | null }
  | { kind: 'phase'; phase: 'present' | 'delete'; done: boolean; cookie: string | null }
  | { kind: 'cookie'; cookie: string }
  | { kind: 'reference' }
  | { kind: 'done'; code: number; text: string }
  | { kind: 'other' }

export interface Message {
  readonly id: number
  readonly operation: number
  readonly reader: BerReader
}

const INTERMEDIATE = 0x79
const REFERENCE = 0x73

/** The envelope of a message (RFC 4511 4.1.1). The reader stands at the content of the operation. */
export function readMessage(bytes: Buffer): Message {
  const reader = new BerReader(bytes)
  reader.readSequence()
  const id = reader.readInt()
  const operation = reader.readSequence()
  if (id === null || operation === null) throw new Error('Not an LDAP message')
  return { id, operation, reader }
}

/** A result: code and text of the server. Throws when the message is none. */
export function readResult(message: Message): { code: number; text: string } {
  const response = new ExtendedResponse({ messageId: message.id })
  response.parse(message.reader, [])
  return { code: response.status, text: response.errorMessage }
}

export function readSyncMessage({ id, operation, reader }: Message): SyncMessage {
  switch (operation) {
    case ProtocolOperation.LDAP_RES_SEARCH_ENTRY:
      return readEntry(id, reader)
    case INTERMEDIATE:
      return readIntermediate(reader)
    case REFERENCE:
      return { kind: 'reference' }
    case ProtocolOperation.LDAP_RES_SEARCH: {
      const response = new SearchResponse({ messageId: id })
      response.parse(reader, [new CaptureControl(SYNC_DONE)])
      return { kind: 'done', code: response.status, text: response.errorMessage }
    }
    default:
      return { kind: 'other' }
  }
}

const STATES = ['present', 'add', 'modify', 'delete'] as const

function readEntry(id: number, reader: BerReader): SyncMessage {
  const capture = new CaptureControl(SYNC_STATE)
  const found = new SearchEntry({ messageId: id })
  const controls: Control[] = [capture]
  found.parse(reader, controls)
  if (capture.value === null) {
    throw new Error(
      'An entry without Sync State control: the server does not speak RFC 4533 (overlay syncprov)',
    )
  }
  const control = new BerReader(capture.value)
  control.readSequence()
  const state = STATES[control.readEnumeration() ?? -1]
  const uuid = control.readString(OCTETS, true)
  if (state === undefined || uuid === null) throw new Error('A Sync State control that cannot be read')
  const cookie = control.remain > 0 ? control.readString() : null
  const attributes = new Map(found.attributes.map((a) => [a.type.toLowerCase(), a.parsedBuffers]))
  const csn = attributes.get('entrycsn')?.[0]?.toString() ?? null
  return { kind: 'entry', state, cookie, entry: { id: formatUuid(uuid), dn: found.name, csn, attributes } }
}

/** RFC 4533 2.5: a choice of four. */
function readIntermediate(reader: BerReader): SyncMessage {
  const end = reader.offset + reader.length
  let name: string | null = null
  let value: Buffer | null = null
  while (reader.offset < end) {
    const tag = reader.peek()
    if (tag === 0x80) name = reader.readString(0x80)
    else if (tag === 0x81) value = reader.readString(0x81, true)
    else break
  }
  return name === SYNC_INFO && value !== null ? readSyncInfo(new BerReader(value)) : { kind: 'other' }
}

function readSyncInfo(reader: BerReader): SyncMessage {
  const tag = reader.peek()
  if (tag === 0x80) return { kind: 'cookie', cookie: reader.readString(0x80) ?? '' }
  reader.readSequence()
  const end = reader.offset + reader.length
  const more = () => reader.offset < end
  const cookie = more() && reader.peek() === OCTETS ? reader.readString() : null
  const flag = more() && reader.peek() === BOOLEAN ? reader.readBoolean() : null
  if (tag === 0xa1) return { kind: 'phase', phase: 'delete', done: flag ?? true, cookie }
  if (tag === 0xa2) return { kind: 'phase', phase: 'present', done: flag ?? true, cookie }
  if (tag === 0xa3) return { kind: 'ids', deleted: flag ?? false, ids: readIds(reader, end), cookie }
  return { kind: 'other' }
}

function readIds(reader: BerReader, end: number): string[] {
  if (reader.offset >= end) return []
  reader.readSequence(SET)
  const ids: string[] = []
  while (reader.offset < end) {
    const uuid = reader.readString(OCTETS, true)
    if (uuid === null) throw new Error('A list of entries that cannot be read')
    ids.push(formatUuid(uuid))
  }
  return ids
}

export function formatUuid(bytes: Buffer): string {
  if (bytes.length !== 16) throw new Error('An entryUUID that is not 16 bytes long')
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const OCTETS = 0x04
const BOOLEAN = 0x01
const SET = 0x31
