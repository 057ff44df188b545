import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mapEntry, type Mapped } from '../../src/directory/mapping.ts'
import { layoutOf } from '../../src/directory/names.ts'
import { SYNC_ATTRIBUTES, type RawEntry } from '../../src/directory/raw-entry.ts'
import { entrySchema } from '../../src/model/entry.ts'

const layout = layoutOf('dc=dolores,dc=test')
const ID = '10000000-0000-4000-8000-000000000001'
const ref = (n: number) => `20000000-0000-4000-8000-${String(n).padStart(12, '0')}`

function raw(dn: string, attributes: Record<string, string | string[]>): RawEntry {
  return {
    id: ID,
    dn,
    csn: null,
    attributes: new Map(
      Object.entries(attributes).map(([name, values]) => [
        name.toLowerCase(),
        [values].flat().map((value) => Buffer.from(value)),
      ]),
    ),
  }
}
const person = (attributes: Record<string, string | string[]> = {}, dn = `uid=ann,${layout.people}`) =>
  mapEntry(
    raw(dn, { objectClass: ['inetOrgPerson', 'dlrPerson'], uid: 'ann', cn: 'Ann', sn: 'A', ...attributes }),
    layout,
  )
const department = (
  attributes: Record<string, string | string[]> = {},
  dn = `ou=Sales,${layout.departments}`,
) =>
  mapEntry(
    raw(dn, { objectClass: ['organizationalUnit', 'dlrDepartmentEntry'], ou: 'Sales', ...attributes }),
    layout,
  )
const entry = (mapped: Mapped) => (mapped.kind === 'entry' ? mapped.entry : mapped)
const problems = (mapped: Mapped) => (mapped.kind === 'container' ? [] : mapped.problems)

