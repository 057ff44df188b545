import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ability, Role, Rule, Staff } from '../../src/model/entry.ts'
import { type Administrator, type EditWorld, startEditWorld } from './world.ts'

/** Ways around the rights of delegates that take two steps, each of them allowed. */
let world: EditWorld
beforeAll(async () => void (world = await startEditWorld()))
afterAll(async () => await world?.close())

const only = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('there is none')
  return value
}
const roleNamed = (name: string): Role => only([...world.state.all('role')].find((r) => r.name === name))
const NOT_PERMITTED = { __typename: 'NotPermitted', code: 'NOT_PERMITTED' }
const EDITED = { __typename: expect.stringMatching(/Edited$/) }
const ability = (
  name: string,
  scope: Ability['scope'],
  departmentId: string | null = null,
  fields = ['*'],
): Ability => ({ name, scope, departmentId, fields })

let serial = 0
async function department(parentId: string): Promise<string> {
  const { typeId } = { typeId: world.places.departmentType }
  const made = await world.hr.edit('createDepartment', { name: `Place ${++serial}`, typeId, parentId })
  return only(made.department).id
}
async function person(departmentIds: readonly string[], more: object = {}): Promise<string> {
  const made = await world.hr.edit('createStaff', {
    login: `somebody${++serial}`,
    name: `Somebody ${serial}`,
    typeId: world.places.staffType,
    memberships: departmentIds.map((departmentId) => ({ departmentId })),
    ...more,
  })
  return only(made.staff).id
}
async function rule(scope: Rule['scope'], sensitiveFields: string[]): Promise<string> {
  const made = await world.hr.edit('createRule', {
    name: `Rule ${++serial}`,
    departmentTypeIds: [world.places.departmentType],
    staffTypeIds: [world.places.staffType],
    scope,
    sensitiveFields,
  })
  return only(made.id)
}
async function role(abilities: readonly Ability[], ruleIds: readonly string[] = []): Promise<string> {
  return only((await world.hr.edit('createRole', { name: `Role ${++serial}`, abilities, ruleIds })).id)
}
const used = new Set<string>()
/** Somebody of the demo company, who from now on belongs there and has exactly these roles. */
async function delegate(
  departmentIds: readonly string[],
  roleIds: readonly string[],
): Promise<{ admin: Administrator; me: Staff }> {
  const employee = roleNamed('Employee').id
  const me = only(
    [...world.state.all('staff')].find(
      (s) => s.status === 'ACTIVE' && s.roleIds.length === 1 && s.roleIds[0] === employee && !used.has(s.id),
    ),
  )
  used.add(me.id)
  const memberships = departmentIds.map((departmentId) => ({ departmentId }))
  expect(await world.hr.edit('updateStaff', { id: me.id, memberships })).toMatchObject(EDITED)
  expect(await world.hr.edit('setStaffRoles', { id: me.id, roleIds })).toMatchObject(EDITED)
  return { admin: await world.as(me.login), me }
}
async function refused(who: Administrator, mutation: string, input: Record<string, unknown>): Promise<void> {
  const version = world.server.instance.replica.version
  expect([mutation, await who.edit(mutation, input)]).toMatchObject([mutation, NOT_PERMITTED])
  expect(world.server.instance.replica.version).toBe(version)
}

describe('[T36] rights for one’s own departments', () => {
  it('are not given to people of departments where the giver does not have them', async () => {
    const [mine, theirs] = [await department(world.places.company), await department(world.places.company)]
    const leads = await role([], [await rule('OWN_SUBTREE', ['mobile'])])
    const assigns = await role([
      ability('role.assign', 'SUBTREE', mine),
      ability('role.assign', 'SUBTREE', theirs),
    ])
    const { admin } = await delegate([mine], [leads, assigns])
    const [near, far] = [await person([mine]), await person([theirs])]
    await refused(admin, 'setStaffRoles', { id: far, roleIds: [leads] })
    expect(await admin.edit('setStaffRoles', { id: near, roleIds: [leads] })).toMatchObject(EDITED)
  })

  it('do not grow by a membership that only moves people', async () => {
    const place = await department(world.places.company)
    const below = await department(place)
    const rights = await role([
      ability('staff.write', 'ORGANISATION', null, ['memberships']),
      ability('staff.account', 'OWN_SUBTREE'),
    ])
    const { admin, me } = await delegate([place], [rights])
    const top = { departmentId: world.places.company }
    const both = [{ departmentId: place }, top]
    await refused(admin, 'updateStaff', { id: me.id, memberships: both })
    expect(
      await admin.edit('updateStaff', { id: me.id, memberships: [{ departmentId: below }] }),
    ).toMatchObject(EDITED)
    // Nor by sight of them.
    const sees = await role(
      [ability('staff.write', 'ORGANISATION', null, ['memberships'])],
      [await rule('OWN_SUBTREE', ['mobile'])],
    )
    const watcher = await delegate([place], [sees])
    await refused(watcher.admin, 'updateStaff', { id: watcher.me.id, memberships: both })
    // Nor for somebody else, who would do it for them.
    const puppet = await person([place], { roleIds: [rights] })
    await refused(watcher.admin, 'updateStaff', { id: puppet, memberships: both })
  })

  it('do not grow by a merge of departments', async () => {
    const top = await department(world.places.company)
    const [mine, theirs] = [await department(top), await department(top)]
    await person([theirs])
    const rights = await role([
      ability('department.write', 'SUBTREE', top),
      ability('staff.write', 'OWN_SUBTREE'),
    ])
    const { admin } = await delegate([mine], [rights])
    await refused(admin, 'mergeDepartment', { id: mine, intoId: top })
    await refused(admin, 'deleteDepartment', { id: mine, contents: 'MOVE', moveToId: theirs })
  })
})

