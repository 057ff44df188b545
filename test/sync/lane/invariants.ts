import { isDeepStrictEqual } from 'node:util'
import type { Rows } from '../../../web/sdk/copy.ts'
import type { StaffRow } from '../../../web/sdk/contract.ts'
import type { OracleView } from '../../support/oracle.ts'
import type { Events } from './events.ts'
import { expectMinimal, expectOrder, expectVisible } from './told.ts'
import { Violation, type Finding } from './violation.ts'

type Invariant = {
  [On in keyof Events]: {
    readonly rule: string
    readonly on: On
    readonly check: (event: Events[On]) => Finding
  }
}[keyof Events]

/** I1-I11 and the rules that they lean on. Each is pure and looks at one kind of event. */
export const INVARIANTS: readonly Invariant[] = [
  {
    rule: 'I1',
    on: 'rested',
    check: ({ copy, head, personId }) => difference(copy, head.view(personId)),
  },
  {
    rule: 'I2',
    on: 'committed',
    check: ({ stored, to, personId }) => difference(stored, to.view(personId)),
  },
  {
    rule: 'I3',
    on: 'committed',
    check: ({ from, to, delta }) =>
      delta && from && to.version < from.version ? `from ${from.version} back to ${to.version}` : null,
  },
  {
    rule: 'I4',
    on: 'committed',
    check: ({ digest, to, personId }) => {
      const expected = to.view(personId).digest
      return digest === expected ? null : `digest ${digest} instead of ${expected}`
    },
  },
  {
    rule: 'I5',
    on: 'committed',
    check: ({ delta, from, to, personId }) =>
      delta && from ? expectMinimal(delta, from.view(personId), to.view(personId)) : null,
  },
  {
    rule: 'I5',
    on: 'told',
    check: ({ answer, expected }) => {
      const outcome = answer.kind === 'Resync' ? answer.reason : answer.kind
      return expected.has(outcome) ? null : `${outcome} where ${[...expected].join(' or ')} was due`
    },
  },
  {
    rule: 'R2',
    on: 'resynced',
    check: ({ kept, keepOld }) => (kept && !keepOld ? 'a copy that must be hidden is still there' : null),
  },
  { rule: 'I6', on: 'resynced', check: ({ kept, today, personId }) => leftover(kept, today.view(personId)) },
  {
    rule: 'I7',
    on: 'rested',
    check: ({ pulled }) => {
      if (!pulled) return null
      const { changes, revoked, departmentTypes, staffTypes, fields } = pulled
      const told = [changes.length > 0, revoked, departmentTypes, staffTypes, fields].filter(Boolean)
      return told.length === 0 ? null : `pushes had left out ${JSON.stringify(told)}`
    },
  },
  {
    rule: 'I8',
    on: 'rested',
    check: ({ copy, twins }) => {
      const other = twins.find(({ digest }) => digest !== copy.digest)
      return other ? `another device of the same person has ${other.digest}, not ${copy.digest}` : null
    },
  },
  {
    rule: 'I9',
    on: 'rested',
    check: ({ copy, fresh }) => {
      const isSame = fresh.every(({ cursor, digest }) => cursor === copy.cursor && digest === copy.digest)
      return isSame ? null : `instances differ: ${JSON.stringify(fresh)}`
    },
  },
  { rule: 'I10', on: 'told', check: expectVisible },
  {
    rule: 'I11',
    on: 'read',
    check: ({ written, shown }) =>
      shown.version >= written.version ? null : `wrote ${written.version}, reads ${shown.version}`,
  },
  {
    rule: 'D2',
    on: 'told',
    check: ({ answer }) => (answer.kind === 'Delta' ? expectOrder(answer.changes) : null),
  },
  {
    rule: 'D5',
    on: 'committed',
    check: ({ delta, to, personId }) => {
      const { departmentTypes, staffTypes } = to.view(personId)
      const listed = [...(delta?.revoked?.departmentTypeIds ?? []), ...(delta?.revoked?.staffTypeIds ?? [])]
      const still = [...departmentTypes, ...staffTypes].find(({ id }) => listed.includes(id))
      return still ? `${still.id} is revoked and still shown` : null
    },
  },
  {
    rule: 'P3',
    on: 'committed',
    check: ({ delta, from, to, personId }) => {
      if (!delta || !from) return null
      const hasChanged = from.record(personId) !== to.record(personId)
      return delta.viewerChanged === hasChanged ? null : `viewerChanged is ${delta.viewerChanged}`
    },
  },
  {
    rule: 'R2',
    on: 'told',
    check: ({ answer, from, target, personId }) => {
      if (answer.kind !== 'Resync') return null
      const { departmentTypes, staffTypes, sensitiveFields } = target.view(personId)
      const granted = [departmentTypes.map(({ id }) => id), staffTypes.map(({ id }) => id), sensitiveFields]
      const listed = [answer.departmentTypeIds, answer.staffTypeIds, answer.sensitiveFields]
      if (!isDeepStrictEqual(listed, granted))
        return `lists ${JSON.stringify(listed)}, not ${JSON.stringify(granted)}`
      const isSame = from?.grant(personId) === target.grant(personId) && !target.isScoped(personId)
      return answer.keepOld && !isSame ? 'the old copy may be kept under another grant' : null
    },
  },
]

