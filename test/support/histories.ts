import fc from 'fast-check'
import { chainHash, GENESIS_HASH, sameEntry } from '../../src/model/canonical.ts'
import type {
  Department,
  Entry,
  EntryChange,
  EntryKind,
  EntryOf,
  Rule,
  Staff,
} from '../../src/model/entry.ts'
import type { LogVersion } from '../../src/changelog/log.ts'

/** An edit with operands that are taken modulo whatever exists, so that every array of edits is a valid history. */
export interface Edit {
  op: number
  a: number
  b: number
  c: number
}

export const edits = (maxLength: number) =>
  fc.array(fc.record({ op: fc.nat(999), a: fc.nat(999), b: fc.nat(999), c: fc.nat(999) }), { maxLength })

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
export class Company {
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
      net.set(change.id, { ...change, before: net.get(change.id)?.before ?? change.before })
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
}

export const newDepartment = (id: string, parentId: string | null, typeId: string | null): Department => ({
  kind: 'department',
  id,
  status: 'ACTIVE',
  name: `Department ${id.slice(-3)}`,
  description: 'what it does',
  typeId,
  parentId,
  sortKey: '',
  metadata: [{ key: 'floor', value: '3' }],
})

export const newStaff = (
  id: string,
  departmentIds: string[],
  typeId: string | null,
  roleIds: string[],
): Staff => ({
  kind: 'staff',
  id,
  status: 'ACTIVE',
  login: `u${id.slice(-3)}`,
  name: `Person ${id.slice(-3)}`,
  nickname: null,
  pinyin: null,
  initials: null,
  title: 'Engineer',
  mobile: `1380000${id.slice(-4)}`,
  email: [`u${id.slice(-3)}@example.com`],
  avatarHash: null,
  typeId,
  memberships: departmentIds.map((departmentId) => membership(departmentId)),
  managerId: null,
  dottedManagerIds: [],
  roleIds,
  leaveDate: null,
  metadata: [{ key: 'seat', value: 'A-1' }],
})

const membership = (departmentId: string) => ({
  departmentId,
  title: null,
  sortKey: '',
  isMain: false,
  isLeader: false,
})

