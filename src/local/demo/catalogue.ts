import type { Ability } from '../../model/entry.ts'
import type { DepartmentTypeKey } from './departments.ts'
import { idOf, sortKey } from './random.ts'

export type StaffTypeKey = 'employee' | 'contractor' | 'intern' | 'executive' | 'restricted' | 'partner'
export type RoleKey =
  | 'administrator'
  | 'hr-partner'
  | 'branch-administrator'
  | 'leader'
  | 'employee'
  | 'insider'
  | 'guest'

interface Named<K extends string> {
  readonly key: K
  readonly name: string
  readonly description: string
}

export const DEPARTMENT_TYPES: readonly Named<DepartmentTypeKey>[] = [
  { key: 'company', name: 'Company 公司', description: 'The whole company.' },
  { key: 'department', name: 'Department 部门', description: 'An ordinary department.' },
  { key: 'team', name: 'Team 小组', description: 'A team within a department.' },
  { key: 'executive', name: 'Executive office 高管办公室', description: 'Hidden from most.' },
  { key: 'confidential', name: 'Confidential 保密', description: 'Projects that only insiders know of.' },
  { key: 'partner', name: 'Partner 合作方', description: 'People of other companies.' },
]

export const STAFF_TYPES: readonly Named<StaffTypeKey>[] = [
  { key: 'employee', name: 'Employee 正式员工', description: 'Employed without a date.' },
  { key: 'contractor', name: 'Contractor 外包', description: 'Works here for another company.' },
  { key: 'intern', name: 'Intern 实习生', description: 'Here for a while, to learn.' },
  { key: 'executive', name: 'Executive 高管', description: 'Hidden from most.' },
  { key: 'restricted', name: 'Restricted 保密人员', description: 'Known to insiders only.' },
  { key: 'partner', name: 'Partner 合作方', description: 'Works for a partner.' },
]

const OPEN = {
  departments: ['company', 'department', 'team'],
  staff: ['employee', 'contractor', 'intern'],
} as const

interface DemoRule extends Named<string> {
  readonly scope: 'ORGANISATION' | 'OWN_SUBTREE'
  readonly departments: readonly DepartmentTypeKey[]
  readonly staff: readonly StaffTypeKey[]
  readonly sensitive: readonly string[]
}

export const RULES: readonly DemoRule[] = [
  rule('everything', 'Everything', 'ORGANISATION', {
    departments: DEPARTMENT_TYPES.map((type) => type.key),
    staff: STAFF_TYPES.map((type) => type.key),
    sensitive: ['birthday', 'costCentre', 'mobile'],
  }),
  rule('colleagues', 'Colleagues', 'ORGANISATION', { ...OPEN, sensitive: [] }),
  rule('mobile-numbers', 'Mobile numbers of colleagues', 'ORGANISATION', { ...OPEN, sensitive: ['mobile'] }),
  rule('insiders', 'Executive office and confidential projects', 'ORGANISATION', {
    departments: [...OPEN.departments, 'executive', 'confidential'],
    staff: [...OPEN.staff, 'executive', 'restricted'],
    sensitive: ['mobile'],
  }),
  rule('own-company', 'Own partner company', 'OWN_SUBTREE', {
    departments: ['partner'],
    staff: ['partner'],
    sensitive: [],
  }),
]

function rule(
  key: string,
  name: string,
  scope: DemoRule['scope'],
  rest: Pick<DemoRule, 'departments' | 'staff' | 'sensitive'>,
): DemoRule {
  const where = scope === 'ORGANISATION' ? 'in the whole company' : 'at and below the own departments'
  return { key, name, description: `Shows ${name.toLowerCase()} ${where}.`, scope, ...rest }
}

export interface DemoRole extends Named<RoleKey> {
  readonly rules: readonly string[]
  readonly abilities: readonly Ability[]
}

/** `branchId`: the department whose subtree the branch administrator looks after. */
export function demoRoles(branchId: string): DemoRole[] {
  const ability = (name: string, scope: Ability['scope'], departmentId: string | null, fields: string[]) => ({
    name,
    scope,
    departmentId,
    fields,
  })
  const role = (
    key: RoleKey,
    name: string,
    description: string,
    rules: string[],
    abilities: Ability[] = [],
  ) => ({
    key,
    name,
    description,
    rules,
    abilities,
  })
  return [
    role(
      'administrator',
      'Administrator',
      'Sees and edits everything.',
      ['everything'],
      [ability('*', 'ORGANISATION', null, ['*'])],
    ),
    role(
      'hr-partner',
      'HR partner',
      'Sees everything, edits contact data.',
      ['everything'],
      [ability('staff.write', 'ORGANISATION', null, ['mobile', 'nickname', 'title'])],
    ),
    role(
      'branch-administrator',
      'Branch administrator',
      'Looks after one branch.',
      ['colleagues'],
      [
        ability('department.write', 'SUBTREE', branchId, ['*']),
        ability('staff.write', 'SUBTREE', branchId, ['*']),
        ability('staff.account', 'SUBTREE', branchId, ['*']),
        ability('role.assign', 'SUBTREE', branchId, ['*']),
      ],
    ),
    role(
      'leader',
      'Leader',
      'Also sees mobile numbers and edits the own department.',
      ['colleagues', 'mobile-numbers'],
      [ability('staff.write', 'OWN_SUBTREE', null, ['title'])],
    ),
    role('employee', 'Employee', 'Sees colleagues.', ['colleagues']),
    role('insider', 'Insider', 'Knows the executive office and confidential projects.', ['insiders']),
    role('guest', 'Guest', 'Sees the own partner company only.', ['own-company']),
  ]
}

export interface DemoField {
  readonly key: string
  readonly label: string
  readonly appliesTo: 'DEPARTMENT' | 'STAFF'
  readonly sensitive: boolean
  readonly sortKey: string
}

export const FIELDS: readonly DemoField[] = (
  [
    ['mobile', 'Mobile 手机', 'STAFF', true],
    ['employeeNumber', 'Employee number 工号', 'STAFF', false],
    ['seat', 'Seat 工位', 'STAFF', false],
    ['birthday', 'Birthday 生日', 'STAFF', true],
    ['floor', 'Floor 楼层', 'DEPARTMENT', false],
    ['costCentre', 'Cost centre 成本中心', 'DEPARTMENT', true],
  ] as const
).map(([key, label, appliesTo, sensitive], i) => ({ key, label, appliesTo, sensitive, sortKey: sortKey(i) }))

/** The ids of what the catalogue names. */
export const departmentTypeId = (seed: string, key: DepartmentTypeKey) => idOf(seed, `department type ${key}`)
export const staffTypeId = (seed: string, key: StaffTypeKey) => idOf(seed, `staff type ${key}`)
export const ruleId = (seed: string, key: string) => idOf(seed, `rule ${key}`)
export const roleId = (seed: string, key: RoleKey) => idOf(seed, `role ${key}`)
