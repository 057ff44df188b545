import type {
  Department,
  Entry,
  EntryKind,
  EntryOf,
  FieldDefinition,
  Rule,
  Staff,
} from '../../src/model/entry.ts'
import { newDepartment, newMembership, newStaff } from './newcomers.ts'

/** Where edits are made. */
export interface Directory {
  of<K extends EntryKind>(kind: K): EntryOf<K>[]
  /** An id that nothing has yet. */
  id(kind: EntryKind): string
  put(entry: Entry): void
  remove(id: string): void
}

/** Numbers that are taken modulo whatever exists, so that every edit is possible in every directory. */
export interface Operands {
  readonly a: number
  readonly b: number
  readonly c: number
}

type Act = (d: Directory, o: Operands) => void

const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)]

const on =
  <K extends EntryKind>(kind: K, act: (entry: EntryOf<K>, d: Directory, o: Operands) => void): Act =>
  (d, o) => {
    const entry = pick(d.of(kind), o.a)
    if (entry) act(entry, d, o)
  }

const department = (change: (it: Department, d: Directory, o: Operands) => Partial<Department>): Act =>
  on('department', (it, d, o) => d.put({ ...it, ...change(it, d, o) }))

const staff = (change: (it: Staff, d: Directory, o: Operands) => Partial<Staff>): Act =>
  on('staff', (it, d, o) => d.put({ ...it, ...change(it, d, o) }))

const rule = (change: (it: Rule, d: Directory, o: Operands) => Partial<Rule>): Act =>
  on('rule', (it, d, o) => d.put({ ...it, ...change(it, d, o) }))

const field = (change: (it: FieldDefinition, o: Operands) => Partial<FieldDefinition>): Act =>
  on('fieldDefinition', (it, d, o) => d.put({ ...it, ...change(it, o) }))

const idOf = <K extends EntryKind>(d: Directory, kind: K, n: number): string | null =>
  pick(d.of(kind), n)?.id ?? null

const STATUSES = ['DISABLED', 'TRASHED', 'ACTIVE', 'ACTIVE'] as const
const statusOf = (n: number) => STATUSES[n % 4] ?? 'ACTIVE'

/** The department and all below it, parents first. */
export function subtreeOf(d: Pick<Directory, 'of'>, id: string): string[] {
  const found = [id]
  for (const at of found)
    for (const it of d.of('department')) if (it.parentId === at && !found.includes(it.id)) found.push(it.id)
  return found
}

const toggle = (list: readonly string[], item: string | null | undefined): string[] => {
  if (item === null || item === undefined) return [...list]
  return list.includes(item) ? list.filter((x) => x !== item) : [...list, item].sort()
}

const inOrder = (memberships: Staff['memberships']) =>
  memberships.toSorted((x, y) => (x.departmentId < y.departmentId ? -1 : 1))

/** Keys that a rule may grant: marked sensitive, or not (yet). */
const FIELD_KEYS = ['mobile', 'floor', 'seat', 'title', 'description', 'email'] as const

