import { createHash } from 'node:crypto'
import { ldifEntry } from '../../directory/ldif.ts'
import { dn, layoutOf, type Layout } from '../../directory/names.ts'
import {
  DEPARTMENT_TYPES,
  departmentTypeId,
  demoRoles,
  FIELDS,
  roleId,
  ruleId,
  RULES,
  STAFF_TYPES,
  staffTypeId,
} from './catalogue.ts'
import { demoDepartments, type DemoDepartment } from './departments.ts'
import { BRANCH, demoPeople, type DemoMembership, type DemoPerson } from './people.ts'
import { Chance, idOf } from './random.ts'

export const DEMO_PASSWORD = 'dolores'
export const SMALLEST = 200
export const LARGEST = 100_000

export interface DemoOptions {
  readonly baseDn: string
  /** How many people stand under ou=people: SMALLEST to LARGEST. */
  readonly people: number
  /** Another seed gives another company. */
  readonly seed?: string
}

type Attributes = Readonly<Record<string, string | readonly string[]>>

/** An entry whose entryUUID is fixed, so that references to it are known before it exists. */
export interface DemoEntry {
  readonly dn: string
  readonly id: string
  readonly attributes: Attributes
}

/** Throws when the demo company cannot have so many people. */
export function requireSize(people: number): void {
  if (!Number.isInteger(people) || people < SMALLEST || people > LARGEST)
    throw new RangeError(`The demo company has ${SMALLEST} to ${LARGEST} people, and no other number.`)
}

/**
 * The demo company as LDAP entries that stand below the layout of schema/ldap, parents first. The same options give the
 * same entries. Everybody's password is DEMO_PASSWORD.
 */
export function* demoCompany(o: DemoOptions): Generator<DemoEntry> {
  requireSize(o.people)
  const seed = o.seed ?? 'polaris'
  const layout = layoutOf(o.baseDn)
  const departments = demoDepartments(seed, o.people)
  yield* catalogue(seed, layout)
  yield* roles(seed, layout, departments)
  yield* departmentEntries(seed, layout, departments)
  const hash = passwordHash(seed)
  for (const person of demoPeople(seed, departments)) yield personEntry(seed, layout, person, hash)
  yield formerColleague(seed, layout)
}

/** The same as LDIF, in pieces of about 64 kB. */
export function* demoLdif(o: DemoOptions): Generator<string> {
  let piece = ''
  for (const entry of demoCompany(o)) {
    piece += ldifEntry(entry.dn, { ...entry.attributes, entryUUID: entry.id })
    if (piece.length >= 65_536) {
      yield piece
      piece = ''
    }
  }
  if (piece !== '') yield piece
}

/** Types, fields and rules. */
function* catalogue(seed: string, layout: Layout): Generator<DemoEntry> {
  const typeEntry = (cn: string, appliesTo: string, type: { name: string; description: string }) => ({
    dn: dn`cn=${cn},${layout.types}`,
    attributes: {
      objectClass: 'dlrTypeEntry',
      cn,
      displayName: type.name,
      description: type.description,
      dlrAppliesTo: appliesTo,
    },
  })
  for (const type of DEPARTMENT_TYPES)
    yield { id: departmentTypeId(seed, type.key), ...typeEntry(`department-${type.key}`, 'DEPARTMENT', type) }
  for (const type of STAFF_TYPES)
    yield { id: staffTypeId(seed, type.key), ...typeEntry(`staff-${type.key}`, 'STAFF', type) }
  for (const field of FIELDS) {
    yield {
      dn: dn`cn=${field.key},${layout.fields}`,
      id: idOf(seed, `field ${field.key}`),
      attributes: {
        objectClass: 'dlrFieldEntry',
        cn: field.key,
        displayName: field.label,
        dlrKey: field.key,
        dlrAppliesTo: field.appliesTo,
        dlrSensitive: field.sensitive ? 'TRUE' : 'FALSE',
        dlrSort: field.sortKey,
      },
    }
  }
  for (const rule of RULES) {
    yield {
      dn: dn`cn=${rule.key},${layout.rules}`,
      id: ruleId(seed, rule.key),
      attributes: {
        objectClass: 'dlrRuleEntry',
        cn: rule.key,
        displayName: rule.name,
        description: rule.description,
        dlrScope: rule.scope,
        dlrDepartmentType: rule.departments.map((key) => departmentTypeId(seed, key)),
        dlrStaffType: rule.staff.map((key) => staffTypeId(seed, key)),
        dlrSensitiveField: rule.sensitive,
      },
    }
  }
}

