import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EditWorld, startEditWorld } from './world.ts'

/** Values that no edit takes, for every edit: a typed answer that names the place, and nothing is written. */
let world: EditWorld
let person: string
let department: string
let type: string
let field: string
let rule: string
let role: string
beforeAll(async () => {
  world = await startEditWorld()
  const only = (list: Iterable<{ id: string }>) => [...list][0]?.id ?? ''
  person = [...world.state.all('staff')].find((s) => s.login === 'staff')?.id ?? ''
  department = [...world.state.all('department')].find((d) => d.parentId === world.places.company)?.id ?? ''
  type = world.places.staffType
  field = only(world.state.all('fieldDefinition'))
  rule = only(world.state.all('rule'))
  role = only(world.state.all('role'))
})
afterAll(async () => await world?.close())

const MISSING = '00000000-0000-4000-8000-000000000000'
const LONG = 'x'.repeat(300)
const NUL = '\0\u202e\u200b '
const invalid = (path: string) => ({ __typename: 'InvalidInput', code: 'INVALID_INPUT', issues: [{ path }] })
const notFound = (path: string) => ({ __typename: 'NotFound', code: 'NOT_FOUND', path })
const ids = () => ({ person, department, type, field, rule, role, ...world.places })
type Ids = ReturnType<typeof ids>

const STAFF = (i: Ids) => ({ login: 'somebody.new', name: 'Somebody', typeId: i.staffType })
const DEPARTMENT = (i: Ids) => ({ name: 'Something', typeId: i.departmentType, parentId: i.company })
const RULE = (i: Ids) => ({
  name: 'A rule',
  departmentTypeIds: [i.departmentType],
  staffTypeIds: [i.staffType],
})
const ABILITY = { name: 'staff.read', scope: 'ORGANISATION', fields: ['*'] }