describe('a person', () => {
  it('with everything becomes a staff entry in its one canonical form', () => {
    const mapped = person({
      displayName: '欧阳 修',
      dlrType: ref(1).toUpperCase(),
      dlrNickname: 'O',
      title: 'Poet',
      mobile: ' +86 138 0000 0000 ',
      mail: ['z@dolores.test', 'a@dolores.test'],
      dlrRole: [ref(9), ref(8), ref(9)],
      dlrManager: ref(3),
      dlrDottedManager: [ref(5), ref(4)],
      manager: `uid=boss,${layout.people}`,
      dlrDepartment: [ref(11), ref(10)],
      dlrMembership: JSON.stringify({
        departmentId: ref(11),
        title: 'Head',
        sortKey: 'a1',
        isMain: true,
        isLeader: true,
      }),
      dlrMeta: ['seat=A-1', 'badge=x=y'],
      dlrLeaveDate: '2026-02-28',
      dlrAvatarHash: 'abcdef123456',
    })
    expect(mapped).toEqual({
      kind: 'entry',
      managerDn: null,
      problems: [],
      entry: {
        kind: 'staff',
        id: ID,
        status: 'ACTIVE',
        login: 'ann',
        name: '欧阳 修',
        nickname: 'O',
        pinyin: 'ou yang xiu',
        initials: 'oyx',
        title: 'Poet',
        mobile: '+86 138 0000 0000',
        email: ['a@dolores.test', 'z@dolores.test'],
        avatarHash: 'abcdef123456',
        typeId: ref(1),
        memberships: [
          { departmentId: ref(10), title: null, sortKey: '', isMain: false, isLeader: false },
          { departmentId: ref(11), title: 'Head', sortKey: 'a1', isMain: true, isLeader: true },
        ],
        managerId: ref(3),
        dottedManagerIds: [ref(4), ref(5)],
        roleIds: [ref(8), ref(9)],
        leaveDate: '2026-02-28',
        metadata: [
          { key: 'badge', value: 'x=y' },
          { key: 'seat', value: 'A-1' },
        ],
      },
    })
    expect(entrySchema.safeParse(entry(mapped)).error).toBeUndefined()
  })

  it('without our class is one too, of no type and without departments', () => {
    const mapped = mapEntry(
      raw(`uid=ann,${layout.people}`, { objectClass: 'inetOrgPerson', uid: 'ann', cn: 'Ann', sn: 'A' }),
      layout,
    )
    expect(entry(mapped)).toMatchObject({
      kind: 'staff',
      name: 'Ann',
      typeId: null,
      memberships: [],
      pinyin: null,
    })
  })

  it('is disabled by dlrDisabled', () =>
    expect(entry(person({ dlrDisabled: 'TRUE' }))).toMatchObject({ status: 'DISABLED' }))

  it('has the standard manager when there is none by id', () => {
    expect(person({ manager: `uid=boss,${layout.people}` })).toMatchObject({
      managerDn: `uid=boss,${layout.people}`,
    })
    expect(problems(person({ manager: 'the boss' }))).toHaveLength(1)
  })

  it('is read as HR has romanised it, when it has', () => {
    expect(entry(person({ displayName: '单田芳' }))).toMatchObject({
      pinyin: 'shan tian fang',
      initials: 'stf',
    })
    const corrected = person({ displayName: '单雄信', dlrPinyin: 'dan xiong xin' })
    expect(entry(corrected)).toMatchObject({ pinyin: 'dan xiong xin', initials: 'dxx' })
    expect(entry(person({ displayName: '李四', dlrInitials: 'L4' }))).toMatchObject({
      pinyin: 'li si',
      initials: 'L4',
    })
  })

  it('of a single department has it as the main one', () => {
    expect(entry(person({ dlrDepartment: ref(1) }))).toMatchObject({
      memberships: [{ departmentId: ref(1), isMain: true }],
    })
  })

  it.each([
    ['dlrType', 'not a uuid', { typeId: null }],
    ['dlrDepartment', 'sales', { memberships: [] }],
    ['dlrMembership', '{broken', { memberships: [] }],
    ['dlrMembership', '{"departmentId":"x"}', { memberships: [] }],
    ['dlrRole', '*', { roleIds: [] }],
    ['dlrMeta', 'no key', { metadata: [] }],
    ['dlrMeta', '__proto__=x', { metadata: [] }],
    ['dlrLeaveDate', '2026-02-30', { leaveDate: null }],
    ['dlrLeaveDate', 'tomorrow', { leaveDate: null }],
    ['mail', 'nobody', { email: [] }],
    ['dlrAvatarHash', '../../x', { avatarHash: null }],
  ])('keeps everything but a bad %s %j, which is reported', (attribute, value, expected) => {
    const mapped = person({ [attribute]: value })
    expect(entry(mapped)).toMatchObject({ kind: 'staff', login: 'ann', ...expected })
    expect(problems(mapped)).toHaveLength(1)
    expect(problems(mapped)[0]).toContain(attribute)
  })

  it.each([
    ['no login', { uid: [] }],
    ['a login of nothing that shows', { uid: '\u200b\u0000' }],
    ['no name', { cn: '\u202e' }],
  ])('with %s is malformed', (_, attributes) => {
    expect(person(attributes).kind).toBe('malformed')
  })

  it('[T74] with several values gives the one in its name, else the first, whatever their order', () => {
    for (const uid of [
      ['zed', 'ann', 'aaa'],
      ['aaa', 'zed', 'ann'],
    ]) {
      const mapped = person({ uid, cn: [...uid].reverse(), title: ['b', 'a'] })
      expect(entry(mapped)).toMatchObject({ login: 'ann', name: 'aaa', title: 'a' })
    }
  })

  it('[T74] uses values with a language only when there is no other', () => {
    expect(entry(person({ 'displayName;lang-zh': '安', displayName: 'Ann' }))).toMatchObject({ name: 'Ann' })
    expect(entry(person({ 'displayName;lang-zh': '安' }))).toMatchObject({ name: '安', pinyin: 'an' })
  })

  it('[T19] has texts that can be shown', () => {
    const mapped = person({ displayName: 'A\u202enn\u0000', title: 'Zoe\u0308', dlrMeta: 'k=a\u200bb' })
    expect(entry(mapped)).toMatchObject({ name: 'Ann', title: 'Zoë', metadata: [{ key: 'k', value: 'ab' }] })
    const long = person({ displayName: 'x'.repeat(1_000_000) })
    expect(entry(long)).toMatchObject({ name: 'x'.repeat(256) })
    expect(problems(long)[0]).toContain('1000000 characters')
  })
})