describe('[T36] nobody is drawn to where a delegate may do more', () => {
  it('by a new department, or by one less', async () => {
    const top = await department(world.places.company)
    const [strong, weak] = [await department(top), await department(top)]
    const rights = await role([
      ability('staff.write', 'SUBTREE', top, ['memberships']),
      ability('staff.write', 'SUBTREE', strong),
    ])
    const { admin } = await delegate([top], [rights])
    const [far, both] = [await person([weak]), await person([weak, strong])]
    const memberships = [{ departmentId: strong }]
    await refused(admin, 'updateStaff', { id: far, memberships })
    await refused(admin, 'updateStaff', { id: both, memberships })
    const top2 = [{ departmentId: top }]
    expect(await admin.edit('updateStaff', { id: far, memberships: top2 })).toMatchObject(EDITED)
  })

  it('by a department that moves, is merged, goes or comes back', async () => {
    const top = await department(world.places.company)
    const [strong, weak, gone] = [await department(top), await department(top), await department(top)]
    await department(weak)
    const aside = await department(top)
    const [far, both] = [await person([weak]), await person([aside, strong])]
    await world.hr.edit('deleteDepartment', { id: gone })
    const rights = await role([
      ability('department.write', 'SUBTREE', top),
      ability('staff.write', 'SUBTREE', strong),
    ])
    const { admin } = await delegate([top], [rights])
    await refused(admin, 'moveDepartment', { id: weak, parentId: strong })
    await refused(admin, 'mergeDepartment', { id: weak, intoId: strong })
    await refused(admin, 'deleteDepartment', { id: weak, contents: 'MOVE', moveToId: strong })
    await refused(admin, 'deleteDepartment', { id: aside, contents: 'TRASH' })
    await refused(admin, 'restoreDepartment', { id: gone, parentId: strong })
    expect(await admin.edit('restoreDepartment', { id: gone })).toMatchObject(EDITED)
    expect(await admin.edit('moveDepartment', { id: gone, parentId: weak })).toMatchObject(EDITED)
    expect(world.state.get('staff', both)?.memberships).toHaveLength(2)
    expect(world.state.get('staff', far)?.memberships.map((m) => m.departmentId)).toEqual([weak])
  })
})

