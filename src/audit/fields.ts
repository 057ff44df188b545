import { SENSITIVE_BUILTINS, type Entry, type EntryKind } from '../model/entry.ts'
import type { State } from '../model/state.ts'

/** The words of the audit log for what the directory calls otherwise, by attribute in lower case. */
const FIELDS: Readonly<Record<string, string>> = {
  displayname: 'name',
  uid: 'login',
  mail: 'email',
  dlrtype: 'type',
  dlrnickname: 'nickname',
  dlrpinyin: 'pinyin',
  dlrinitials: 'initials',
  dlrmanager: 'manager',
  dlrdottedmanager: 'dottedManagers',
  dlrleavedate: 'leaveDate',
  dlrmembership: 'memberships',
  dlrdepartment: 'departments',
  dlrdisabled: 'isDisabled',
  dlrrole: 'roles',
  dlrsort: 'sortKey',
  dlrrule: 'rules',
  dlrability: 'abilities',
  dlrdepartmenttype: 'departmentTypes',
  dlrstafftype: 'staffTypes',
  dlrscope: 'scope',
  dlrsensitivefield: 'sensitiveFields',
  dlrkey: 'key',
  dlrappliesto: 'appliesTo',
  dlrsensitive: 'isSensitive',
  dlravatarhash: 'avatarHash',
  givenname: 'givenName',
  jpegphoto: 'photo',
  userpassword: 'password',
}

const METADATA = 'metadata.'

/** The field that an attribute of the directory is; language options are no part of the name. */
export function fieldOf(attribute: string): string {
  const [name = ''] = attribute.toLowerCase().split(';')
  return FIELDS[name] ?? name
}

/** The key of a custom field; null for every other field. */
export function metadataKey(field: string): string | null {
  return field.startsWith(METADATA) ? field.slice(METADATA.length) : null
}

/** Attributes and their values as fields; each custom field is one of its own. */
export function fieldsOf(attribute: string, values: readonly string[]): [field: string, values: string[]][] {
  if (attribute.toLowerCase() !== 'dlrmeta') return [[fieldOf(attribute), [...values]]]
  return values.map((text) => {
    const at = Math.max(text.indexOf('='), 0)
    return [`${METADATA}${text.slice(0, at).trim()}`, [text.slice(at + 1)]]
  })
}

export type RawChange = readonly [field: string, before: readonly string[], after: readonly string[]]

/** The fields of one attribute that differ; custom fields that stay as they are say nothing. */
export function changedFields(
  attribute: string,
  before: readonly string[],
  after: readonly string[],
): RawChange[] {
  const old = new Map(fieldsOf(attribute, before))
  const now = new Map(fieldsOf(attribute, after))
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((field): RawChange => [field, old.get(field) ?? [], now.get(field) ?? []])
    .filter(([, was, is]) => was.length !== is.length || was.some((value) => !is.includes(value)))
}

/** Written for other tools or for slapd itself: they say nothing that another field does not. */
const SILENT = new Set(['objectclass', 'departments', 'cn', 'sn'])

/** Whether a field of an edit of ours goes without saying. */
export function isSilent(field: string): boolean {
  return SILENT.has(field)
}

/** Values that are in no log, not even as a mark: who has the same password is a secret too. */
const SECRET = /^(password|photo)$|passw|pwd|secret|token|pkcs|privatekey|credential|shadow|krb/

export function isSecret(field: string): boolean {
  return SECRET.test(field.toLowerCase())
}

/** What may stand there in clear; whatever is not named is masked. */
const CLEAR: Readonly<Record<EntryKind, readonly string[]>> = {
  staff: [
    'name',
    'login',
    'type',
    'pinyin',
    'initials',
    'manager',
    'dottedManagers',
    'leaveDate',
    'status',
    'memberships',
    'departments',
    'isDisabled',
    'roles',
    'avatarHash',
    'cn',
    'sn',
    'givenName',
  ],
  department: ['name', 'type', 'parent', 'sortKey', 'status', 'isDisabled', 'ou'],
  departmentType: ['name', 'description', 'appliesTo', 'cn'],
  staffType: ['name', 'description', 'appliesTo', 'cn'],
  rule: ['name', 'description', 'departmentTypes', 'staffTypes', 'scope', 'sensitiveFields', 'cn'],
  role: ['name', 'description', 'rules', 'abilities', 'cn'],
  fieldDefinition: ['name', 'key', 'appliesTo', 'isSensitive', 'sortKey', 'cn'],
}
const CLEAR_OF_ALL = ['objectclass', 'dn']

