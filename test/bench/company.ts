import { createHash } from 'node:crypto'
import { chainHash, GENESIS_HASH } from '../../src/model/canonical.ts'
import type { Entry, EntryChange, Rule, Staff } from '../../src/model/entry.ts'
import type { LogVersion } from '../../src/changelog/log.ts'

export interface CompanyOptions {
  readonly people: number
  /** Distinct grants; person n has the n-th, counted round. */
  readonly audiences: number
  /** Whether each grant shows other fields of a person, so that every audience has rows of its own. */
  readonly ownProjections?: boolean
}

const DEPARTMENT_TYPES = 8
const STAFF_TYPES = 20
/** People of one department. */
const DEPARTMENT_SIZE = 20
const CHILDREN = 6

/** The n-th id of a kind, spread like a hash, in the form of an entryUUID. */
export function benchId(kind: string, n: number): string {
  const hex = createHash('sha256').update(`${kind} ${n}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** A company of any size as the log holds it: a tree of departments, people of every type, one role a grant. */
export function benchCompany({ people, audiences, ownProjections = false }: CompanyOptions): Entry[] {
  const entries: Entry[] = []
  const fieldKeys = ownProjections
    ? Array.from({ length: Math.ceil(Math.log2(audiences + 1)) }, (_, i) => `f${i}`)
    : []
  for (let n = 0; n < DEPARTMENT_TYPES; n++)
    entries.push({ kind: 'departmentType', id: benchId('dt', n), name: `Type ${n}`, description: null })
  for (let n = 0; n < STAFF_TYPES; n++)
    entries.push({ kind: 'staffType', id: benchId('st', n), name: `Type ${n}`, description: null })
  for (const [n, key] of ['mobile', 'seat', ...fieldKeys].entries()) {
    const isSensitive = key === 'mobile' || fieldKeys.includes(key)
    entries.push({
      kind: 'fieldDefinition',
      id: benchId('fd', n),
      key,
      label: key,
      appliesTo: 'STAFF',
      isSensitive,
      sortKey: '',
    })
  }
  for (let n = 0; n < audiences; n++) entries.push(...grant(n, fieldKeys))
  const departments = Math.max(1, Math.ceil(people / DEPARTMENT_SIZE))
  for (let n = 0; n < departments; n++) {
    entries.push({
      kind: 'department',
      id: benchId('d', n),
      status: 'ACTIVE',
      name: `部门 ${n}`,
      description: 'What the department does, in a few words',
      typeId: benchId('dt', n % DEPARTMENT_TYPES),
      parentId: n === 0 ? null : benchId('d', Math.floor((n - 1) / CHILDREN)),
      sortKey: `a${n % 10}`,
      metadata: [],
    })
  }
  for (let n = 0; n < people; n++) entries.push(person(n, departments, audiences, fieldKeys))
  return entries
}

/** Everyone sees all departments and the types of staff but one; which one, and which fields, makes the grants distinct. */
function grant(n: number, fieldKeys: readonly string[]): Entry[] {
  const all = Array.from({ length: STAFF_TYPES }, (_, t) => t)
  const hidden = new Set([19 - (n % 10), 19 - (Math.floor(n / 10) % 10), 19 - (Math.floor(n / 100) % 10)])
  const shown = all.filter((t) => t < 10 || !hidden.has(t))
  const rule: Rule = {
    kind: 'rule',
    id: benchId('rule', n),
    name: `Rule ${n}`,
    description: null,
    departmentTypeIds: Array.from({ length: DEPARTMENT_TYPES }, (_, t) => benchId('dt', t)).sort(),
    // A type that nobody has makes every grant another one, whatever else is equal.
    staffTypeIds: [...shown.map((t) => benchId('st', t)), benchId('no type', n)].sort(),
    scope: 'ORGANISATION',
    sensitiveFields: fieldKeys.filter((_, bit) => ((n >> bit) & 1) === 1),
  }
  return [
    rule,
    {
      kind: 'role',
      id: benchId('role', n),
      name: `Role ${n}`,
      description: null,
      ruleIds: [rule.id],
      abilities: [],
    },
  ]
}

function person(n: number, departments: number, audiences: number, fieldKeys: readonly string[]): Staff {
  const own = [...new Set([n % departments, ...(n % 7 === 0 ? [(n * 31) % departments] : [])])]
  return {
    kind: 'staff',
    id: benchId('p', n),
    status: 'ACTIVE',
    login: `p${n}`,
    name: `王小明 ${n}`,
    nickname: null,
    pinyin: `wang xiaoming ${n}`,
    initials: 'wxm',
    title: 'Engineer',
    mobile: `+86 138 ${String(n).padStart(8, '0')}`,
    email: [`p${n}@example.com`],
    avatarHash: null,
    typeId: benchId('st', n % STAFF_TYPES),
    memberships: own
      .map((d) => ({
        departmentId: benchId('d', d),
        title: null,
        sortKey: `a${n % 10}`,
        isMain: d === own[0],
        isLeader: false,
      }))
      .sort((a, b) => (a.departmentId < b.departmentId ? -1 : 1)),
    managerId: n === 0 ? null : benchId('p', Math.floor(n / 8)),
    dottedManagerIds: [],
    roleIds: [benchId('role', n % audiences)],
    leaveDate: null,
    metadata: [
      { key: 'seat', value: `A-${n % 100}` },
      ...fieldKeys.map((key) => ({ key, value: `v${n % 5}` })),
    ].sort((a, b) => (a.key < b.key ? -1 : 1)),
  }
}

/** Writes versions down one after the other. */
export class VersionWriter {
  #version = 0
  #hash = GENESIS_HASH

  write(changes: readonly EntryChange[]): LogVersion {
    this.#version++
    this.#hash = chainHash(this.#hash, this.#version, changes)
    return { version: this.#version, hash: this.#hash, committedAt: new Date(0), changes }
  }
}

export const added = (entry: Entry): EntryChange => ({
  kind: entry.kind,
  id: entry.id,
  before: null,
  after: entry,
})