const CASES: readonly (readonly [string, (i: Ids) => Record<string, unknown>, object])[] = [
  ['createDepartment', (i) => ({ ...DEPARTMENT(i), name: '' }), invalid('name')],
  ['createDepartment', (i) => ({ ...DEPARTMENT(i), name: NUL }), invalid('name')],
  ['createDepartment', (i) => ({ ...DEPARTMENT(i), name: LONG }), invalid('name')],
  ['createDepartment', (i) => ({ ...DEPARTMENT(i), typeId: MISSING }), invalid('typeId')],
  ['createDepartment', (i) => ({ ...DEPARTMENT(i), typeId: i.staffType }), invalid('typeId')],
  ['createDepartment', (i) => ({ ...DEPARTMENT(i), parentId: MISSING }), notFound('parentId')],
  ['createDepartment', (i) => ({ ...DEPARTMENT(i), parentId: i.person }), notFound('parentId')],
  ['createDepartment', (i) => ({ ...DEPARTMENT(i), parentId: '*)(uid=*' }), invalid('parentId')],
  ['createDepartment', (i) => ({ ...DEPARTMENT(i), afterId: MISSING }), invalid('afterId')],
  [
    'createDepartment',
    (i) => ({ ...DEPARTMENT(i), metadata: [{ key: 'nothing', value: 'x' }] }),
    invalid('metadata.0.key'),
  ],
  [
    'createDepartment',
    (i) => ({ ...DEPARTMENT(i), metadata: [{ key: 'a=b', value: 'x' }] }),
    invalid('metadata.0.key'),
  ],
  [
    'createDepartment',
    (i) => ({
      ...DEPARTMENT(i),
      metadata: [
        { key: 'floor', value: '1' },
        { key: 'floor', value: '2' },
      ],
    }),
    invalid('metadata'),
  ],
  ['createDepartment', (i) => ({ ...DEPARTMENT(i), description: 'x'.repeat(9000) }), invalid('description')],
  ['updateDepartment', () => ({ id: MISSING, name: 'x' }), notFound('id')],
  ['updateDepartment', () => ({ id: 'x', name: 'x' }), invalid('id')],
  ['updateDepartment', (i) => ({ id: i.person, name: 'x' }), notFound('id')],
  ['updateDepartment', (i) => ({ id: i.department, name: null }), invalid('name')],
  ['updateDepartment', (i) => ({ id: i.department, typeId: null }), invalid('typeId')],
  [
    'updateDepartment',
    (i) => ({ id: i.department, ifRevision: 'x', name: 'x' }),
    { __typename: 'EditConflict' },
  ],
  ['moveDepartment', (i) => ({ id: i.department, parentId: MISSING }), notFound('parentId')],
  ['moveDepartment', (i) => ({ id: i.department, afterId: i.department }), invalid('afterId')],
  ['moveDepartment', () => ({ id: MISSING }), notFound('id')],
  ['setDepartmentLeaders', (i) => ({ id: i.department, staffIds: [MISSING] }), invalid('staffIds.0')],
  ['setDepartmentLeaders', () => ({ id: MISSING, staffIds: [] }), notFound('id')],
  ['mergeDepartment', (i) => ({ id: i.department, intoId: MISSING }), notFound('parentId')],
  ['mergeDepartment', (i) => ({ id: i.department, intoId: i.department }), { code: 'CYCLE' }],
  ['deleteDepartment', (i) => ({ id: i.department, contents: 'MOVE' }), invalid('moveToId')],
  ['deleteDepartment', () => ({ id: MISSING }), notFound('id')],
  ['restoreDepartment', (i) => ({ id: i.department }), { code: 'NOT_IN_TRASH' }],
  ['restoreDepartment', () => ({ id: MISSING }), notFound('id')],
  ['createStaff', (i) => ({ ...STAFF(i), login: '' }), invalid('login')],
  ['createStaff', (i) => ({ ...STAFF(i), login: 'a b' }), invalid('login')],
  ['createStaff', (i) => ({ ...STAFF(i), login: 'a,ou=evil' }), invalid('login')],
  ['createStaff', (i) => ({ ...STAFF(i), login: '*)(uid=*))(|(uid=*' }), invalid('login')],
  ['createStaff', (i) => ({ ...STAFF(i), login: 'x'.repeat(65) }), { __typename: 'InvalidInput' }],
  ['createStaff', (i) => ({ ...STAFF(i), login: 'HR' }), invalid('login')],
  ['createStaff', (i) => ({ ...STAFF(i), name: NUL }), invalid('name')],
  ['createStaff', (i) => ({ ...STAFF(i), typeId: i.departmentType }), invalid('typeId')],
  ['createStaff', (i) => ({ ...STAFF(i), mobile: 'call me' }), invalid('mobile')],
  ['createStaff', (i) => ({ ...STAFF(i), email: ['a@b.example', 'nowhere'] }), invalid('email.1')],
  ['createStaff', (i) => ({ ...STAFF(i), leaveDate: '2026-02-30' }), invalid('leaveDate')],
  ['createStaff', (i) => ({ ...STAFF(i), leaveDate: 'tomorrow' }), invalid('leaveDate')],
  ['createStaff', (i) => ({ ...STAFF(i), managerId: i.department }), notFound('managerId')],
  ['createStaff', (i) => ({ ...STAFF(i), dottedManagerIds: [MISSING] }), notFound('dottedManagerIds.0')],
  [
    'createStaff',
    (i) => ({ ...STAFF(i), memberships: [{ departmentId: MISSING }] }),
    notFound('memberships.0.departmentId'),
  ],
  [
    'createStaff',
    (i) => ({ ...STAFF(i), memberships: [{ departmentId: i.company }, { departmentId: i.company }] }),
    invalid('memberships'),
  ],
  [
    'createStaff',
    (i) => ({
      ...STAFF(i),
      memberships: [
        { departmentId: i.company, isMain: true },
        { departmentId: i.department, isMain: true },
      ],
    }),
    invalid('memberships'),
  ],
  ['createStaff', (i) => ({ ...STAFF(i), roleIds: [i.rule] }), invalid('roleIds.0')],
  [
    'createStaff',
    (i) => ({ ...STAFF(i), metadata: [{ key: 'floor', value: 'x' }] }),
    invalid('metadata.0.key'),
  ],
  ['setStaffPhoto', () => ({ id: MISSING, photo: null }), notFound('id')],
  ['setStaffPhoto', (i) => ({ id: i.person, photo: 'no base64!' }), invalid('photo')],
  ['updateStaff', () => ({ id: MISSING, title: 'x' }), notFound('id')],
  ['updateStaff', (i) => ({ id: i.person, name: null }), invalid('name')],
  ['updateStaff', (i) => ({ id: i.person, isDisabled: null }), invalid('isDisabled')],
  ['updateStaff', (i) => ({ id: i.person, managerId: i.person }), invalid('managerId')],
  ['updateStaff', (i) => ({ id: i.person, title: 'x'.repeat(513) }), invalid('title')],
  ['setStaffRoles', (i) => ({ id: i.person, roleIds: [MISSING] }), invalid('roleIds.0')],
  ['setStaffRoles', () => ({ id: MISSING, roleIds: [] }), notFound('id')],
  ['deleteStaff', () => ({ id: MISSING }), notFound('id')],
  ['restoreStaff', (i) => ({ id: i.person }), { code: 'NOT_IN_TRASH' }],
  ['restoreStaff', () => ({ id: MISSING }), notFound('id')],
  ['createType', () => ({ appliesTo: 'STAFF', name: ' ' }), invalid('name')],
  ['createType', () => ({ appliesTo: 'STAFF', name: 'EMPLOYEE 正式员工' }), invalid('name')],
  ['updateType', () => ({ id: MISSING, appliesTo: 'STAFF' }), notFound('id')],
  ['updateType', (i) => ({ id: i.type, appliesTo: 'DEPARTMENT' }), notFound('id')],
  ['deleteType', () => ({ id: 'x', appliesTo: 'STAFF' }), notFound('id')],
  ['createField', () => ({ key: '1', label: 'One', appliesTo: 'STAFF' }), invalid('key')],
  ['createField', () => ({ key: 'seat', label: 'Another seat', appliesTo: 'STAFF' }), invalid('key')],
  ['createField', () => ({ key: 'other', label: 'Seat 工位', appliesTo: 'STAFF' }), invalid('label')],
  ['updateField', () => ({ id: MISSING }), notFound('id')],
  ['updateField', (i) => ({ id: i.field, label: '' }), invalid('label')],
  ['deleteField', () => ({ id: MISSING }), notFound('id')],
  ['createRule', (i) => ({ ...RULE(i), departmentTypeIds: [i.staffType] }), invalid('departmentTypeIds.0')],
  ['createRule', (i) => ({ ...RULE(i), sensitiveFields: ['nothing'] }), invalid('sensitiveFields.0')],
  ['createRule', (i) => ({ ...RULE(i), name: 'everything' }), invalid('name')],
  ['updateRule', () => ({ id: MISSING }), notFound('id')],
  ['deleteRule', () => ({ id: MISSING }), notFound('id')],
  ['createRole', () => ({ name: 'Bad', ruleIds: [MISSING] }), invalid('ruleIds.0')],
  [
    'createRole',
    () => ({ name: 'Bad', abilities: [{ ...ABILITY, name: 'staff.fly' }] }),
    invalid('abilities.0.name'),
  ],
  [
    'createRole',
    () => ({ name: 'Bad', abilities: [{ ...ABILITY, scope: 'SUBTREE' }] }),
    invalid('abilities.0.departmentId'),
  ],
  [
    'createRole',
    () => ({ name: 'Bad', abilities: [{ ...ABILITY, fields: ['a b'] }] }),
    invalid('abilities.0.fields.0'),
  ],
  ['updateRole', () => ({ id: MISSING }), notFound('id')],
  ['deleteRole', () => ({ id: MISSING }), notFound('id')],
]