/** Says of which fields values may stand in the log in clear, by the field catalogue of this moment. */
export function clearFields(state: State): (kind: EntryKind | null, field: string) => boolean {
  const clear = new Map<EntryKind, Set<string>>()
  for (const [kind, fields] of entriesOf(CLEAR)) clear.set(kind, new Set([...fields, ...CLEAR_OF_ALL]))
  for (const [category, kind] of [['STAFF', 'staff'] as const, ['DEPARTMENT', 'department'] as const]) {
    const fields = clear.get(kind)
    const definitions = [...state.all('fieldDefinition')].filter((one) => one.appliesTo === category)
    const sensitive = new Set(definitions.filter((one) => one.isSensitive).map(({ key }) => key))
    for (const key of SENSITIVE_BUILTINS[category]) if (!sensitive.has(key)) fields?.add(key)
    // Custom fields without a definition are shown to nobody (V5).
    for (const { key } of definitions) if (!sensitive.has(key)) fields?.add(`${METADATA}${key}`)
  }
  const others = new Set(CLEAR_OF_ALL)
  return (kind, field) =>
    !isSecret(field) && ((kind === null ? others : clear.get(kind))?.has(field) ?? false)
}

function entriesOf<V>(record: Readonly<Record<EntryKind, V>>): [EntryKind, V][] {
  return KINDS.map((kind) => [kind, record[kind]])
}

export const KINDS: readonly EntryKind[] = [
  'department',
  'departmentType',
  'fieldDefinition',
  'role',
  'rule',
  'staff',
  'staffType',
]

export function isKind(text: string | null): text is EntryKind {
  return KINDS.some((kind) => kind === text)
}

/** What an entry is called. */
export function labelOf(entry: Entry): string {
  return entry.kind === 'fieldDefinition' ? entry.label : entry.name
}

/** The entry of any kind that a state has under an id. */
export function entryIn(state: State, id: string): Entry | null {
  for (const kind of KINDS) {
    const entry = state.get(kind, id)
    if (entry) return entry
  }
  return null
}

const PLAIN_NAMES: Readonly<Record<string, string>> = {
  typeId: 'type',
  parentId: 'parent',
  managerId: 'manager',
  dottedManagerIds: 'dottedManagers',
  roleIds: 'roles',
  ruleIds: 'rules',
  departmentTypeIds: 'departmentTypes',
  staffTypeIds: 'staffTypes',
  label: 'name',
}

/** All that an entry of the log says, as fields. */
export function fieldsOfEntry(entry: Entry): Map<string, string[]> {
  const fields = new Map<string, string[]>()
  for (const [name, value] of Object.entries(entry)) {
    if (name === 'kind' || name === 'id' || name === 'metadata') continue
    const values = [value].flat().filter((one) => one !== null && one !== false && one !== '')
    if (values.length > 0)
      fields.set(
        PLAIN_NAMES[name] ?? name,
        values.map((one) => (typeof one === 'string' ? one : one === true ? 'TRUE' : JSON.stringify(one))),
      )
  }
  if ('metadata' in entry)
    for (const { key, value } of entry.metadata) fields.set(`${METADATA}${key}`, [value])
  return fields
}

/** What an LDAP entry with these object classes is to us; `appliesTo` tells the kinds of types apart. */
export function kindOfClasses(classes: readonly string[], appliesTo: string | undefined): EntryKind | null {
  const names = new Set(classes.map((name) => name.toLowerCase()))
  if (names.has('inetorgperson')) return 'staff'
  if (names.has('dlrroleentry')) return 'role'
  if (names.has('dlrruleentry')) return 'rule'
  if (names.has('dlrfieldentry')) return 'fieldDefinition'
  if (names.has('dlrtypeentry'))
    return appliesTo?.toUpperCase() === 'DEPARTMENT' ? 'departmentType' : 'staffType'
  return names.has('organizationalunit') ? 'department' : null
}