describe('a department', () => {
  it('is its unit, with or without our class', () => {
    expect(entry(department({ dlrSort: 'a0', dlrType: ref(1), description: 'one\r\ntwo' }))).toEqual({
      kind: 'department',
      id: ID,
      status: 'ACTIVE',
      name: 'Sales',
      description: 'one\ntwo',
      typeId: ref(1),
      parentId: null,
      sortKey: 'a0',
      metadata: [],
    })
    expect(entry(department({ objectClass: 'organizationalUnit', displayName: '销售部' }))).toMatchObject({
      name: '销售部',
    })
  })
})

describe('roles, rules, types and fields', () => {
  const at = (room: string, attributes: Record<string, string | string[]>) =>
    mapEntry(raw(`cn=x,${room}`, { cn: 'x', ...attributes }), layout)
  const rule = (more: Record<string, string | string[]>) =>
    at(layout.rules, { objectClass: 'dlrRuleEntry', ...more })

  it('a rule names types, scope and fields', () => {
    const mapped = rule({
      dlrScope: 'OWN_SUBTREE',
      dlrDepartmentType: [ref(2), ref(1)],
      dlrStaffType: ref(3),
      dlrSensitiveField: ['mobile', 'email'],
    })
    expect(entry(mapped)).toEqual({
      kind: 'rule',
      id: ID,
      name: 'x',
      description: null,
      departmentTypeIds: [ref(1), ref(2)],
      staffTypeIds: [ref(3)],
      scope: 'OWN_SUBTREE',
      sensitiveFields: ['email', 'mobile'],
    })
  })

  it.each([{}, { dlrScope: 'EVERYWHERE' }])('a rule whose scope is unknown grants nothing: %j', (more) => {
    expect(rule({ dlrDepartmentType: ref(1), ...more }).kind).toBe('malformed')
  })

  it('a role bundles rules and abilities; what is no ability grants nothing', () => {
    const ability = { name: 'staff.update', scope: 'SUBTREE', departmentId: ref(1), fields: ['title', '*'] }
    const mapped = at(layout.roles, {
      objectClass: 'dlrRoleEntry',
      dlrRule: ref(1),
      dlrAbility: [
        JSON.stringify(ability),
        JSON.stringify({ name: 'audit.read', scope: 'ORGANISATION' }),
        JSON.stringify({ ...ability, departmentId: null }),
        JSON.stringify({ ...ability, scope: 'EVERYWHERE' }),
        'all',
      ],
    })
    expect(entry(mapped)).toMatchObject({
      kind: 'role',
      ruleIds: [ref(1)],
      abilities: [
        { name: 'audit.read', scope: 'ORGANISATION', departmentId: null, fields: [] },
        { ...ability, fields: ['*', 'title'] },
      ],
    })
    expect(problems(mapped)).toHaveLength(3)
  })

  it('a type is one of departments or of staff', () => {
    const type = (dlrAppliesTo: string) => at(layout.types, { objectClass: 'dlrTypeEntry', dlrAppliesTo })
    expect(entry(type('DEPARTMENT'))).toEqual({
      kind: 'departmentType',
      id: ID,
      name: 'x',
      description: null,
    })
    expect(entry(type('STAFF'))).toMatchObject({ kind: 'staffType' })
    expect(type('BOTH').kind).toBe('malformed')
  })

  it('a field has a key', () => {
    const field = (dlrKey: string) =>
      at(layout.fields, {
        objectClass: 'dlrFieldEntry',
        dlrKey,
        dlrAppliesTo: 'STAFF',
        dlrSensitive: 'TRUE',
        displayName: 'Mobile',
      })
    expect(entry(field('mobile'))).toEqual({
      kind: 'fieldDefinition',
      id: ID,
      key: 'mobile',
      label: 'Mobile',
      appliesTo: 'STAFF',
      isSensitive: true,
      sortKey: '',
    })
    expect(field('no key').kind).toBe('malformed')
  })
})

