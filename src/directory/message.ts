import { Ber, TAG } from './ber.ts'
import { SYNC_INFO, SYNC_STATE } from './controls.ts'
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

/** The envelope of RFC 4511 4.1.1. */
export interface Message {
  readonly id: number
  readonly operation: number
  readonly content: Ber
  readonly controls: Ber | null
}

const SEARCH_ENTRY = 0x64
const SEARCH_DONE = 0x65
const SEARCH_REFERENCE = 0x73
const INTERMEDIATE = 0x79
const CONTROLS = 0xa0

export function readMessage(bytes: Buffer): Message {
  const envelope = new Ber(bytes).enter(TAG.sequence)
  const id = envelope.integer()
  const operation = envelope.peek() ?? 0
  const content = envelope.enter(operation)
  const controls = envelope.peek() === CONTROLS ? envelope.enter(CONTROLS) : null
  return { id, operation, content, controls }
}

/** A result (RFC 4511 4.1.9): code and text of the server. */
export function readResult({ content }: Message): { code: number; text: string } {
  const code = content.integer(TAG.enumerated)
  content.octets()
  return { code, text: content.text() }
}

export function readSyncMessage(message: Message): SyncMessage {
  switch (message.operation) {
    case SEARCH_ENTRY:
      return readEntry(message)
    case INTERMEDIATE:
      return readIntermediate(message.content)
    case SEARCH_REFERENCE:
      return { kind: 'reference' }
    case SEARCH_DONE:
      return { kind: 'done', ...readResult(message) }
    default:
      return { kind: 'other' }
  }
}

const STATES = ['present', 'add', 'modify', 'delete'] as const

function readEntry({ content, controls }: Message): SyncMessage {
  const value = controlValue(controls, SYNC_STATE)
  if (value === null) {
    throw new Error(
      'An entry without Sync State control: the server does not speak RFC 4533 (overlay syncprov)',
    )
  }
  const control = new Ber(value).enter(TAG.sequence)
  const state = STATES[control.integer(TAG.enumerated)]
  if (state === undefined) throw new Error('A Sync State control with an unknown state')
  const id = formatUuid(control.octets())
  const cookie = control.isAtEnd ? null : control.text()
  const dn = content.text()
  const attributes = readAttributes(content.enter(TAG.sequence))
  const csn = attributes.get('entrycsn')?.[0]?.toString() ?? null
  return { kind: 'entry', state, cookie, entry: { id, dn, csn, attributes } }
}

function readAttributes(list: Ber): Map<string, Buffer[]> {
  const attributes = new Map<string, Buffer[]>()
  while (!list.isAtEnd) {
    const attribute = list.enter(TAG.sequence)
    const type = attribute.text().toLowerCase()
    const set = attribute.enter(TAG.set)
    const values: Buffer[] = []
    while (!set.isAtEnd) values.push(set.octets())
    attributes.set(type, values)
  }
  return attributes
}

function controlValue(controls: Ber | null, oid: string): Buffer | null {
  while (controls !== null && !controls.isAtEnd) {
    const control = controls.enter(TAG.sequence)
    if (control.text() !== oid) continue
    if (control.peek() === TAG.boolean) control.skip()
    return control.isAtEnd ? null : control.octets()
  }
  return null
}

function readIntermediate(content: Ber): SyncMessage {
  const name = content.peek() === 0x80 ? content.text(0x80) : null
  if (name !== SYNC_INFO || content.peek() !== 0x81) return { kind: 'other' }
  return readSyncInfo(new Ber(content.octets(0x81)))
}

/** RFC 4533 2.5: a choice of four. */
function readSyncInfo(value: Ber): SyncMessage {
  const tag = value.peek() ?? 0
  if (tag === 0x80) return { kind: 'cookie', cookie: value.text(0x80) }
  if (tag < 0xa1 || tag > 0xa3) return { kind: 'other' }
  const info = value.enter(tag)
  const cookie = info.peek() === TAG.octets ? info.text() : null
  const flag = info.peek() === TAG.boolean ? info.boolean() : null
  if (tag === 0xa1) return { kind: 'phase', phase: 'delete', done: flag ?? true, cookie }
  if (tag === 0xa2) return { kind: 'phase', phase: 'present', done: flag ?? true, cookie }
  const ids: string[] = []
  for (const set = info.enter(TAG.set); !set.isAtEnd;) ids.push(formatUuid(set.octets()))
  return { kind: 'ids', deleted: flag ?? false, ids, cookie }
}

function formatUuid(bytes: Buffer): string {
  if (bytes.length !== 16) throw new Error('An entryUUID that is not 16 bytes long')
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
