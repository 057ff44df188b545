import { isUtf8 } from 'node:buffer'
import { normDn, parentDn, parseDn } from '../directory/names.ts'
import type { EntryKind } from '../model/entry.ts'
import type { State } from '../model/state.ts'
import { changedFields, entryIn, kindOfClasses, labelOf, type RawChange } from './fields.ts'
import type { Masks } from './mask.ts'
import { namesIn } from './names.ts'
import type { NewRecord } from './record.ts'

/**
 * Entries of slapd's own log of writes (slapo-accesslog, draft-chu-ldap-logschema) as records of the audit log. Pure. `reqMod`
 * holds `attribute:+ value`, `attribute:- value`, `attribute:= value` and `attribute:# n`, without a value where all are
 * meant; `reqOld` holds `attribute: value` as it was before, when the overlay keeps that (`logold`).
 */

export type WriteKind = 'add' | 'modify' | 'move' | 'delete'

const KINDS: Readonly<Record<string, WriteKind>> = {
  add: 'add',
  modify: 'modify',
  modrdn: 'move',
  delete: 'delete',
}

export const LOG_ATTRIBUTES = [
  ...'reqStart reqType reqSession reqAuthzID reqDN reqEntryUUID reqNewRDN reqNewSuperior'.split(' '),
  ...'reqMod reqOld entryCSN'.split(' '),
]

interface Modification {
  readonly attribute: string
  readonly operator: string
  /** Null: without one. */
  readonly value: string | null
}

/** One write that succeeded, whoever has made it. */
export interface LoggedWrite {
  readonly kind: WriteKind
  /** By the clock of the directory, `20260101000000.000001Z`; ascending nearly always. */
  readonly start: string
  /** The same in the log of every replica: which entry, and the CSN that the write has given it. */
  readonly key: string
  readonly session: string | null
  /** Who was signed in; empty: nobody. */
  readonly authzDn: string
  readonly dn: string
  readonly newDn: string | null
  readonly entryId: string | null
  readonly modifications: readonly Modification[]
  /** Values before, by attribute in lower case; null: the overlay keeps none. */
  readonly old: ReadonlyMap<string, readonly string[]> | null
}

/** Null for what is no write. */
export function writeOf(attributes: ReadonlyMap<string, readonly Buffer[]>): LoggedWrite | null {
  const text = (name: string) => attributes.get(name.toLowerCase())?.[0]?.toString('utf8') ?? null
  const [start, dn] = [text('reqStart'), text('reqDN')]
  const kind = KINDS[text('reqType') ?? '']
  if (!kind || start === null || dn === null) return null
  const entryId = idOf(text('reqEntryUUID'))
  const csn = text('entryCSN')
  const rdn = text('reqNewRDN')
  return {
    kind,
    start,
    key: entryId !== null && csn !== null ? `${entryId} ${csn}` : start,
    session: text('reqSession'),
    authzDn: text('reqAuthzID') ?? '',
    dn,
    newDn: rdn === null ? null : `${rdn},${text('reqNewSuperior') ?? parentDn(dn)}`,
    entryId,
    modifications: (attributes.get('reqmod') ?? []).flatMap((value) => modificationOf(value) ?? []),
    old: oldOf(attributes.get('reqold') ?? []),
  }
}

/** What changes with every write or every sign-in, and says nothing that the record does not. */
const KEPT_BY_SLAPD = new Set(
  [
    'entryCSN entryUUID contextCSN creatorsName createTimestamp modifiersName modifyTimestamp entryDN',
    'structuralObjectClass subschemaSubentry hasSubordinates authTimestamp pwdLastSuccess pwdFailureTime',
    'pwdAccountLockedTime pwdGraceUseTime pwdChangedTime pwdHistory',
  ]
    .join(' ')
    .toLowerCase()
    .split(' '),
)

export interface Knowledge {
  readonly state: State
  readonly masks: Masks
  readonly isClear: (kind: EntryKind | null, field: string) => boolean
  /** The person who signs in under the DN of the write. */
  readonly actorId: string | null
  /** Departments before and after a move; null: at the top, or none is known. */
  readonly parents: readonly [string | null, string | null]
}

/** The record of a write by another tool; null when it has changed nothing but what slapd keeps for itself. */
export function recordOfWrite(write: LoggedWrite, knows: Knowledge): NewRecord | null {
  const known = write.entryId === null ? null : entryIn(knows.state, write.entryId)
  const attributes = attributesOf(write)
  const now = (name: string) => attributes.get(name)?.after ?? []
  const was = (name: string) => attributes.get(name)?.before ?? []
  const either = (name: string) => (now(name).length > 0 ? now(name) : was(name))
  const kind = kindOfClasses(either('objectclass'), either('dlrappliesto')[0]) ?? known?.kind ?? null
  const changes = [...changesOf(attributes), ...placeOf(write, kind, knows.parents)]
  if (changes.length === 0) return null
  const label =
    either('displayname')[0] ??
    (known && labelOf(known)) ??
    either('cn')[0] ??
    either('ou')[0] ??
    nameIn(write.dn)
  const subject = { kind, id: write.entryId, label }
  const fields = changes.map(([field, before, after]) =>
    knows.masks.change(knows.isClear, kind, { field, before: before && [...before], after: [...after] }),
  )
  return {
    actorId: knows.actorId,
    actorDn: write.authzDn === '' ? null : write.authzDn,
    action: `ldap.${write.kind}`,
    source: 'LDAP',
    sourceKey: write.key,
    subject,
    changes: [{ ...subject, fields, names: namesIn(knows.state, fields) }],
    detail: {
      dn: write.dn,
      loggedAt: write.start,
      ...(write.session === null ? {} : { session: write.session }),
    },
  }
}

