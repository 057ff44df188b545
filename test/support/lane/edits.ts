import type { Department, Entry, Membership, Rule, Staff } from '../../../src/model/entry.ts'
import type { Desk, Operands } from './editor.ts'
import { VIEWERS } from './founding.ts'
import { parentOf, rdnOf } from './records.ts'

type Act = (desk: Desk, operands: Operands) => Promise<unknown>

const NOTHING = Promise.resolve()
/** Below these nothing is taken away any more: an empty company has no history. */
const FEW = { departments: 6, people: 12 }

const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)]

const toggled = (list: readonly string[], item: string | undefined): readonly string[] =>
  item === undefined ? list : list.includes(item) ? list.filter((x) => x !== item) : [...list, item]

const isViewer = ({ login }: Staff) => login in VIEWERS

const onDepartment =
  (act: (department: Department, desk: Desk, operands: Operands) => Promise<unknown>): Act =>
  (desk, o) => {
    const department = pick(desk.of('department'), o.a)
    return department ? act(department, desk, o) : NOTHING
  }

const onPerson =
  (act: (person: Staff, desk: Desk, operands: Operands) => Promise<unknown>): Act =>
  (desk, o) => {
    const person = pick(desk.of('staff'), o.a)
    return person ? act(person, desk, o) : NOTHING
  }

/** Of the watched people only. */
const onViewer =
  (act: (person: Staff, desk: Desk, operands: Operands) => Promise<unknown>): Act =>
  (desk, o) => {
    const person = pick(desk.of('staff').filter(isViewer), o.a)
    return person ? act(person, desk, o) : NOTHING
  }

const onRule =
  (act: (rule: Rule, desk: Desk, operands: Operands) => Promise<unknown>): Act =>
  (desk, o) => {
    const rule = pick(desk.of('rule'), o.a)
    return rule ? act(rule, desk, o) : NOTHING
  }

const labelled = (desk: Desk): Entry[] => [
  ...desk.of('departmentType'),
  ...desk.of('staffType'),
  ...desk.of('role'),
  ...desk.of('rule'),
]

const rename: Act = (desk, { a }) => {
  const entry = pick(labelled(desk), a)
  return entry ? desk.set(entry.id, { displayName: desk.canaries.next() }) : NOTHING
}

const setMemberships = (desk: Desk, { id }: Staff, memberships: readonly Membership[]) =>
  desk.set(id, {
    dlrDepartment: memberships.map((m) => m.departmentId),
    dlrMembership: memberships.map((m) => JSON.stringify(m)),
  })

/** Leaves first: LDAP removes nothing that has something below it. */
async function removeSubtree(desk: Desk, department: Department): Promise<void> {
  const all = desk.of('department')
  const found = [department]
  for (const at of found) found.push(...all.filter((d) => d.parentId === at.id))
  if (all.length - found.length < FEW.departments) return
  for (const { id } of found.toReversed()) await desk.writer.remove(desk.dnOf(id))
}

const moveBelow = (desk: Desk, id: string, parentDn: string) =>
  desk.writer.move(desk.dnOf(id), `${rdnOf(desk.dnOf(id))},${parentDn}`)

const moveDepartment: Act = onDepartment((d, desk, { b }) => {
  const target = pick([null, ...desk.of('department')], b)
  const parentDn = target ? desk.dnOf(target.id) : desk.layout.departments
  const own = desk.dnOf(d.id)
  // slapd refuses it with a code of its own for a place below itself, and takes a move to where it is for nothing.
  if (parentDn === own || parentDn.endsWith(`,${own}`) || parentDn === parentOf(own)) return NOTHING
  return moveBelow(desk, d.id, parentDn)
})

function create(desk: Desk, room: string, values: Readonly<Record<string, string | string[]>>) {
  const cn = desk.canaries.next()
  return desk.writer.add(`cn=${cn},${room}`, { cn, ...values })
}

const ACCESS_FIELDS = ['mobile', 'nickname', 'floor', 'seat', 'title']