describe('[T58] [T59] bad input', () => {
  it.each(CASES.map(([mutation, input, answer], i) => [mutation, i, input, answer] as const))(
    '%s, case %i: is told what is wrong, and writes nothing',
    async (mutation, _, input, answer) => {
      const version = world.server.instance.replica.version
      expect(await world.hr.edit(mutation, input(ids()))).toMatchObject(answer)
      expect(world.server.instance.replica.version).toBe(version)
    },
  )

  it('every mutation of the administration has a case', async () => {
    const { __schema } = await world.hr.client.query(
      '{ __schema { mutationType { fields { name type { ofType { name } } } } } }',
    )
    const { mutationType } = __schema as {
      mutationType: { fields: { name: string; type: { ofType: { name: string } } }[] }
    }
    const edits = mutationType.fields.filter((f) =>
      /^(Department|Staff|Catalogue)Result$/.test(f.type.ofType.name),
    )
    expect(edits.map((f) => f.name).filter((name) => !CASES.some(([mutation]) => mutation === name))).toEqual(
      [],
    )
  })

  it('leaves nothing behind in the journal', async () => {
    expect(await world.server.database.sql('SELECT name FROM edit WHERE finished_at IS NULL')).toEqual([])
  })
})

describe('[T59] [T19] names', () => {
  it.each([
    'a,b=c+d"e\\f<g>h;i',
    '# first',
    'ou=evil,dc=dolores',
    '研发部（一）',
    'Ünïcödé ﬁ',
    '=HYPERLINK("x")',
    '<script>alert(1)</script>',
    '👩‍👩‍👧‍👦 family',
    "Robert'); DROP TABLE",
  ])('%s is stored as it is, and can be moved, deleted and restored', async (name) => {
    const made = await world.hr.edit('createDepartment', {
      name,
      typeId: world.places.departmentType,
      parentId: world.places.company,
    })
    expect(made.department?.name).toBe(name.normalize('NFC'))
    const id = made.department?.id
    const edited = { __typename: 'DepartmentEdited' }
    expect(await world.hr.edit('moveDepartment', { id, parentId: department })).toMatchObject(edited)
    expect(await world.hr.edit('deleteDepartment', { id })).toMatchObject(edited)
    expect(await world.hr.edit('restoreDepartment', { id })).toMatchObject({
      department: { name: name.normalize('NFC'), status: 'ACTIVE' },
    })
  })
})
