import fc from 'fast-check'
import { chainHash, GENESIS_HASH, sameEntry } from '../../src/model/canonical.ts'
import type { Entry, EntryChange, EntryKind, EntryOf, Rule } from '../../src/model/entry.ts'
import type { LogVersion } from '../../src/changelog/log.ts'
import { EDIT_NAMES, EDITS, type Directory, type EditName, type Operands } from './edits.ts'
import { newDepartment, newStaff } from './newcomers.ts'

/** One edit as data: printed, shrunk and kept. */
export interface Edit extends Operands {
  readonly op: EditName
}

export const edit: fc.Arbitrary<Edit> = fc.record({
  op: fc.constantFrom(...EDIT_NAMES),
  a: fc.nat(99),
  b: fc.nat(99),
  c: fc.nat(99),
})

export const edits = (maxLength: number) => fc.array(edit, { maxLength })

/** Applies one edit as one version; answers it, or null when it changed nothing. */
export function applyEdit(company: Company, { op, ...operands }: Edit): LogVersion | null {
  EDITS[op](company, operands)
  return company.commit()
}

export const uuid = (kind: number, n: number) =>
  `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`

const KINDS: readonly EntryKind[] = [
  'department',
  'departmentType',
  'fieldDefinition',
  'role',
  'rule',
  'staff',
  'staffType',
]

/** A small company on which edits act; it knows its entries and writes each edit down as a version. */
export class Company implements Directory {
  readonly entries = new Map<string, Entry>()
  readonly versions: LogVersion[] = []
  #next = 0
  #changes: EntryChange[] = []

  get list(): Entry[] {
    return [...this.entries.values()]
  }

  of<K extends EntryKind>(kind: K): EntryOf<K>[] {
    return this.list.filter((e): e is EntryOf<K> => e.kind === kind)
  }

  id(kind: EntryKind): string {
    return uuid(KINDS.indexOf(kind) + 1, ++this.#next)
  }

  put(entry: Entry): void {
    const before = this.entries.get(entry.id) ?? null
    if (sameEntry(before, entry)) return
    this.entries.set(entry.id, entry)
    this.#changes.push({ kind: entry.kind, id: entry.id, before, after: entry })
  }

  remove(id: string): void {
    const before = this.entries.get(id)
    if (!before) return
    this.entries.delete(id)
    this.#changes.push({ kind: before.kind, id, before, after: null })
  }

  /** Ends a version; nothing when nothing changed. Several edits of one entry become one change (L3). */
  commit(): LogVersion | null {
    const net = new Map<string, EntryChange>()
    for (const change of this.#changes) {
      const first = net.get(change.id) ?? change
      net.set(change.id, { ...change, before: first.before })
    }
    this.#changes = []
    const changes = [...net.values()].filter((c) => !sameEntry(c.before, c.after))
    if (changes.length === 0) return null
    const version = this.versions.length + 1
    const hash = chainHash(this.versions.at(-1)?.hash ?? GENESIS_HASH, version, changes)
    const committed = { version, hash, committedAt: new Date(0), changes }
    this.versions.push(committed)
    return committed
  }

  /** Goes back to a version: what was committed later never was (a database that is restored). Ids are not given out anew. */
  restore(version: number): void {
    for (const { changes } of this.versions.splice(version).toReversed()) {
      for (const { id, before } of changes) {
        if (before) this.entries.set(id, before)
        else this.entries.delete(id)
      }
    }
  }
}

/** How many there are of each at the beginning. */
export interface Size {
  readonly departments: number
  readonly people: number
}

/** Types, fields, rules and roles with hidden and scoped parts, a tree of departments, some people. One version. */
export function newCompany(size: Size = { departments: 9, people: 12 }): Company {
  const c = new Company()
  const departmentTypes = ['Team', 'Office', 'Secret'].map((name) => {
    const id = c.id('departmentType')
    c.put({ kind: 'departmentType', id, name, description: null })
    return id
  })
  const staffTypes = ['Regular', 'Contractor', 'Hidden'].map((name) => {
    const id = c.id('staffType')
    c.put({ kind: 'staffType', id, name, description: null })
    return id
  })
  const field = (key: string, appliesTo: 'STAFF' | 'DEPARTMENT', isSensitive: boolean) =>
    c.put({
      kind: 'fieldDefinition',
      id: c.id('fieldDefinition'),
      key,
      label: key,
      appliesTo,
      isSensitive,
      sortKey: '',
    })
  field('mobile', 'STAFF', true)
  field('seat', 'STAFF', false)
  field('floor', 'DEPARTMENT', true)
  const rule = (types: number[], people: number[], scope: Rule['scope'], sensitiveFields: string[]) => {
    const id = c.id('rule')
    const departmentTypeIds = types.map((i) => departmentTypes[i] ?? '')
    const staffTypeIds = people.map((i) => staffTypes[i] ?? '')
    c.put({
      kind: 'rule',
      id,
      name: 'r',
      description: null,
      departmentTypeIds,
      staffTypeIds,
      scope,
      sensitiveFields,
    })
    return id
  }
  const all = rule([0, 1, 2], [0, 1, 2], 'ORGANISATION', ['mobile', 'floor'])
  const common = rule([0, 1], [0, 1], 'ORGANISATION', [])
  const scoped = rule([0, 2], [0], 'OWN_SUBTREE', ['mobile'])
  const role = (ruleIds: string[]) => {
    const id = c.id('role')
    c.put({ kind: 'role', id, name: 'role', description: null, ruleIds, abilities: [] })
    return id
  }
  const roles = [role([all]), role([common]), role([scoped]), role([common, scoped])]
  const departments: string[] = []
  for (let i = 0; i < size.departments; i++) {
    const id = c.id('department')
    departments.push(id)
    c.put(
      newDepartment(
        id,
        i === 0 ? null : (departments[Math.floor((i - 1) / 2)] ?? null),
        departmentTypes[i % 3] ?? null,
      ),
    )
  }
  const people: string[] = []
  for (let i = 0; i < size.people; i++) {
    const own = [i, i * 5 + 2].map((n) => departments[n % size.departments] ?? '')
    const person = newStaff(c.id('staff'), [...new Set(own)].sort(), staffTypes[i % 3] ?? null, [
      roles[i % 4] ?? '',
    ])
    c.put({ ...person, managerId: people[Math.floor(i / 3)] ?? null })
    people.push(person.id)
  }
  c.commit()
  return c
}