/** Every kind of directory edit that can change a view (sync.md), and some that change nothing. */
export const EDITS = {
  'rename a department': onDepartment((d, desk) => desk.set(d.id, { displayName: desk.canaries.next() })),
  'rename a department in the tree': onDepartment((d, desk) =>
    desk.writer.move(desk.dnOf(d.id), `ou=${desk.canaries.next()},${parentOf(desk.dnOf(d.id))}`),
  ),
  'describe a department': onDepartment((d, desk, { b }) =>
    desk.set(d.id, {
      description: b % 4 ? desk.canaries.next() : null,
      dlrMeta: [`floor=${desk.canaries.next()}`, `secret=${desk.canaries.next()}`],
    }),
  ),
  'retype a department': onDepartment((d, desk, { b }) =>
    desk.set(d.id, { dlrType: pick([...desk.of('departmentType'), null], b)?.id ?? null }),
  ),
  'disable or enable a department': onDepartment((d, desk, { b }) =>
    desk.set(d.id, { dlrDisabled: d.status === 'ACTIVE' && b % 2 ? 'TRUE' : null }),
  ),
  'reorder a department': onDepartment((d, desk, { b }) => desk.set(d.id, { dlrSort: `a${b % 9}` })),
  'move a department': moveDepartment,
  'create a department': (desk, { a, b }) => {
    const parent = pick([null, ...desk.of('department')], a)
    const ou = desk.canaries.next()
    return desk.writer.add(`ou=${ou},${parent ? desk.dnOf(parent.id) : desk.layout.departments}`, {
      objectClass: ['organizationalUnit', 'dlrDepartmentEntry'],
      ou,
      description: desk.canaries.next(),
      dlrType: pick(desk.of('departmentType'), b)?.id ?? [],
      dlrMeta: `floor=${desk.canaries.next()}`,
    })
  },
  'delete departments': onDepartment((d, desk) => removeSubtree(desk, d)),
  'trash or restore a department': onDepartment((d, desk) =>
    d.parentId === null && d.status === 'TRASHED'
      ? moveBelow(desk, d.id, desk.layout.departments)
      : d.status === 'TRASHED' || desk.of('department').filter((x) => x.status === 'ACTIVE').length < 8
        ? NOTHING
        : moveBelow(desk, d.id, desk.layout.trash),
  ),

  'rename a person': onPerson((p, desk, { b }) =>
    desk.set(p.id, {
      displayName: desk.canaries.next(),
      dlrPinyin: b % 2 ? desk.canaries.next() : null,
      dlrInitials: b % 2 ? desk.canaries.next() : null,
    }),
  ),
  'rename a person in the tree': onPerson((p, desk) =>
    isViewer(p)
      ? NOTHING
      : desk.writer.move(desk.dnOf(p.id), `uid=u${desk.canaries.next()},${parentOf(desk.dnOf(p.id))}`),
  ),
  'edit many attributes of a person': onPerson((p, desk, { b }) =>
    desk.set(p.id, {
      title: b % 3 ? desk.canaries.next() : null,
      mobile: b % 4 ? desk.canaries.next() : null,
      dlrNickname: b % 5 ? desk.canaries.next() : null,
      mail: Array.from({ length: b % 3 }, () => `${desk.canaries.next()}@example.com`),
      dlrMeta: [`seat=${desk.canaries.next()}`, `desk=${desk.canaries.next()}`],
      dlrLeaveDate: b % 2 ? '2099-12-31' : null,
    }),
  ),
  'give a person a picture': onPerson((p, desk, { b }) =>
    desk.set(p.id, { dlrAvatarHash: b % 4 ? `picture-${b}` : null }),
  ),
  'retype a person': onPerson((p, desk, { b }) =>
    desk.set(p.id, { dlrType: pick([...desk.of('staffType'), null], b)?.id ?? null }),
  ),
  'disable or enable a person': onPerson((p, desk, { b }) =>
    desk.set(p.id, { dlrDisabled: p.status === 'ACTIVE' && b % 3 ? 'TRUE' : null }),
  ),
  'disable a viewer': onViewer((p, desk, { b }) => desk.set(p.id, { dlrDisabled: b % 2 ? 'TRUE' : null })),
  'enable a viewer': onViewer((p, desk) => desk.set(p.id, { dlrDisabled: null })),
  'create a person': (desk, { a, b, c }) => {
    const uid = `u${desk.canaries.next()}`
    return desk.writer.add(`uid=${uid},${desk.layout.people}`, {
      objectClass: ['inetOrgPerson', 'dlrPerson'],
      uid,
      cn: desk.canaries.next(),
      sn: desk.canaries.next(),
      mobile: desk.canaries.next(),
      mail: `${desk.canaries.next()}@example.com`,
      dlrType: pick(desk.of('staffType'), a)?.id ?? [],
      dlrDepartment: pick(desk.of('department'), b)?.id ?? [],
      dlrManager: pick(desk.of('staff'), c)?.id ?? [],
    })
  },
  'delete a person': onPerson((p, desk) =>
    isViewer(p) || desk.of('staff').length < FEW.people ? NOTHING : desk.writer.remove(desk.dnOf(p.id)),
  ),
  'trash or restore a person': onPerson((p, desk) =>
    isViewer(p)
      ? NOTHING
      : moveBelow(desk, p.id, p.status === 'TRASHED' ? desk.layout.people : desk.layout.trash),
  ),
  'change a membership': onPerson((p, desk, { b, c }) => {
    const departmentId = pick(desk.of('department'), b)?.id
    if (departmentId === undefined) return NOTHING
    const kept = p.memberships.filter((m) => m.departmentId !== departmentId)
    const added = {
      departmentId,
      title: desk.canaries.next(),
      sortKey: '',
      isMain: false,
      isLeader: c % 3 === 0,
    }
    return setMemberships(desk, p, kept.length < p.memberships.length ? kept : [...kept, added])
  }),
  'reorder memberships': onPerson((p, desk, { b, c }) =>
    setMemberships(
      desk,
      p,
      p.memberships.map((m, i) => ({
        ...m,
        sortKey: `k${(b + i) % 7}`,
        isMain: i === c % 2,
        isLeader: c % 3 === 0,
      })),
    ),
  ),
  'change a manager': onPerson((p, desk, { b }) =>
    desk.set(p.id, { dlrManager: pick([null, ...desk.of('staff')], b)?.id ?? null }),
  ),
  'change a role of a viewer': onViewer((p, desk, { b }) =>
    desk.set(p.id, { dlrRole: toggled(p.roleIds, pick(desk.of('role'), b)?.id) }),
  ),
  'move a viewer': onViewer((p, desk, { b }) => {
    const departmentId = pick(desk.of('department'), b)?.id
    if (departmentId === undefined) return NOTHING
    return desk.set(p.id, { dlrDepartment: departmentId, dlrMembership: null })
  }),
  'take everything from a viewer': onViewer((p, desk) => desk.set(p.id, { dlrRole: null })),

  'change the departments of a rule': onRule((r, desk, { b }) =>
    desk.set(r.id, {
      dlrDepartmentType: toggled(r.departmentTypeIds, pick(desk.of('departmentType'), b)?.id),
    }),
  ),
  'change the people of a rule': onRule((r, desk, { b }) =>
    desk.set(r.id, { dlrStaffType: toggled(r.staffTypeIds, pick(desk.of('staffType'), b)?.id) }),
  ),
  'change the scope of a rule': onRule((r, desk) =>
    desk.set(r.id, { dlrScope: r.scope === 'ORGANISATION' ? 'OWN_SUBTREE' : 'ORGANISATION' }),
  ),
  'change a sensitive field of a rule': onRule((r, desk, { b }) =>
    desk.set(r.id, { dlrSensitiveField: toggled(r.sensitiveFields, pick(ACCESS_FIELDS, b)) }),
  ),
  'change a rule of a role': (desk, { a, b }) => {
    const role = pick(desk.of('role'), a)
    if (!role) return NOTHING
    return desk.set(role.id, { dlrRule: toggled(role.ruleIds, pick(desk.of('rule'), b)?.id) })
  },
  'create a rule': (desk, { a, b }) =>
    create(desk, desk.layout.rules, {
      objectClass: 'dlrRuleEntry',
      dlrScope: a % 2 ? 'ORGANISATION' : 'OWN_SUBTREE',
      dlrDepartmentType: pick(desk.of('departmentType'), a)?.id ?? [],
      dlrStaffType: pick(desk.of('staffType'), b)?.id ?? [],
    }),
  'delete a rule or role': (desk, { a, b }) => {
    const list = [...desk.of('rule'), ...desk.of('role')]
    const entry = pick(list, a)
    return entry && list.length > 5 && b % 4 === 0 ? desk.writer.remove(desk.dnOf(entry.id)) : NOTHING
  },
  'rename a type, role or rule': rename,
  'create a type': (desk, { a }) =>
    create(desk, desk.layout.types, {
      objectClass: 'dlrTypeEntry',
      dlrAppliesTo: a % 2 ? 'STAFF' : 'DEPARTMENT',
    }),
  'delete a type': (desk, { a, b }) => {
    const list = a % 2 ? desk.of('staffType') : desk.of('departmentType')
    const type = pick<Entry>(list, b)
    return type && list.length > 3 ? desk.writer.remove(desk.dnOf(type.id)) : NOTHING
  },
  'change a field': (desk, { a, b }) => {
    const field = pick(desk.of('fieldDefinition'), a)
    if (!field) return NOTHING
    return desk.set(
      field.id,
      b % 2 ? { displayName: desk.canaries.next() } : { dlrSensitive: field.isSensitive ? 'FALSE' : 'TRUE' },
    )
  },
  'create a field': (desk, { a, b }) =>
    create(desk, desk.layout.fields, {
      objectClass: 'dlrFieldEntry',
      dlrKey: pick(['secret', 'seat', 'desk', 'title', 'description'], a) ?? 'desk',
      dlrAppliesTo: a % 2 ? 'STAFF' : 'DEPARTMENT',
      dlrSensitive: b % 2 ? 'TRUE' : 'FALSE',
    }),
  'delete a field': (desk, { a }) => {
    const list = desk.of('fieldDefinition')
    const field = pick(list, a)
    return field && list.length > 3 ? desk.writer.remove(desk.dnOf(field.id)) : NOTHING
  },

  'change nothing': onPerson((p, desk) => desk.set(p.id, { dlrType: p.typeId, uid: p.login })),
  'edit many people at once': (desk, { a }) =>
    Promise.all(
      desk
        .of('staff')
        .slice(a % 7, (a % 7) + 8)
        .map((p) => desk.set(p.id, { mobile: desk.canaries.next() })),
    ),
} satisfies Record<string, Act>

export type EditName = keyof typeof EDITS
export const EDIT_NAMES = Object.keys(EDITS) as EditName[]