describe('[T36] a delegate and somebody who may do more', () => {
  it('does not let them go by a leave date', async () => {
    const place = await department(world.places.company)
    const boss = await person([place], {
      roleIds: [roleNamed('Administrator').id],
      leaveDate: '2099-01-01',
    })
    const clerk = await person([place])
    const { admin, me } = await delegate(
      [place],
      [await role([ability('staff.write', 'SUBTREE', place, ['leaveDate', 'title'])])],
    )
    await refused(admin, 'updateStaff', { id: boss, leaveDate: '2020-01-01' })
    await refused(admin, 'updateStaff', { id: boss, leaveDate: null })
    expect(await admin.edit('updateStaff', { id: me.id, leaveDate: '2020-01-01' })).toMatchObject({
      __typename: 'EditRefused',
      code: 'OWN_ACCOUNT',
    })
    expect(await admin.edit('updateStaff', { id: boss, title: 'Boss' })).toMatchObject(EDITED)
    expect(await admin.edit('updateStaff', { id: clerk, leaveDate: '2099-01-01' })).toMatchObject(EDITED)
  })

  it('does not bring them back from the trash', async () => {
    const top = await department(world.places.company)
    const place = await department(top)
    const roleIds = [roleNamed('Administrator').id]
    const [boss, other] = [await person([top], { roleIds }), await person([place], { roleIds })]
    const clerk = await person([place])
    expect(await world.hr.edit('deleteStaff', { id: boss })).toMatchObject(EDITED)
    expect(await world.hr.edit('deleteDepartment', { id: place, contents: 'TRASH' })).toMatchObject(EDITED)
    const rights = [ability('department.write', 'SUBTREE', top), ability('staff.write', 'SUBTREE', top)]
    const { admin } = await delegate([top], [await role(rights)])
    await refused(admin, 'restoreStaff', { id: boss })
    expect(await admin.edit('restoreDepartment', { id: place })).toMatchObject(EDITED)
    expect(world.state.get('staff', other)?.status).toBe('TRASHED')
    expect(world.state.get('staff', clerk)?.status).toBe('ACTIVE')
  })

  it('does not take over the account of one who sees more', async () => {
    const place = await department(world.places.company)
    const sees = await role([], [await rule('ORGANISATION', ['mobile'])])
    const [insider, clerk] = [await person([place], { roleIds: [sees] }), await person([place])]
    const rights = [ability('staff.account', 'SUBTREE', place), ability('staff.write', 'SUBTREE', place)]
    const { admin } = await delegate([place], [await role(rights)])
    const invited = async (id: string) =>
      (await admin.client.query('mutation ($id: ID!) { inviteStaff(id: $id) { __typename } }', { id }))[
        'inviteStaff'
      ]
    expect(await invited(insider)).toMatchObject({ __typename: 'NotPermitted' })
    expect(await invited(clerk)).toMatchObject({ __typename: 'Invitation' })
    await refused(admin, 'updateStaff', { id: insider, login: 'mine.now' })
  })

  it('does not set the mail address of one who may or sees more: links to new passwords go there', async () => {
    const place = await department(world.places.company)
    const boss = await person([place], {
      roleIds: [roleNamed('Administrator').id],
      email: ['boss@example.com'],
    })
    const sees = await role([], [await rule('ORGANISATION', ['mobile'])])
    const [insider, clerk] = [await person([place], { roleIds: [sees] }), await person([place])]
    const rights = [ability('staff.write', 'SUBTREE', place, ['email', 'title'])]
    const { admin } = await delegate([place], [await role(rights)])
    const email = ['mine@example.com']
    await refused(admin, 'updateStaff', { id: boss, email })
    await refused(admin, 'updateStaff', { id: boss, email: [] })
    await refused(admin, 'updateStaff', { id: boss, email: ['boss@example.com', ...email] })
    await refused(admin, 'updateStaff', { id: insider, email })
    expect(await admin.edit('updateStaff', { id: clerk, email })).toMatchObject(EDITED)
    const same = { id: boss, title: 'Boss', email: ['boss@example.com'] }
    expect(await admin.edit('updateStaff', same)).toMatchObject(EDITED)
  })

  it('does not take away in a role or a rule what they could not give', async () => {
    const writes = [ability('role.write', 'ORGANISATION'), ability('rule.write', 'ORGANISATION')]
    const { admin } = await delegate([world.places.company], [await role(writes)])
    const wide = await rule('ORGANISATION', ['mobile'])
    const victim = await role([ability('audit.read', 'ORGANISATION')], [wide])
    await refused(admin, 'updateRole', { id: victim, abilities: [] })
    await refused(admin, 'updateRole', { id: victim, ruleIds: [] })
    await refused(admin, 'updateRule', {
      id: wide,
      departmentTypeIds: [],
      staffTypeIds: [],
      sensitiveFields: [],
    })
    const own = await role([ability('role.write', 'ORGANISATION')])
    expect(await admin.edit('updateRole', { id: own, abilities: [] })).toMatchObject(EDITED)
  })

  it('shows nobody a sensitive field by saying that it is not', async () => {
    const { admin } = await delegate(
      [world.places.company],
      [await role([ability('field.write', 'ORGANISATION')])],
    )
    const field = await world.hr.edit('createField', {
      key: 'salary',
      label: 'Salary',
      appliesTo: 'STAFF',
      isSensitive: true,
    })
    await person([world.places.company], { metadata: [{ key: 'salary', value: '1' }] })
    const builtin = only([...world.state.all('fieldDefinition')].find((f) => f.key === 'mobile'))
    for (const id of [only(field.id), builtin.id])
      await refused(admin, 'updateField', { id, isSensitive: false })
    const hidden = { key: 'nickname', label: 'Nickname', appliesTo: 'STAFF', isSensitive: true }
    const nickname = await world.hr.edit('createField', hidden)
    await refused(admin, 'deleteField', { id: nickname.id })
    const plain = await admin.edit('createField', { key: 'shoe', label: 'Shoe', appliesTo: 'STAFF' })
    expect(plain).toMatchObject(EDITED)
    expect(await admin.edit('updateField', { id: plain.id, isSensitive: true })).toMatchObject(EDITED)
    expect(await world.hr.edit('updateField', { id: field.id, isSensitive: false })).toMatchObject(EDITED)
  })
})

