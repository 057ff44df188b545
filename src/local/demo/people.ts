import type { RoleKey, StaffTypeKey } from './catalogue.ts'
import type { DemoDepartment } from './departments.ts'
import { chineseName, westernName, type PersonName } from './names.ts'
import { Chance, idOf, sortKey } from './random.ts'
import { titleOf } from './titles.ts'

export interface DemoMembership {
  readonly department: DemoDepartment
  readonly title: string | null
  readonly sortKey: string
  readonly isMain: boolean
  readonly isLeader: boolean
}

export interface DemoPerson {
  readonly id: string
  readonly login: string
  readonly name: PersonName
  readonly nickname: string | null
  readonly title: string
  readonly type: StaffTypeKey
  readonly mobile: string
  readonly memberships: readonly DemoMembership[]
  readonly managerId: string | null
  readonly dottedManagerIds: readonly string[]
  readonly roles: readonly RoleKey[]
  readonly employeeNumber: string
  readonly birthday: string
  readonly seat: string | null
  readonly disabled: boolean
  readonly leaveDate: string | null
}

/** The three people whose logins are printed, each the second of the department that `home` picks. */
const FIXED: readonly {
  login: string
  name: PersonName
  title: string
  type: StaffTypeKey
  roles: readonly RoleKey[]
  home: (d: DemoDepartment) => boolean
}[] = [
  {
    login: 'hr',
    name: { full: '韩蕊', surname: '韩', given: '蕊', latin: 'rui.han', pinyin: null },
    title: '人力资源主管 HR Manager',
    type: 'employee',
    roles: ['administrator'],
    home: (d) => d.division === 'human-resources',
  },
  {
    login: 'staff',
    name: { full: 'Steffen Lange', surname: 'Lange', given: 'Steffen', latin: 'steffen.lange', pinyin: null },
    title: 'Engineer',
    type: 'employee',
    roles: ['employee'],
    home: (d) => d.division === 'research' && (d.type === 'team' || d.people > 2) && !d.chinese,
  },
  {
    login: 'guest',
    name: {
      full: 'Giulia Esposito',
      surname: 'Esposito',
      given: 'Giulia',
      latin: 'giulia.esposito',
      pinyin: null,
    },
    title: 'Consultant',
    type: 'partner',
    roles: ['guest'],
    home: (d) => d.division === 'partners',
  },
]

const NICKNAMES = ['大鹏', '小鱼', '阿杰', '老王', 'Max', 'Kit', 'Momo', 'Robin']

/** Everybody, department by department in the given order; the first of a department leads it. */
export function* demoPeople(seed: string, departments: readonly DemoDepartment[]): Generator<DemoPerson> {
  const logins = new Map<string, number>(FIXED.map((person) => [person.login, 1]))
  const fixedAt = new Map(
    FIXED.map((person) => [departments.find((d) => person.home(d) && d.people > 1), person]),
  )
  let number = 0
  for (const department of departments) {
    for (let place = 0; place < department.people; place++) {
      number += 1
      const chance = new Chance(seed, `person ${department.key} ${place}`)
      const person = ordinary(seed, departments, department, place, number, chance, logins)
      const fixed = place === 1 ? fixedAt.get(department) : undefined
      yield fixed ? fix(person, fixed) : person
    }
  }
}

function fix(person: DemoPerson, fixed: (typeof FIXED)[number]): DemoPerson {
  const { login, name, title, type, roles } = fixed
  const memberships = person.memberships.slice(0, 1)
  const plain = { nickname: null, disabled: false, leaveDate: null, dottedManagerIds: [] }
  return { ...person, ...plain, login, name, title, type, roles, memberships }
}

/** The id of whoever leads the department. */
export function leaderId(seed: string, department: DemoDepartment): string {
  return personId(seed, department, 0)
}

function personId(seed: string, department: DemoDepartment, place: number): string {
  return idOf(seed, `person ${department.key} ${place}`)
}

