import type { Entry, FieldDefinition, Role, Rule, Staff } from '../../../src/model/entry.ts'
import { oracleView, type OracleView } from '../oracle.ts'
import { toldIn } from './canary.ts'
import type { Moment } from './past.ts'

/** The lists that travel whole (D11), as the operations of the SDK ask for them. */
export interface SeenCatalogue {
  readonly departmentTypes: readonly { id: string; name: string; description: string | null }[]
  readonly staffTypes: readonly { id: string; name: string; description: string | null }[]
  readonly fields: readonly Pick<FieldDefinition, 'id' | 'key' | 'label' | 'appliesTo' | 'isSensitive'>[]
}

/** All that one person may know of one moment, naively from the rules. */
export interface Seen extends OracleView {
  readonly catalogue: SeenCatalogue
  /** Every id and canary that may be told to them. */
  readonly tellable: ReadonlySet<string>
  /** Equal where two moments give the person the same grant. */
  readonly grant: string
  readonly isScoped: boolean
  /** Equal where `viewer` shows the same record, departments, roles and rules (P3). */
  readonly record: string
  /** What `viewer` may tell of them whatever the view says (V8). */
  readonly own: ReadonlySet<string>
}

const memo = new WeakMap<Moment, Map<string, Seen>>()

export function seenBy(moment: Moment, viewerId: string): Seen {
  const known = memo.get(moment) ?? new Map<string, Seen>()
  memo.set(moment, known)
  const seen = known.get(viewerId) ?? look(moment.entries, viewerId)
  known.set(viewerId, seen)
  return seen
}

function look(entries: readonly Entry[], viewerId: string): Seen {
  const me = entries.find((e): e is Staff => e.kind === 'staff' && e.id === viewerId)
  const roles = entries.filter((e): e is Role => e.kind === 'role' && me?.roleIds.includes(e.id) === true)
  const isActive = me?.status === 'ACTIVE'
  const ruleIds = new Set(roles.flatMap((role) => role.ruleIds))
  const rules = entries.filter((e): e is Rule => e.kind === 'rule' && ruleIds.has(e.id))
  const departments = entries.filter(
    (e) => e.kind === 'department' && me?.memberships.some((m) => m.departmentId === e.id),
  )
  const granted = isActive ? rules : []
  const ownTypeIds = new Set([
    me?.typeId,
    ...departments.map((d) => d.kind === 'department' && d.typeId),
    ...rules.flatMap((rule) => [...rule.departmentTypeIds, ...rule.staffTypeIds]),
  ])
  const ownTypes = entries.filter((e) => ownTypeIds.has(e.id))
  const view = oracleView(entries, viewerId)
  const catalogue = catalogueOf(entries, granted)
  const isScoped = granted.some((rule) => rule.scope === 'OWN_SUBTREE')
  return {
    ...view,
    catalogue,
    tellable: toldIn(JSON.stringify([...view.departments.values(), ...view.staff.values(), catalogue])),
    grant: JSON.stringify([
      granted.map((r) => JSON.stringify([r.departmentTypeIds, r.staffTypeIds, r.scope, r.sensitiveFields])).sort(),
      isScoped ? me?.memberships.map((m) => m.departmentId).sort() : [],
    ]),
    isScoped,
    record: JSON.stringify([me, departments, roles, rules].map((part) => sorted(part))),
    own: toldIn(JSON.stringify([me, departments, roles, rules, ownTypes])),
  }
}

const sorted = (part: unknown): unknown =>
  Array.isArray(part) ? part.toSorted((a: Entry, b: Entry) => (a.id < b.id ? -1 : 1)) : part

function catalogueOf(entries: readonly Entry[], rules: readonly Rule[]): SeenCatalogue {
  const types = (kind: 'departmentType' | 'staffType', ids: readonly string[]) =>
    entries
      .flatMap((e) => (e.kind === kind && ids.includes(e.id) ? [{ id: e.id, name: e.name, description: e.description }] : []))
      .sort((a, b) => byText(a.name, b.name) || byText(a.id, b.id))
  const fields = entries
    .filter((e): e is FieldDefinition => e.kind === 'fieldDefinition')
    .filter((f) => rules.length > 0 && (!f.isSensitive || rules.some((r) => r.sensitiveFields.includes(f.key))))
    .sort((a, b) => byText(a.sortKey, b.sortKey) || byText(a.key, b.key) || byText(a.id, b.id))
  return {
    departmentTypes: types('departmentType', rules.flatMap((r) => r.departmentTypeIds)),
    staffTypes: types('staffType', rules.flatMap((r) => r.staffTypeIds)),
    fields: fields.map(({ id, key, label, appliesTo, isSensitive }) => ({ id, key, label, appliesTo, isSensitive })),
  }
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
