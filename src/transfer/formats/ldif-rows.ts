import { z } from 'zod'
import { parseDn, InvalidDn, normDn, type Rdn } from '../../directory/names.ts'
import { joinPath } from '../paths.ts'
import { malformed, rowSchema, type ReadRow, type RowError } from '../row.ts'
import type { LdifRecord } from './ldif.ts'

/** Attributes that are told to be left out, at most. */
const MAX_IGNORED = 100
/** Said by others, or by nothing that an import sets. */
const SILENT = new Set([
  'objectclass',
  'sn',
  'cn',
  'ou',
  'dlrdepartment',
  'createtimestamp',
  'modifytimestamp',
])

const membershipSchema = z.object({
  departmentId: z.string(),
  title: z.string().nullish(),
  sortKey: z.string().nullish(),
  isMain: z.boolean().nullish(),
  isLeader: z.boolean().nullish(),
})

/** What an attribute has in a record: all of its values; null when they are taken away; undefined when it is not told. */
type Values = (attribute: string) => readonly string[] | null | undefined

/** Makes rows of the records of one LDIF file: entries of people and departments as this directory has them. */
export class LdifRows {
  /** Attributes that were left out. */
  readonly ignored = new Set<string>()
  /** Names of departments by the DN of their entry in this file: an entry keeps its name when the department is renamed. */
  readonly #names = new Map<string, string>()

  row(number: number, record: LdifRecord): ReadRow {
    const refuse = (error: RowError): ReadRow => ({ number, row: null, errors: [error] })
    try {
      const rdns = parseDn(record.dn)
      const [first = []] = rdns
      const values = this.#valuesOf(record)
      if ('code' in values) return refuse(values)
      const row = isPerson(record, first)
        ? staffOf(first, values)
        : isDepartment(record, rdns)
          ? this.#departmentOf(rdns, values)
          : null
      if (!row) {
        const classes = record.attributes.get('objectclass')?.join(', ') ?? ''
        return refuse(unsupported(`Only people and departments are imported, not ${classes || record.dn}.`))
      }
      const parsed = rowSchema.safeParse(row)
      if (parsed.success) return { number, row: parsed.data, errors: null }
      const errors = parsed.error.issues.map(({ path, message }) =>
        malformed(message, path.map(String).join('.')),
      )
      return { number, row: null, errors }
    } catch (error) {
      if (error instanceof InvalidDn || error instanceof SyntaxError || error instanceof z.ZodError)
        return refuse(malformed('A value of the entry cannot be read.'))
      throw error
    }
  }

  #valuesOf({ changeType, attributes, modifications }: LdifRecord): Values | RowError {
    switch (changeType) {
      case null:
      case 'add':
        this.#ignore(attributes.keys())
        return (name) => attributes.get(name)
      case 'modify': {
        const changed = new Map<string, readonly string[] | null>()
        for (const { operation, attribute, values } of modifications) {
          const isWhole = operation === 'replace' || (operation === 'delete' && values.length === 0)
          const isSingle = operation === 'add' && SINGLE.has(attribute)
          if (!isWhole && !isSingle)
            return unsupported(
              `Of changetype modify only replace is imported, not ${operation}: ${attribute}.`,
            )
          changed.set(attribute, values.length === 0 ? null : values)
        }
        this.#ignore(changed.keys())
        return (name) => changed.get(name)
      }
      default:
        return unsupported(`changetype ${changeType} is not imported: only add and modify are.`)
    }
  }

  #ignore(names: Iterable<string>): void {
    for (const name of names)
      if (!KNOWN.has(name) && !SILENT.has(name) && this.ignored.size < MAX_IGNORED) this.ignored.add(name)
  }

  #departmentOf(rdns: readonly Rdn[], values: Values): Record<string, unknown> {
    const end = rdns.findIndex((rdn) => normDn([rdn]) === 'ou=departments')
    const parents = rdns
      .slice(1, end)
      .map((rdn, i) => this.#names.get(normDn(rdns.slice(i + 1))) ?? rdn[0]?.value ?? '')
    const own = values('displayname')?.[0] ?? this.#names.get(normDn(rdns)) ?? rdns[0]?.[0]?.value ?? ''
    this.#names.set(normDn(rdns), own)
    return {
      kind: 'department',
      id: values('entryuuid')?.[0],
      path: joinPath([...parents.toReversed(), own]),
      type: values('dlrtype')?.[0],
      description: single(values('description')),
      ...shared(values),
    }
  }
}

const SINGLE_NAMES =
  'displayname dlrtype dlrnickname dlrpinyin dlrinitials title mobile dlrmanager dlrleavedate dlrdisabled description manager'
const SINGLE = new Set(SINGLE_NAMES.split(' '))
const KNOWN = new Set(
  `${SINGLE_NAMES} uid mail dlrmembership dlrdottedmanager dlrmeta entryuuid dlrsort`.split(' '),
)

function unsupported(message: string): RowError {
  return { code: 'UNSUPPORTED', path: '', message }
}

function isPerson({ attributes }: LdifRecord, [ava]: Rdn): boolean {
  const classes = attributes.get('objectclass')?.map((name) => name.toLowerCase())
  return classes ? classes.includes('inetorgperson') : ava?.type.toLowerCase() === 'uid'
}

function isDepartment({ attributes }: LdifRecord, rdns: readonly Rdn[]): boolean {
  const classes = attributes.get('objectclass')?.map((name) => name.toLowerCase())
  const isBelow = rdns.findIndex((rdn) => normDn([rdn]) === 'ou=departments') > 0
  return isBelow && (!classes || classes.includes('organizationalunit'))
}

function staffOf([ava]: Rdn, values: Values): Record<string, unknown> {
  const login = values('uid')?.[0] ?? (ava?.type.toLowerCase() === 'uid' ? ava.value : undefined)
  const managerDn = values('manager')?.[0]
  const plainDepartments = values('dlrdepartment')
  const memberships = values('dlrmembership')
  return {
    kind: 'staff',
    id: values('entryuuid')?.[0],
    login,
    name: values('displayname')?.[0] ?? values('cn')?.[0],
    type: values('dlrtype')?.[0],
    nickname: single(values('dlrnickname')),
    pinyin: single(values('dlrpinyin')),
    initials: single(values('dlrinitials')),
    title: single(values('title')),
    mobile: single(values('mobile')),
    email: values('mail'),
    departments: memberships?.map(placementOf) ?? plainDepartments?.map((department) => ({ department })),
    manager:
      single(values('dlrmanager')) ??
      (managerDn === undefined ? undefined : parseDn(managerDn)[0]?.[0]?.value),
    dottedManagers: values('dlrdottedmanager'),
    leaveDate: single(values('dlrleavedate')),
    ...shared(values),
  }
}

function shared(values: Values): Record<string, unknown> {
  const disabled = values('dlrdisabled')
  return {
    isDisabled: disabled === undefined ? undefined : disabled?.[0]?.toUpperCase() === 'TRUE',
    metadata: values('dlrmeta')?.map((text) => {
      const at = Math.max(text.indexOf('='), 0)
      return { key: text.slice(0, at).trim(), value: text.slice(at + 1) }
    }),
  }
}

function placementOf(json: string): Record<string, unknown> {
  const { departmentId, title, sortKey, isMain, isLeader } = membershipSchema.parse(JSON.parse(json))
  return {
    department: departmentId,
    title: title ?? undefined,
    sortKey: sortKey ?? undefined,
    isMain: isMain ?? undefined,
    isLeader: isLeader ?? undefined,
  }
}

function single(values: readonly string[] | null | undefined): string | null | undefined {
  return values == null ? values : values[0]
}