describe('[T36] who writes roles and rules', () => {
  it('is told which part goes beyond their own rights, and beforehand which rules and abilities are within them', async () => {
    const writes = await role([
      ability('role.write', 'ORGANISATION'),
      ability('rule.write', 'ORGANISATION'),
      ability('type.write', 'ORGANISATION'),
    ])
    const { admin } = await delegate([world.places.company], [writes, roleNamed('Employee').id])
    const own = only(roleNamed('Employee').ruleIds[0])
    const beyond = await rule('ORGANISATION', ['mobile'])
    const [mine, more] = [ability('role.write', 'ORGANISATION'), ability('staff.write', 'ORGANISATION')]
    const given = await role([more], [own, beyond])
    const entry = only(world.state.get('role', given))
    for (const [mutation, input, part] of [
      ['createRole', { name: 'x', ruleIds: [own, beyond] }, 'ruleIds.1'],
      ['createRole', { name: 'x', abilities: [mine, more] }, 'abilities.1'],
      // What is in it already may stay, and is counted.
      [
        'updateRole',
        { id: given, ruleIds: [beyond, own], abilities: [more, mine, ability('*', 'ORGANISATION')] },
        'abilities.2',
      ],
      ['updateRole', { id: given, ruleIds: [own] }, 'ruleIds'],
      ['updateRole', { id: given, abilities: [] }, 'abilities'],
      [
        'createRule',
        { name: 'x', departmentTypeIds: [], staffTypeIds: [], sensitiveFields: ['mobile'] },
        'sensitiveFields',
      ],
      [
        'updateRule',
        { id: own, staffTypeIds: [...world.state.all('staffType')].map(({ id }) => id) },
        'staffTypeIds',
      ],
    ] as const) {
      const answer = await admin.edit(mutation, input)
      expect([mutation, answer]).toMatchObject([mutation, { ...NOT_PERMITTED, part }])
    }
    expect(await admin.edit('updateRole', { id: given, abilities: [more, mine] })).toMatchObject(EDITED)
    const { roles, rules } = (await admin.administered(
      'rules { id isWithinOwn } roles { id abilities { name isWithinOwn } }',
    )) as unknown as {
      rules: { id: string; isWithinOwn: boolean }[]
      roles: { id: string; abilities: { name: string; isWithinOwn: boolean }[] }[]
    }
    expect(rules.find(({ id }) => id === own)?.isWithinOwn).toBe(true)
    expect(rules.find(({ id }) => id === beyond)?.isWithinOwn).toBe(false)
    expect(roles.find(({ id }) => id === entry.id)?.abilities).toEqual([
      { name: 'role.write', isWithinOwn: true },
      { name: 'staff.write', isWithinOwn: false },
    ])
  })

  it('[T37] is shown of those that keep something from being deleted only whom they administer', async () => {
    const writes = await role([ability('role.write', 'ORGANISATION')])
    const { admin } = await delegate([world.places.company], [writes])
    const used = await role([])
    await person([world.places.company], { roleIds: [used] })
    expect(await admin.edit('deleteRole', { id: used })).toMatchObject({
      code: 'IN_USE',
      usedByCount: 1,
      usedBy: [],
    })
  })

  it('[V10] [T24] counts in the matrix of types only people whose roles they may read', async () => {
    const place = await department(world.places.company)
    const seen = await Promise.all([1, 2, 3].map(async () => await person([place])))
    const assigns = await role([ability('role.assign', 'SUBTREE', place)])
    const explains = await role([ability('access.explain', 'ORGANISATION')])
    const matrixOf = async (roleId: string) => {
      const { admin } = await delegate([world.places.company], [roleId])
      const { typeMatrix } = await admin.administered('typeMatrix { viewerTypeId viewerCount }')
      return typeMatrix
    }
    expect(await matrixOf(assigns)).toEqual([
      { viewerTypeId: world.places.staffType, viewerCount: seen.length },
    ])
    expect(await matrixOf(explains)).toEqual([])
  })
})