interface Values {
  /** Null: nobody knows. */
  before: readonly string[] | null
  after: readonly string[]
}

/** What was written, attribute by attribute in lower case. */
function attributesOf({ kind, modifications, old }: LoggedWrite): Map<string, Values> {
  const attributes = new Map<string, Values>()
  if (kind === 'delete')
    for (const [name, before] of old ?? [])
      if (!KEPT_BY_SLAPD.has(name)) attributes.set(name, { before, after: [] })
  for (const { attribute, operator, value } of modifications) {
    if (KEPT_BY_SLAPD.has(attribute)) continue
    const before = kind === 'add' ? [] : old && (old.get(attribute) ?? [])
    const values = attributes.get(attribute) ?? { before, after: before ?? [] }
    attributes.set(attribute, values)
    values.after = afterOf(values, operator, value, isFirst(attribute, modifications, value))
  }
  return attributes
}

/** `:=` stands before each of the new values: the first of them takes the old ones away. */
function isFirst(attribute: string, modifications: readonly Modification[], value: string | null): boolean {
  const replaced = modifications.find((one) => one.attribute === attribute && one.operator === '=')
  return replaced?.value === value
}

function afterOf(
  { after }: Values,
  operator: string,
  value: string | null,
  isFirstOfAll: boolean,
): readonly string[] {
  switch (operator) {
    case '=':
      return value === null ? [] : isFirstOfAll ? [value] : [...after, value]
    case '-':
      return value === null ? [] : after.filter((one) => one.toLowerCase() !== value.toLowerCase())
    case '#':
      return [String(Number(after[0] ?? 0) + Number(value ?? 0))]
    default:
      return value === null ? after : [...after, value]
  }
}

function changesOf(
  attributes: ReadonlyMap<string, Values>,
): [string, readonly string[] | null, readonly string[]][] {
  return [...attributes].flatMap(([attribute, { before, after }]) =>
    changedFields(attribute, before ?? [], after).map(
      ([field, was, is]): [string, readonly string[] | null, readonly string[]] => [field, before && was, is],
    ),
  )
}

function placeOf(
  { kind, dn, newDn }: LoggedWrite,
  of: EntryKind | null,
  parents: Knowledge['parents'],
): RawChange[] {
  if (kind === 'add') return [['dn', [], [dn]]]
  if (kind === 'delete') return [['dn', [dn], []]]
  if (newDn === null) return []
  const changes: RawChange[] = [['dn', [dn], [newDn]]]
  const [login, wanted] = [loginIn(dn), loginIn(newDn)]
  if (of === 'staff' && wanted !== null && login !== wanted)
    changes.push(['login', login === null ? [] : [login], [wanted]])
  const [before, after] = parents
  if (of === 'department' && before !== after)
    changes.push(['parent', before === null ? [] : [before], after === null ? [] : [after]])
  return changes
}

function loginIn(dn: string): string | null {
  return parseDn(dn)[0]?.find(({ type }) => type.toLowerCase() === 'uid')?.value ?? null
}

function nameIn(dn: string): string {
  return parseDn(dn)[0]?.[0]?.value ?? dn
}

/** Whether a write is about something at or below a DN. */
export function isBelow(dn: string, base: string): boolean {
  return `,${normDn(dn)}`.endsWith(`,${normDn(base)}`)
}

function modificationOf(bytes: Buffer): Modification | null {
  const at = bytes.indexOf(':')
  if (at < 1 || at + 1 >= bytes.length) return null
  const rest = bytes.subarray(at + 2)
  return {
    attribute: bytes.subarray(0, at).toString('latin1').toLowerCase(),
    operator: String.fromCharCode(bytes[at + 1] ?? 0),
    value: rest.length === 0 ? null : textOf(rest.subarray(1)),
  }
}

function oldOf(values: readonly Buffer[]): Map<string, string[]> | null {
  if (values.length === 0) return null
  const old = new Map<string, string[]>()
  for (const bytes of values) {
    const at = bytes.indexOf(':')
    if (at < 1) continue
    const name = bytes.subarray(0, at).toString('latin1').toLowerCase()
    const known = old.get(name)
    const text = textOf(bytes.subarray(at + 2))
    if (known) known.push(text)
    else old.set(name, [text])
  }
  return old
}

/** Bytes stand as they are written in LDIF. */
function textOf(bytes: Buffer): string {
  return isUtf8(bytes) && !bytes.includes(0) ? bytes.toString('utf8') : bytes.toString('base64')
}

function idOf(text: string | null): string | null {
  const id = text?.toLowerCase() ?? ''
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : null
}
