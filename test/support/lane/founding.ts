import { hashPassword } from '../../../src/directory/layout.ts'
import { ldifEntry } from '../../../src/directory/ldif.ts'
import { layoutOf } from '../../../src/directory/names.ts'
import type { Canaries } from './canary.ts'

/**
 * Those whose devices are watched, and their roles: everything, what is common, only their own part, both of them, two
 * rules whose product would be more than their sum, what is common again, and nothing at all.
 */
export const VIEWERS = {
  admin: ['all'],
  common: ['common'],
  scoped: ['scoped'],
  both: ['common', 'scoped'],
  split: ['split'],
  twin: ['common'],
  nobody: [],
} as const satisfies Record<string, readonly (keyof typeof ROLES)[]>
export const PASSWORD = 'the password of everybody'

const DEPARTMENT_TYPES = ['Team', 'Office', 'Secret']
const STAFF_TYPES = ['Regular', 'Contractor', 'Hidden']
const FIELDS = [
  { key: 'mobile', appliesTo: 'STAFF', isSensitive: true },
  { key: 'nickname', appliesTo: 'STAFF', isSensitive: true },
  { key: 'seat', appliesTo: 'STAFF', isSensitive: false },
  { key: 'floor', appliesTo: 'DEPARTMENT', isSensitive: true },
]
/** Types as positions in the lists above. */
const RULES = {
  all: { departments: [0, 1, 2], staff: [0, 1, 2], scope: 'ORGANISATION', fields: ['mobile', 'floor'] },
  common: { departments: [0, 1], staff: [0, 1], scope: 'ORGANISATION', fields: [] },
  scoped: { departments: [0, 2], staff: [0, 2], scope: 'OWN_SUBTREE', fields: ['mobile', 'nickname'] },
  teams: { departments: [0], staff: [2], scope: 'ORGANISATION', fields: ['nickname'] },
  secret: { departments: [2], staff: [0], scope: 'ORGANISATION', fields: ['floor'] },
}
const ROLES = { all: ['all'], common: ['common'], scoped: ['scoped'], split: ['teams', 'secret'] } as const

const DEPARTMENTS = 12
const PEOPLE = 24

const idOf = (kind: number, n: number) =>
  `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`

/** A small company below the layout, as LDIF for a slapd that has not started yet. */
export function foundingLdif(baseDn: string, canaries: Canaries): string {
  const layout = layoutOf(baseDn)
  const type = (kind: number, appliesTo: string) => (name: string, n: number) =>
    ldifEntry(`cn=${name} ${appliesTo},${layout.types}`, {
      objectClass: 'dlrTypeEntry',
      cn: `${name} ${appliesTo}`,
      displayName: canaries.next(),
      dlrAppliesTo: appliesTo,
      entryUUID: idOf(kind, n),
    })
  const ruleNames = Object.keys(RULES)
  return [
    ...DEPARTMENT_TYPES.map(type(1, 'DEPARTMENT')),
    ...STAFF_TYPES.map(type(2, 'STAFF')),
    ...FIELDS.map(({ key, appliesTo, isSensitive }, n) =>
      ldifEntry(`cn=${key},${layout.fields}`, {
        objectClass: 'dlrFieldEntry',
        cn: key,
        displayName: canaries.next(),
        dlrKey: key,
        dlrAppliesTo: appliesTo,
        dlrSensitive: isSensitive ? 'TRUE' : 'FALSE',
        entryUUID: idOf(3, n),
      }),
    ),
    ...Object.entries(RULES).map(([name, rule], n) =>
      ldifEntry(`cn=${name},${layout.rules}`, {
        objectClass: 'dlrRuleEntry',
        cn: name,
        displayName: canaries.next(),
        dlrScope: rule.scope,
        dlrDepartmentType: rule.departments.map((t) => idOf(1, t)),
        dlrStaffType: rule.staff.map((t) => idOf(2, t)),
        dlrSensitiveField: rule.fields,
        entryUUID: idOf(4, n),
      }),
    ),
    ...Object.entries(ROLES).map(([name, rules], n) =>
      ldifEntry(`cn=${name},${layout.roles}`, {
        objectClass: 'dlrRoleEntry',
        cn: name,
        displayName: canaries.next(),
        dlrRule: rules.map((rule) => idOf(4, ruleNames.indexOf(rule))),
        entryUUID: idOf(5, n),
      }),
    ),
    ...departments(layout.departments, canaries),
    ...people(layout.people, canaries),
  ].join('')
}

/** A binary tree; every other one is named by its `ou` alone. */
function departments(top: string, canaries: Canaries): string[] {
  const dns: string[] = []
  return Array.from({ length: DEPARTMENTS }, (_, n) => {
    const ou = canaries.next()
    const dn = `ou=${ou},${n === 0 ? top : dns[Math.floor((n - 1) / 2)]}`
    dns.push(dn)
    return ldifEntry(dn, {
      objectClass: ['organizationalUnit', 'dlrDepartmentEntry'],
      ou,
      ...(n % 2 ? { displayName: canaries.next() } : {}),
      description: canaries.next(),
      dlrType: idOf(1, n % 3),
      dlrMeta: `floor=${canaries.next()}`,
      entryUUID: idOf(6, n),
    })
  })
}

function people(top: string, canaries: Canaries): string[] {
  const password = hashPassword(PASSWORD)
  const viewers = Object.entries(VIEWERS)
  const roleNames = Object.keys(ROLES)
  return Array.from({ length: PEOPLE }, (_, n) => {
    const [login, roles] = viewers[n] ?? [`u${canaries.next()}`, []]
    const own = new Set([idOf(6, n % DEPARTMENTS), idOf(6, (n * 5 + 2) % DEPARTMENTS)])
    return ldifEntry(`uid=${login},${top}`, {
      objectClass: ['inetOrgPerson', 'dlrPerson'],
      uid: login,
      cn: canaries.next(),
      sn: canaries.next(),
      title: canaries.next(),
      mobile: canaries.next(),
      mail: `${canaries.next()}@example.com`,
      dlrNickname: canaries.next(),
      dlrMeta: [`seat=${canaries.next()}`, `desk=${canaries.next()}`],
      dlrType: idOf(2, n % 3),
      dlrDepartment: [...own],
      ...(n === 0 ? {} : { dlrManager: idOf(7, Math.floor(n / 3)) }),
      ...(roles.length > 0 ? { dlrRole: roles.map((role) => idOf(5, roleNames.indexOf(role))) } : {}),
      ...(n < viewers.length ? { userPassword: password } : {}),
      entryUUID: idOf(7, n),
    })
  })
}