/** Types, fields, rules and roles with hidden and scoped parts, a tree of departments, some people. One version. */
export function newCompany(): Company {
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
  for (let i = 0; i < 9; i++) {
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
  for (let i = 0; i < 12; i++) {
    const own = [departments[i % 9] ?? '', departments[(i * 5 + 2) % 9] ?? '']
    const person = newStaff(c.id('staff'), [...new Set(own)].sort(), staffTypes[i % 3] ?? null, [
      roles[i % 4] ?? '',
    ])
    c.put({ ...person, managerId: people[Math.floor(i / 3)] ?? null })
    people.push(person.id)
  }
  c.commit()
  return c
}

const pick = <T>(list: readonly T[], n: number): T | undefined =>
  list.length === 0 ? undefined : list[n % list.length]

/** Applies one edit as one version; answers it, or null when it changed nothing. */
export function applyEdit(company: Company, edit: Edit): LogVersion | null {
  EDITS[edit.op % EDITS.length]?.(company, edit)
  return company.commit()
}

type Act = (c: Company, e: Edit) => void

const onDepartment =
  (change: (d: Department, c: Company, e: Edit) => Partial<Department>): Act =>
  (c, e) => {
    const d = pick(c.of('department'), e.a)
    if (d) c.put({ ...d, ...change(d, c, e) })
  }

const onStaff =
  (change: (s: Staff, c: Company, e: Edit) => Partial<Staff>): Act =>
  (c, e) => {
    const s = pick(c.of('staff'), e.a)
    if (s) c.put({ ...s, ...change(s, c, e) })
  }

const STATUSES = ['ACTIVE', 'DISABLED', 'TRASHED', 'ACTIVE'] as const

function below(c: Company, id: string): string[] {
  const found = [id]
  for (const at of found)
    for (const d of c.of('department')) if (d.parentId === at && !found.includes(d.id)) found.push(d.id)
  return found
}

const toggle = (list: readonly string[], item: string | undefined): string[] =>
  item === undefined
    ? [...list]
    : list.includes(item)
      ? list.filter((x) => x !== item)
      : [...list, item].sort()

/** The generator's list of sync.md: every kind of directory edit that can change a view. */
export const EDITS: readonly Act[] = [
  onDepartment((_, __, e) => ({ name: `Department ${e.b}` })),
  onDepartment((_, c, e) => ({ typeId: pick(c.of('departmentType'), e.b)?.id ?? null })),
  onDepartment((_, __, e) => ({ status: STATUSES[e.b % 4] ?? 'ACTIVE' })),
  onDepartment((d, c, e) => {
    const parent = pick([null, ...c.of('department')], e.b)
    return parent && below(c, d.id).includes(parent.id) ? {} : { parentId: parent?.id ?? null }
  }),
  onDepartment((_, __, e) => ({ sortKey: `a${e.b % 9}`, description: e.c % 2 ? null : `does ${e.c}` })),
  (c, e) => {
    const parent = pick([null, ...c.of('department')], e.a)
    c.put(
      newDepartment(c.id('department'), parent?.id ?? null, pick(c.of('departmentType'), e.b)?.id ?? null),
    )
  },
  (c, e) => {
    const d = pick(c.of('department'), e.a)
    if (d) for (const id of below(c, d.id)) c.remove(id)
  },
  onStaff((_, __, e) => ({ name: `Person ${e.b}`, title: e.c % 2 ? null : `Title ${e.c}` })),
  onStaff((_, __, e) => ({ mobile: e.b % 3 ? `139${e.b}` : null, nickname: `Nick ${e.c}` })),
  onStaff((_, c, e) => ({ typeId: pick(c.of('staffType'), e.b)?.id ?? null })),
  onStaff((_, __, e) => ({ status: STATUSES[e.b % 4] ?? 'ACTIVE' })),
  onStaff((s, c, e) => {
    const id = pick(c.of('department'), e.b)?.id
    if (id === undefined) return {}
    const kept = s.memberships.filter((m) => m.departmentId !== id)
    const memberships = kept.length < s.memberships.length ? kept : [...kept, membership(id)]
    return { memberships: memberships.sort((x, y) => (x.departmentId < y.departmentId ? -1 : 1)) }
  }),
  onStaff((s, _, e) => ({
    memberships: s.memberships.map((m, i) =>
      i === e.b % 3 ? { ...m, sortKey: `k${e.c}`, isLeader: e.c % 2 === 0 } : m,
    ),
  })),
  onStaff((_, c, e) => ({ managerId: pick(c.of('staff'), e.b)?.id ?? null })),
  onStaff((s, c, e) => ({ roleIds: toggle(s.roleIds, pick(c.of('role'), e.b)?.id) })),
  onStaff((_, __, e) => ({ metadata: e.b % 2 ? [{ key: 'seat', value: `B-${e.c}` }] : [] })),
  (c, e) => {
    const department = pick(c.of('department'), e.a)
    const roles = pick(c.of('role'), e.c)
    const type = pick(c.of('staffType'), e.b)?.id ?? null
    c.put(newStaff(c.id('staff'), department ? [department.id] : [], type, roles ? [roles.id] : []))
  },
  (c, e) => {
    const s = pick(c.of('staff'), e.a)
    if (s) c.remove(s.id)
  },
  (c, e) => {
    const r = pick(c.of('rule'), e.a)
    if (r)
      c.put({ ...r, departmentTypeIds: toggle(r.departmentTypeIds, pick(c.of('departmentType'), e.b)?.id) })
  },
  (c, e) => {
    const r = pick(c.of('rule'), e.a)
    if (r) c.put({ ...r, staffTypeIds: toggle(r.staffTypeIds, pick(c.of('staffType'), e.b)?.id) })
  },
  (c, e) => {
    const r = pick(c.of('rule'), e.a)
    if (r) c.put({ ...r, scope: e.b % 2 ? 'ORGANISATION' : 'OWN_SUBTREE' })
  },
  (c, e) => {
    const r = pick(c.of('rule'), e.a)
    if (r)
      c.put({
        ...r,
        sensitiveFields: toggle(r.sensitiveFields, ['mobile', 'floor', 'seat', 'title'][e.b % 4]),
      })
  },
  (c, e) => {
    const role = pick(c.of('role'), e.a)
    if (role) c.put({ ...role, ruleIds: toggle(role.ruleIds, pick(c.of('rule'), e.b)?.id) })
  },
  (c, e) => {
    const type = pick([...c.of('departmentType'), ...c.of('staffType')], e.a)
    if (type) c.put({ ...type, name: `Type ${e.b}` })
  },
  (c, e) => {
    const type = pick(
      [...c.of('departmentType'), ...c.of('staffType'), ...c.of('rule'), ...c.of('role')],
      e.a,
    )
    if (type && e.b % 4 === 0) c.remove(type.id)
  },
  (c, e) => {
    const field = pick(c.of('fieldDefinition'), e.a)
    if (field) c.put({ ...field, label: `Field ${e.b}`, isSensitive: e.c % 2 === 0 })
  },
  (c, e) => {
    const field = pick(c.of('fieldDefinition'), e.a)
    if (field && e.b % 3 === 0) c.remove(field.id)
    const id = c.id('fieldDefinition')
    const key = ['seat', 'floor', 'email', 'description'][e.c % 4] ?? 'seat'
    const appliesTo = e.a % 2 ? 'STAFF' : 'DEPARTMENT'
    c.put({
      kind: 'fieldDefinition',
      id,
      key,
      label: key,
      appliesTo,
      isSensitive: e.b % 2 === 0,
      sortKey: '',
    })
  },
]