function* roles(seed: string, layout: Layout, departments: readonly DemoDepartment[]): Generator<DemoEntry> {
  const branch = departments.find((department) => department.key === BRANCH)
  if (!branch) throw new Error(`The demo company has no ${BRANCH}.`)
  for (const role of demoRoles(branch.id)) {
    yield {
      dn: dn`cn=${role.key},${layout.roles}`,
      id: roleId(seed, role.key),
      attributes: {
        objectClass: 'dlrRoleEntry',
        cn: role.key,
        displayName: role.name,
        description: role.description,
        dlrRule: role.rules.map((key) => ruleId(seed, key)),
        dlrAbility: role.abilities.map((ability) => JSON.stringify(ability)),
      },
    }
  }
}

function* departmentEntries(
  seed: string,
  layout: Layout,
  departments: readonly DemoDepartment[],
): Generator<DemoEntry> {
  const dns = new Map<DemoDepartment, string>()
  for (const department of departments) {
    const above = department.parent && dns.get(department.parent)
    const ou = department.key.slice(department.key.lastIndexOf('/') + 1)
    const own = dn`ou=${ou},${above ?? layout.departments}`
    dns.set(department, own)
    const chance = new Chance(seed, `department ${department.key}`)
    const costCentre = `costCentre=${1000 + chance.below(9000)}`
    yield {
      dn: own,
      id: department.id,
      attributes: {
        objectClass: ['organizationalUnit', 'dlrDepartmentEntry'],
        ou,
        displayName: department.name,
        dlrType: departmentTypeId(seed, department.type),
        dlrSort: department.sortKey,
        dlrMeta: chance.is(0.5) ? [costCentre, `floor=${1 + chance.below(30)}`] : costCentre,
      },
    }
  }
}

function personEntry(seed: string, layout: Layout, person: DemoPerson, hash: string): DemoEntry {
  const { login, name } = person
  return {
    dn: dn`uid=${login},${layout.people}`,
    id: person.id,
    attributes: {
      objectClass: ['inetOrgPerson', 'dlrPerson'],
      uid: login,
      cn: name.full,
      sn: name.surname,
      givenName: name.given,
      displayName: name.full,
      title: person.title,
      mail: `${login}@polaris.example`,
      mobile: person.mobile,
      userPassword: hash,
      dlrType: staffTypeId(seed, person.type),
      dlrMembership: person.memberships.map(membershipValue),
      dlrRole: person.roles.map((key) => roleId(seed, key)),
      dlrManager: person.managerId ?? [],
      dlrDottedManager: person.dottedManagerIds,
      dlrNickname: person.nickname ?? [],
      dlrPinyin: name.pinyin ?? [],
      dlrMeta: [
        `employeeNumber=${person.employeeNumber}`,
        `birthday=${person.birthday}`,
        ...(person.seat === null ? [] : [`seat=${person.seat}`]),
      ],
      dlrDisabled: person.disabled ? 'TRUE' : [],
      dlrLeaveDate: person.leaveDate ?? [],
    },
  }
}

/** All in the long form, so that leaders stand first and the others in a fixed order. */
function membershipValue({ department, title, sortKey, isMain, isLeader }: DemoMembership): string {
  return JSON.stringify({ departmentId: department.id, title, sortKey, isMain, isLeader })
}

/** Somebody in the trash: in the log, in no view (V0). */
function formerColleague(seed: string, layout: Layout): DemoEntry {
  const login = 'former.colleague'
  return {
    dn: dn`uid=${login},${layout.trash}`,
    id: idOf(seed, 'former colleague'),
    attributes: {
      objectClass: ['inetOrgPerson', 'dlrPerson'],
      uid: login,
      cn: 'Former Colleague',
      sn: 'Colleague',
      dlrType: staffTypeId(seed, 'employee'),
      dlrRole: roleId(seed, 'employee'),
      dlrLeaveDate: '2025-12-31',
    },
  }
}

/** {SSHA} with a salt of the seed. One hash for everybody: the password is no secret, and the LDIF stays the same. */
function passwordHash(seed: string): string {
  const salt = createHash('sha256').update(`${seed} salt`).digest().subarray(0, 8)
  const digest = createHash('sha1').update(DEMO_PASSWORD).update(salt).digest()
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`
}
