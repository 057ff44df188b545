import { hash } from 'node:crypto'
import { canonicalJson } from '../../model/canonical.ts'
import { SENSITIVE_BUILTINS, type Entry, type EntryKind, type Role } from '../../model/entry.ts'
import type { Edit } from '../edit.ts'
import { EditConflict, EditRefused, InvalidInput, NotFound, NotPermitted } from '../failures.ts'
import { isId, type Scene, type Subject } from '../scene.ts'
import type { Plan } from '../step.ts'
import type { AbilityName } from '../../access/authority.ts'
import { formatRdn } from '../../directory/names.ts'

/** Types, fields, rules and roles: entries that have no place in the tree. */
export type CatalogueKind = Exclude<EntryKind, 'department' | 'staff'>

export const CATALOGUE = {
  departmentType: {
    ability: 'type.write',
    room: 'types',
    objectClass: 'dlrTypeEntry',
    noun: 'type of departments',
  },
  staffType: { ability: 'type.write', room: 'types', objectClass: 'dlrTypeEntry', noun: 'type of staff' },
  fieldDefinition: {
    ability: 'field.write',
    room: 'fields',
    objectClass: 'dlrFieldEntry',
    noun: 'custom field',
  },
  rule: { ability: 'rule.write', room: 'rules', objectClass: 'dlrRuleEntry', noun: 'rule' },
  role: { ability: 'role.write', room: 'roles', objectClass: 'dlrRoleEntry', noun: 'role' },
} as const satisfies Record<
  CatalogueKind,
  { ability: AbilityName; room: 'types' | 'fields' | 'rules' | 'roles'; objectClass: string; noun: string }
>

/** What edits hold that change which names of a kind there are. */
export const LISTS = {
  departmentType: 'types',
  staffType: 'types',
  fieldDefinition: 'fields',
  rule: 'rules',
  role: 'roles',
} as const satisfies Record<CatalogueKind, string>

/** Hash of an entry of the catalogue, for `ifRevision`. */
export function catalogueRevision(entry: Entry): string {
  return hash('sha256', canonicalJson(entry)).slice(0, 32)
}

/** They hold for everybody, so that writing them needs the ability for the whole organisation. */
export function requireMayWrite(scene: Scene, kind: CatalogueKind): void {
  const { ability, noun } = CATALOGUE[kind]
  if (!scene.authority.everywhere(ability))
    throw new NotPermitted(`Your administration does not cover writing a ${noun}.`)
}

export async function existing<K extends CatalogueKind>(
  scene: Scene,
  kind: K,
  id: string,
  ifRevision: string | null,
): Promise<Subject<K>> {
  const subject = await scene.read(kind, id)
  if (!subject) throw new NotFound('id')
  if (ifRevision !== null && catalogueRevision(subject.entry) !== ifRevision) throw new EditConflict(id)
  return subject
}

/** The step that makes one; its entry is named by an id, so that it can be called whatever people like. */
export function added(
  scene: Scene,
  kind: CatalogueKind,
  attributes: Readonly<Record<string, readonly string[]>>,
): Plan {
  const { room, objectClass } = CATALOGUE[kind]
  const cn = scene.newId()
  return {
    steps: [
      {
        kind: 'add',
        at: { dn: scene.layout[room] },
        rdn: formatRdn([{ type: 'cn', value: cn }]),
        attributes: {
          objectClass: [objectClass],
          cn: [cn],
          ...Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, [...values]])),
        },
      },
    ],
    subject: { step: 0 },
  }
}

/** Two of a kind with one name could not be told apart. */
export function requireFreeCatalogueName(
  scene: Scene,
  kind: CatalogueKind,
  name: string,
  self: string | null,
): void {
  const key = (text: string) => text.normalize('NFKC').toLowerCase()
  for (const entry of scene.state.all(kind)) {
    const other = entry.kind === 'fieldDefinition' ? entry.label : entry.name
    if (entry.id !== self && key(other) === key(name))
      throw InvalidInput.at(kind === 'fieldDefinition' ? 'label' : 'name', 'is taken by another one')
  }
}

/**
 * Removes one that nothing refers to. The subjects that could are held by whoever makes such a reference, so that none comes
 * meanwhile.
 */
export function removal(
  kind: CatalogueKind,
  input: { id: string; ifRevision?: string | null | undefined },
): Edit {
  return {
    name: `${kind}.delete`,
    input,
    locks: { shared: [], exclusive: [input.id, LISTS[kind]] },
    decide: async (scene) => {
      requireMayWrite(scene, kind)
      const { id } = input
      if (!isId(id)) throw new NotFound('id')
      const { entry, fresh } = await existing(scene, kind, id, input.ifRevision ?? null)
      const users = usersOf(scene, entry)
      if (users.length > 0) throw new EditRefused('IN_USE', `${users.length} entries refer to it.`, users)
      return { steps: [{ kind: 'remove', id, ifCsn: fresh.csn }], subject: { id } }
    },
  }
}

/** What refers to an entry of the catalogue, the trash included: the catalogue first, then departments and people. */
function usersOf({ state }: Scene, entry: Entry): string[] {
  const users = <K extends EntryKind>(kind: K, refers: (other: Extract<Entry, { kind: K }>) => boolean) => {
    const ids: string[] = []
    for (const other of state.all(kind)) if (refers(other)) ids.push(other.id)
    return ids
  }
  const { id } = entry
  switch (entry.kind) {
    case 'departmentType':
      return [
        ...users('rule', (r) => r.departmentTypeIds.includes(id)),
        ...users('department', (d) => d.typeId === id),
      ]
    case 'staffType':
      return [...users('rule', (r) => r.staffTypeIds.includes(id)), ...users('staff', (s) => s.typeId === id)]
    case 'rule':
      return users('role', (r) => r.ruleIds.includes(id))
    case 'role':
      return users('staff', (s) => s.roleIds.includes(id))
    case 'fieldDefinition': {
      const { key } = entry
      const names = (list: readonly { key: string }[]) => list.some((m) => m.key === key)
      const isNamed = (r: Role) => r.abilities.some(({ fields }) => fields.includes(key))
      const isBuiltIn = SENSITIVE_BUILTINS[entry.appliesTo].some((one) => one === key)
      return [
        ...users('rule', (r) => r.sensitiveFields.includes(key)),
        ...(isBuiltIn ? [] : users('role', isNamed)),
        ...(entry.appliesTo === 'STAFF'
          ? users('staff', (s) => names(s.metadata))
          : users('department', (d) => names(d.metadata))),
      ]
    }
    case 'department':
    case 'staff':
      return []
  }
}
