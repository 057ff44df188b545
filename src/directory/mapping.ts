import { messageOf } from '../errors.ts'
import type { Entry } from '../model/entry.ts'
import { Attributes, FIELD_KEY, Malformed, metadataOf, nameOf, type Draft } from './attributes.ts'
import { mapRole, mapRule } from './mapping-role.ts'
import { mapStaff } from './mapping-staff.ts'
import { normDn, parseDn, type Layout } from './names.ts'
import type { RawEntry } from './raw-entry.ts'

/**
 * What an entry of the directory is to us.
 * - `container`: a folder of the layout, or something that is none of our business
 * - `malformed`: it should be ours but lacks what it cannot do without; the rest of the directory goes on
 * - `entry`: `problems` are optional values that were dropped. Of a department `parentId` is null and nothing is TRASHED:
 *   both follow from the tree. `managerDn` is the standard `manager`, when there is no `dlrManager`
 */
export type Mapped =
  | { kind: 'container' }
  | { kind: 'malformed'; problems: string[] }
  | { kind: 'entry'; entry: Entry; managerDn: string | null; problems: string[] }

type Room = 'departments' | 'people' | 'roles' | 'rules' | 'types' | 'fields' | 'trash'

/** The object class that makes an entry ours, and the room where it stands. */
const CLASSES: readonly { objectClass: string; room: Room; map: (a: Attributes, id: string) => Draft }[] = [
  { objectClass: 'inetorgperson', room: 'people', map: mapStaff },
  { objectClass: 'dlrroleentry', room: 'roles', map: mapRole },
  { objectClass: 'dlrruleentry', room: 'rules', map: mapRule },
  { objectClass: 'dlrtypeentry', room: 'types', map: mapType },
  { objectClass: 'dlrfieldentry', room: 'fields', map: mapField },
  { objectClass: 'organizationalunit', room: 'departments', map: mapDepartment },
]

/** Pure. Never throws: whatever the directory sends, the answer is one of the three. */
export function mapEntry(raw: RawEntry, layout: Layout): Mapped {
  let attributes: Attributes
  let place: Room | 'layout' | 'elsewhere'
  try {
    const rdns = parseDn(raw.dn)
    place = placeOf(normDn(rdns), layout)
    attributes = new Attributes(raw.attributes, rdns[0] ?? [])
  } catch (e) {
    return { kind: 'malformed', problems: [messageOf(e)] }
  }
  if (place === 'layout' || place === 'elsewhere') return { kind: 'container' }
  const classes = attributes.raw('objectClass').map((name) => name.toLowerCase())
  const ours = CLASSES.find(({ objectClass }) => classes.includes(objectClass))
  if (!ours) return { kind: 'container' }
  if (ours.room !== place && place !== 'trash') {
    // Units may group people, roles and so on; they are no departments there.
    if (ours.room === 'departments') return { kind: 'container' }
    return {
      kind: 'malformed',
      problems: [`an ${ours.objectClass} belongs under ou=${ours.room}, not ou=${place}`],
    }
  }
  try {
    const { entry, managerDn } = ours.map(attributes, raw.id)
    return { kind: 'entry', entry, managerDn, problems: attributes.problems }
  } catch (e) {
    if (!(e instanceof Malformed)) throw e
    return { kind: 'malformed', problems: [e.message, ...attributes.problems] }
  }
}

const ROOMS: readonly Room[] = ['departments', 'people', 'roles', 'rules', 'types', 'fields', 'trash']
const keysOfLayouts = new WeakMap<Layout, readonly (readonly [Room, string])[]>()

function placeOf(key: string, layout: Layout): Room | 'layout' | 'elsewhere' {
  let keys = keysOfLayouts.get(layout)
  if (!keys) {
    keys = ROOMS.map((room) => [room, normDn(layout[room])] as const)
    keysOfLayouts.set(layout, keys)
  }
  for (const [room, top] of keys) {
    if (key === top) return 'layout'
    if (key.endsWith(`,${top}`)) return room
  }
  return 'elsewhere'
}

function mapDepartment(a: Attributes, id: string): Draft {
  return {
    entry: {
      kind: 'department',
      id,
      status: a.flag('dlrDisabled') ? 'DISABLED' : 'ACTIVE',
      name: nameOf(a, 'ou'),
      description: a.lines('description'),
      typeId: a.id('dlrType'),
      parentId: null,
      sortKey: a.text('dlrSort') ?? '',
      metadata: metadataOf(a),
    },
    managerDn: null,
  }
}

function appliesTo(a: Attributes): 'DEPARTMENT' | 'STAFF' {
  const value = a.text('dlrAppliesTo')
  if (value === 'DEPARTMENT' || value === 'STAFF') return value
  throw new Malformed(`dlrAppliesTo must be DEPARTMENT or STAFF, not ${JSON.stringify(value)}`)
}

function mapType(a: Attributes, id: string): Draft {
  const kind = appliesTo(a) === 'DEPARTMENT' ? 'departmentType' : 'staffType'
  return { entry: { kind, id, name: nameOf(a, 'cn'), description: a.lines('description') }, managerDn: null }
}

function mapField(a: Attributes, id: string): Draft {
  const key = a.text('dlrKey') ?? ''
  if (!FIELD_KEY.test(key))
    throw new Malformed(`dlrKey ${JSON.stringify(key)} is not a key of letters, digits, . _ and -`)
  return {
    entry: {
      kind: 'fieldDefinition',
      id,
      key,
      label: nameOf(a, 'cn'),
      appliesTo: appliesTo(a),
      isSensitive: a.flag('dlrSensitive'),
      sortKey: a.text('dlrSort') ?? '',
    },
    managerDn: null,
  }
}