/** Every kind of edit of a directory that can change a view: the list at the end of schema/SYNC.md. */
export const EDITS = {
  'rename department': department((_, __, { b }) => ({ name: `Department ${b}` })),
  'describe department': department((_, __, { b, c }) => ({
    description: c % 2 ? null : `does ${b}`,
    metadata: b % 2 ? [{ key: 'floor', value: String(b) }] : [],
  })),
  'reorder department': department((_, __, { b }) => ({ sortKey: `a${b % 9}` })),
  'retype department': department((_, d, { b }) => ({ typeId: idOf(d, 'departmentType', b) })),
  'disable department': department((_, __, { b }) => ({ status: statusOf(b) })),
  'move department': department((it, d, { b }) => {
    const parent = pick([null, ...d.of('department')], b) ?? null
    return parent && subtreeOf(d, it.id).includes(parent.id) ? {} : { parentId: parent?.id ?? null }
  }),
  'create department': (d, { a, b }) => {
    const parent = pick([null, ...d.of('department')], a) ?? null
    d.put(newDepartment(d.id('department'), parent?.id ?? null, idOf(d, 'departmentType', b)))
  },
  'delete subtree': on('department', (it, d) => {
    for (const id of subtreeOf(d, it.id)) d.remove(id)
  }),
  'retype all departments': (d, { b }) => {
    for (const it of d.of('department')) d.put({ ...it, typeId: idOf(d, 'departmentType', b) })
  },
  'rename person': staff((_, __, { b, c }) => ({
    name: `Person ${b}`,
    avatarHash: c % 3 ? null : `picture${c}`,
  })),
  'edit person': staff((_, __, { b, c }) => ({
    title: c % 2 ? null : `Title ${c}`,
    mobile: b % 3 ? `139${b}` : null,
    nickname: `Nick ${c}`,
    email: b % 2 ? [`p${c}@example.com`] : [],
  })),
  'edit metadata': staff((_, __, { b, c }) => ({
    metadata: b % 2 ? [{ key: c % 2 ? 'seat' : 'badge', value: `B-${c}` }] : [],
  })),
  'edit what no row shows': staff((_, d, { b }) => ({
    leaveDate: b % 2 ? '2099-01-31' : null,
    dottedManagerIds: [idOf(d, 'staff', b) ?? ''],
  })),
  'retype person': staff((_, d, { b }) => ({ typeId: idOf(d, 'staffType', b) })),
  'disable person': staff((_, __, { b }) => ({ status: statusOf(b) })),
  'toggle membership': staff((it, d, { b }) => {
    const id = idOf(d, 'department', b)
    if (id === null) return {}
    const kept = it.memberships.filter((m) => m.departmentId !== id)
    return {
      memberships:
        kept.length < it.memberships.length ? kept : inOrder([...it.memberships, newMembership(id)]),
    }
  }),
  'move person': staff((_, d, { b }) => {
    const id = idOf(d, 'department', b)
    return { memberships: id === null ? [] : [newMembership(id)] }
  }),
  'reorder membership': staff((it, _, { b, c }) => ({
    memberships: it.memberships.map((m, i) =>
      i === b % Math.max(1, it.memberships.length)
        ? { ...m, sortKey: `k${c}`, isLeader: c % 2 === 0, isMain: c % 3 === 0, title: c % 5 ? null : 'Head' }
        : m,
    ),
  })),
  'set manager': staff((_, d, { b }) => ({ managerId: b % 5 ? idOf(d, 'staff', b) : null })),
  'refer to nobody yet': staff((it, d, { b }) =>
    b % 2
      ? { managerId: d.id('staff') }
      : { memberships: inOrder([...it.memberships, newMembership(d.id('department'))]) },
  ),
  'create person': (d, { a, b, c }) => {
    const [departmentId, roleId] = [idOf(d, 'department', a), idOf(d, 'role', c)]
    const ids = [departmentId ?? [], roleId ?? []].map((id) => [id].flat())
    d.put(newStaff(d.id('staff'), ids[0] ?? [], idOf(d, 'staffType', b), ids[1] ?? []))
  },
  'delete person': on('staff', (it, d) => d.remove(it.id)),
  'assign role': staff((it, d, { b }) => ({ roleIds: toggle(it.roleIds, idOf(d, 'role', b)) })),
  'replace role': staff((_, d, { b }) => ({ roleIds: toggle([], idOf(d, 'role', b)) })),
  'edit department types of rule': rule((it, d, { b }) => ({
    departmentTypeIds: toggle(it.departmentTypeIds, idOf(d, 'departmentType', b)),
  })),
  'edit staff types of rule': rule((it, d, { b }) => ({
    staffTypeIds: toggle(it.staffTypeIds, idOf(d, 'staffType', b)),
  })),
  'scope rule': rule((_, __, { b }) => ({ scope: b % 2 ? 'ORGANISATION' : 'OWN_SUBTREE' })),
  'grant field': rule((it, _, { b }) => ({
    sensitiveFields: toggle(it.sensitiveFields, pick(FIELD_KEYS, b)),
  })),
  'edit rules of role': on('role', (it, d, { b }) =>
    d.put({ ...it, ruleIds: toggle(it.ruleIds, idOf(d, 'rule', b)) }),
  ),
  'edit abilities of role': on('role', (it, d, { b }) =>
    d.put({
      ...it,
      abilities:
        b % 2 ? [{ name: 'staff.edit', scope: 'ORGANISATION', departmentId: null, fields: ['*'] }] : [],
    }),
  ),
  'rename what has no row': (d, { a, b }) => {
    const kinds = [...d.of('departmentType'), ...d.of('staffType'), ...d.of('rule'), ...d.of('role')]
    const entry = pick(kinds, a)
    if (entry) d.put({ ...entry, name: `Name ${b}` })
  },
  'delete type': (d, { a, b }) => {
    const type = a % 2 ? idOf(d, 'departmentType', b) : idOf(d, 'staffType', b)
    if (type !== null) d.remove(type)
  },
  'delete rule or role': (d, { a, b }) => {
    const entry = a % 2 ? idOf(d, 'rule', b) : idOf(d, 'role', b)
    if (entry !== null) d.remove(entry)
  },
  /** No rule shows it any more, and part of those who had it get another. */
  'retire staff type': (d, { a, b, c }) => {
    const [typeId, other] = [idOf(d, 'staffType', a), idOf(d, 'staffType', b)]
    for (const it of d.of('rule'))
      d.put({ ...it, staffTypeIds: it.staffTypeIds.filter((id) => id !== typeId) })
    for (const [i, it] of d.of('staff').entries())
      if (it.typeId === typeId && (i + c) % 2) d.put({ ...it, typeId: other })
  },
  'retire department type': (d, { a, b, c }) => {
    const [typeId, other] = [idOf(d, 'departmentType', a), idOf(d, 'departmentType', b)]
    for (const it of d.of('rule'))
      d.put({ ...it, departmentTypeIds: it.departmentTypeIds.filter((id) => id !== typeId) })
    for (const [i, it] of d.of('department').entries())
      if (it.typeId === typeId && (i + c) % 2) d.put({ ...it, typeId: other })
  },
  'create type': (d, { a, b }) => {
    const kind = a % 2 ? 'departmentType' : 'staffType'
    d.put({ kind, id: d.id(kind), name: `Type ${b}`, description: null })
  },
  'rename field': field((_, { b }) => ({ label: `Field ${b}` })),
  'mark field': field((_, { b }) => ({ isSensitive: b % 2 === 0 })),
  'delete field': on('fieldDefinition', (it, d) => d.remove(it.id)),
  'create field': (d, { a, b, c }) => {
    const key = pick(FIELD_KEYS, c) ?? ''
    const appliesTo = a % 2 ? 'STAFF' : 'DEPARTMENT'
    const id = d.id('fieldDefinition')
    d.put({ kind: 'fieldDefinition', id, key, label: key, appliesTo, isSensitive: b % 2 === 0, sortKey: '' })
  },
  'define field twice': on('fieldDefinition', (it, d, { b }) =>
    d.put({
      ...it,
      id: d.id('fieldDefinition'),
      isSensitive: b % 3 === 0 ? it.isSensitive : !it.isSensitive,
    }),
  ),
} as const satisfies Record<string, Act>

export type EditName = keyof typeof EDITS

export const EDIT_NAMES = Object.keys(EDITS) as readonly EditName[]