/** Looks at an event with every invariant that concerns it; throws Violation. */
export function look<On extends keyof Events>(on: On, event: Events[On]): void {
  for (const invariant of INVARIANTS) {
    if (!concerns(invariant, on)) continue
    const finding = invariant.check(event)
    if (finding !== null) throw new Violation(invariant.rule, finding)
  }
}

function concerns<On extends keyof Events>(
  invariant: Invariant,
  on: On,
): invariant is Extract<Invariant, { on: On }> & { check: (event: Events[On]) => Finding } {
  return invariant.on === on
}

/** How rows differ from what the oracle says: an id, or the name of a list. */
export function difference(rows: Rows, view: OracleView): Finding {
  for (const table of ['departments', 'staff'] as const) {
    const [is, should]: ReadonlyMap<string, unknown>[] = [rows[table], view[table]]
    for (const id of new Set([...(is?.keys() ?? []), ...(should?.keys() ?? [])])) {
      if (isDeepStrictEqual(is?.get(id), should?.get(id))) continue
      return `${id} is ${JSON.stringify(is?.get(id))} instead of ${JSON.stringify(should?.get(id))}`
    }
  }
  for (const list of ['departmentTypes', 'staffTypes', 'fields'] as const) {
    if (!isDeepStrictEqual(rows[list], view[list]))
      return `${list} are ${JSON.stringify(rows[list])} instead of ${JSON.stringify(view[list])}`
  }
  return null
}

/** What a kept copy must not have any more (R2): rows of types that today's grant lacks, and fields that may not be shown. */
function leftover(kept: Rows | null, { departmentTypes, staffTypes, shownFields }: OracleView): Finding {
  if (!kept) return null
  const types = new Set([...departmentTypes, ...staffTypes].map((type) => type.id))
  const rows = [...kept.departments.values(), ...kept.staff.values()]
  const row = rows.find(({ typeId }) => !types.has(typeId))
  if (row) return `${row.id} of type ${row.typeId} is still there`
  const field = kept.fields.find((f) => !shownFields[f.appliesTo].has(f.key))
  if (field) return `${field.key} is still in the catalogue`
  const values = [
    ...[...kept.departments.values()].flatMap((d) =>
      valuesOf(d, { description: d.description }, 'DEPARTMENT'),
    ),
    ...[...kept.staff.values()].flatMap((s) =>
      valuesOf(
        s,
        {
          nickname: s.nickname,
          title: s.title ?? s.memberships.find((m) => m.title !== null)?.title ?? null,
          mobile: s.mobile,
          email: s.email[0] ?? null,
        },
        'STAFF',
      ),
    ),
  ]
  const value = values.find(({ category, key }) => !shownFields[category].has(key))
  return value ? `${value.key} of ${value.id} is still there` : null
}

/** The fields of a row that have a value. */
function valuesOf(
  { id, metadata }: Pick<StaffRow, 'id' | 'metadata'>,
  builtin: Readonly<Record<string, string | null>>,
  category: 'DEPARTMENT' | 'STAFF',
) {
  const own = Object.entries(builtin).flatMap(([key, value]) => (value === null ? [] : [key]))
  return [...own, ...metadata.map(({ key }) => key)].map((key) => ({ id, category, key }))
}