function ordinary(
  seed: string,
  departments: readonly DemoDepartment[],
  department: DemoDepartment,
  place: number,
  number: number,
  chance: Chance,
  logins: Map<string, number>,
): DemoPerson {
  const isLeader = place === 0
  const type = typeOf(department, isLeader, chance)
  const name = chance.is(department.chinese ? 0.92 : 0.12) ? chineseName(chance) : westernName(chance)
  const other =
    type !== 'partner' && chance.is(0.07) ? secondDepartment(departments, department, chance) : null
  const boss = isLeader ? department.parent : department
  const title = titleOf(department, isLeader, chance)
  const disabled = !isLeader && chance.is(0.01)
  return {
    id: personId(seed, department, place),
    login: uniqueLogin(name.latin, logins),
    name,
    nickname: chance.is(0.08) ? chance.pick(NICKNAMES) : null,
    title,
    type,
    mobile: `+86 199 ${String(chance.below(10_000)).padStart(4, '0')} ${String(number % 10_000).padStart(4, '0')}`,
    memberships: [
      { department, title, sortKey: sortKey(place), isMain: true, isLeader },
      ...(other
        ? [{ department: other, title: null, sortKey: sortKey(1000), isMain: false, isLeader: false }]
        : []),
    ],
    managerId: boss ? leaderId(seed, boss) : null,
    dottedManagerIds: other && chance.is(0.5) ? [leaderId(seed, other)] : [],
    roles: rolesOf(department, type, isLeader),
    employeeNumber: `P${String(number).padStart(6, '0')}`,
    birthday: `${1960 + chance.below(45)}-${two(1 + chance.below(12))}-${two(1 + chance.below(28))}`,
    seat: chance.is(0.7)
      ? `${chance.pick(['A', 'B', 'C', 'D'])}-${two(1 + chance.below(30))}-${two(1 + chance.below(60))}`
      : null,
    disabled,
    // Far away, so that the demo is the same whenever it is made.
    leaveDate:
      disabled || chance.is(0.01) ? `${disabled ? 2025 : 2099}-${two(1 + chance.below(12))}-28` : null,
  }
}

const two = (n: number) => String(n).padStart(2, '0')

function typeOf(department: DemoDepartment, isLeader: boolean, chance: Chance): StaffTypeKey {
  switch (department.type) {
    case 'company':
    case 'executive':
      return 'executive'
    case 'confidential':
      return isLeader || chance.is(0.8) ? 'restricted' : 'employee'
    case 'partner':
      // Somebody of our own looks after all partners and belongs to them.
      return department.parent?.type === 'company' && isLeader ? 'employee' : 'partner'
    case 'department':
    case 'team': {
      const draw = isLeader ? 0 : chance.next()
      return draw < 0.88 ? 'employee' : draw < 0.96 ? 'contractor' : 'intern'
    }
  }
}

function rolesOf(department: DemoDepartment, type: StaffTypeKey, isLeader: boolean): RoleKey[] {
  if (type === 'partner') return ['guest']
  if (type === 'executive' || type === 'restricted') return ['employee', 'insider']
  if (department.division === 'human-resources') return ['employee', 'hr-partner']
  if (!isLeader) return ['employee']
  return department.key === BRANCH ? ['branch-administrator', 'employee', 'leader'] : ['employee', 'leader']
}

/** Key of the department that has an administrator of its own. */
export const BRANCH = 'polaris/research/shanghai'

function secondDepartment(
  departments: readonly DemoDepartment[],
  own: DemoDepartment,
  chance: Chance,
): DemoDepartment | null {
  const other = chance.pick(departments)
  return other === own || other.type === 'partner' || other.type === 'company' ? null : other
}

/** The first of a name gets it, the others a number. */
function uniqueLogin(wanted: string, logins: Map<string, number>): string {
  const count = (logins.get(wanted) ?? 0) + 1
  logins.set(wanted, count)
  return count === 1 ? wanted : `${wanted}${count}`
}