describe('the place in the tree', () => {
  it('makes folders of the layout and what lies elsewhere none of our business', () => {
    for (const dn of [
      layout.base,
      layout.departments,
      layout.trash,
      `cn=x,${layout.policies}`,
      'OU=People,DC=Dolores,DC=test',
    ]) {
      expect(mapEntry(raw(dn, { objectClass: 'organizationalUnit', ou: 'x' }), layout).kind).toBe('container')
    }
    expect(
      mapEntry(raw(`cn=x,${layout.departments}`, { objectClass: 'groupOfNames', cn: 'x' }), layout).kind,
    ).toBe('container')
    expect(department({}, `ou=Berlin,${layout.people}`).kind).toBe('container')
  })

  it('a person among the departments is reported, not lost in silence', () => {
    expect(person({}, `uid=ann,ou=Sales,${layout.departments}`).kind).toBe('malformed')
  })

  it('in the trash everything stays what it is', () => {
    expect(entry(person({}, `uid=ann,${layout.trash}`))).toMatchObject({ kind: 'staff' })
    expect(entry(department({}, `ou=Old,ou=Older,${layout.trash}`))).toMatchObject({ kind: 'department' })
  })

  it('is not fooled by a name that looks like a place', () => {
    expect(
      person({}, `cn=uid\\3Dx\\2C${layout.people.replaceAll(',', '\\2C')},dc=dolores,dc=test`).kind,
    ).toBe('container')
  })
})

it('whatever the directory sends is mapped, reported or passed over, and what is mapped fits the model', () => {
  const name = fc.oneof(fc.constantFrom(...SYNC_ATTRIBUTES), fc.string())
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'TRUE',
      'STAFF',
      'ORGANISATION',
      ref(1),
      '{"departmentId":null}',
      '[]',
      'k=v',
      '2026-01-01',
    ),
    fc.json(),
  )
  const objectClass = fc.subarray(
    ['inetOrgPerson', 'organizationalUnit', 'dlrRoleEntry', 'dlrRuleEntry', 'dlrTypeEntry', 'dlrFieldEntry'],
    { minLength: 1 },
  )
  const dn = fc.oneof(
    fc.constantFrom(...Object.values(layout)).map((room) => `uid=x,${room}`),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.dictionary(name, fc.array(text)), objectClass, dn, (attributes, classes, at) => {
      const mapped = mapEntry(
        raw(at, { uid: 'x', cn: 'x', ou: 'x', ...attributes, objectClass: classes }),
        layout,
      )
      if (mapped.kind === 'entry') expect(entrySchema.safeParse(mapped.entry).error).toBeUndefined()
      if (mapped.kind === 'malformed') expect(mapped.problems.length).toBeGreaterThan(0)
    }),
    { numRuns: 1000 },
  )
})

it('[trap 5] the sync asks for every attribute of our schema, and for no password, no picture and no wildcard', () => {
  const schema = readFileSync(new URL('../../schema/ldap/dolores.schema', import.meta.url), 'utf8')
  // Where something in the trash stood is asked when it is restored.
  const names = [...schema.matchAll(/attributetype \( \S+ NAME '(\w+)'/g)].map(([, name]) => name)
  expect(names.filter((name) => !SYNC_ATTRIBUTES.includes(name ?? ''))).toEqual(['dlrTrashedFrom'])
  for (const name of ['userPassword', 'jpegPhoto', '*', '+']) expect(SYNC_ATTRIBUTES).not.toContain(name)
})
