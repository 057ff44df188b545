import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Device } from '../support/device.ts'
import { rowsOf } from '../support/apply.ts'
import { type EditWorld, startEditWorld } from './world.ts'

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())

const IN_USE = { __typename: 'EditRefused', code: 'IN_USE' }
let serial = 0
async function made(mutation: string, input: Record<string, unknown>): Promise<string> {
  const answer = await world.hr.edit(mutation, input)
  if (answer.id === undefined) throw new Error(JSON.stringify(answer))
  return answer.id
}
const person = (more: Record<string, unknown>) => ({
  login: `catalogue${++serial}`,
  name: `Catalogue ${serial}`,
  typeId: world.places.staffType,
  memberships: [{ departmentId: world.places.company }],
  ...more,
})
const someone = (login: string) => [...world.state.all('staff')].find((s) => s.login === login)

describe('[L8] types, fields, rules and roles', () => {
  it('are created, edited and deleted', async () => {
    for (const appliesTo of ['DEPARTMENT', 'STAFF']) {
      const id = await made('createType', { appliesTo, name: `Type of ${appliesTo}`, description: 'New' })
      const entry = { __typename: 'AdminType', id, appliesTo, name: 'Renamed', description: null }
      expect(
        await world.hr.edit('updateType', { id, appliesTo, name: 'Renamed', description: null }),
      ).toMatchObject({ entry })
      expect(await world.hr.edit('deleteType', { id, appliesTo })).toMatchObject({
        version: expect.any(String),
        id,
        entry: null,
      })
    }
    const field = await made('createField', {
      key: 'hobby',
      label: 'Hobby',
      appliesTo: 'STAFF',
      isSensitive: true,
    })
    expect(
      await world.hr.edit('updateField', { id: field, label: 'Hobbies', isSensitive: false }),
    ).toMatchObject({
      entry: { key: 'hobby', label: 'Hobbies', isSensitive: false },
    })
    const { departmentType, staffType } = world.places
    const rule = await made('createRule', {
      name: 'Only these',
      departmentTypeIds: [departmentType],
      staffTypeIds: [staffType],
      scope: 'OWN_SUBTREE',
      sensitiveFields: ['mobile'],
    })
    expect(
      await world.hr.edit('updateRule', { id: rule, scope: 'ORGANISATION', sensitiveFields: [] }),
    ).toMatchObject({
      entry: {
        name: 'Only these',
        scope: 'ORGANISATION',
        sensitiveFields: [],
        staffTypes: [{ id: staffType }],
      },
    })
    const ability = {
      name: 'staff.write',
      scope: 'SUBTREE',
      departmentId: world.places.company,
      fields: ['title'],
    }
    const role = await made('createRole', { name: 'Title editor', ruleIds: [rule], abilities: [ability] })
    expect(
      await world.hr.edit('updateRole', {
        id: role,
        abilities: [{ ...ability, fields: ['title', 'nickname'] }],
      }),
    ).toMatchObject({
      entry: {
        name: 'Title editor',
        rules: [{ id: rule }],
        abilities: [{ ...ability, fields: ['nickname', 'title'] }],
      },
    })
    for (const [mutation, id] of [
      ['deleteRole', role],
      ['deleteRule', rule],
      ['deleteField', field],
    ] as const)
      expect(await world.hr.edit(mutation, { id })).toMatchObject({
        version: expect.any(String),
        entry: null,
      })
  })

  it('that something refers to are not deleted', async () => {
    const type = await made('createType', { appliesTo: 'STAFF', name: 'Used' })
    const rule = await made('createRule', { name: 'Used', departmentTypeIds: [], staffTypeIds: [type] })
    const role = await made('createRole', { name: 'Used', ruleIds: [rule] })
    const field = await made('createField', { key: 'used', label: 'Used', appliesTo: 'STAFF' })
    const made2 = await world.hr.edit(
      'createStaff',
      person({ typeId: type, roleIds: [role], metadata: [{ key: 'used', value: 'x' }] }),
    )
    const id = made2.staff?.id
    const by = (usedBy: [string, string | undefined][]) => ({
      ...IN_USE,
      usedByCount: usedBy.length,
      usedBy: usedBy.map(([__typename, used]) => ({ __typename, id: used })),
    })
    expect(await world.hr.edit('deleteType', { id: type, appliesTo: 'STAFF' })).toMatchObject(
      by([
        ['AdminRule', rule],
        ['AdminStaff', id],
      ]),
    )
    expect(await world.hr.edit('deleteRule', { id: rule })).toMatchObject(by([['AdminRole', role]]))
    expect(await world.hr.edit('deleteRole', { id: role })).toMatchObject(by([['AdminStaff', id]]))
    expect(await world.hr.edit('deleteField', { id: field })).toMatchObject(by([['AdminStaff', id]]))
    // In the trash it would come back to nothing.
    await world.hr.edit('deleteStaff', { id })
    expect(await world.hr.edit('deleteRole', { id: role })).toMatchObject(IN_USE)
  })

  it('hold under concurrency: a type and somebody of it are never deleted and made at once', async () => {
    for (let round = 0; round < 6; round++) {
      const type = await made('createType', { appliesTo: 'STAFF', name: `Racing ${round}` })
      const [gone, created] = await Promise.all([
        world.hr.edit('deleteType', { id: type, appliesTo: 'STAFF' }),
        world.hr.edit('createStaff', person({ typeId: type })),
      ])
      const outcome = [gone.__typename, created.__typename]
      expect([
        ['CatalogueEdited', 'InvalidInput'],
        ['EditRefused', 'StaffEdited'],
      ]).toContainEqual(outcome)
    }
  })

  it('[T67] edited on a revision that is not current answer what is current', async () => {
    const id = await made('createType', { appliesTo: 'STAFF', name: 'Revised' })
    const first = await world.hr.edit('updateType', { id, appliesTo: 'STAFF', description: 'one' })
    const { revision } = Reflect.get(first, 'entry') as { revision: string }
    await world.hr.edit('updateType', { id, appliesTo: 'STAFF', description: 'two', ifRevision: revision })
    expect(
      await world.hr.edit('updateType', {
        id,
        appliesTo: 'STAFF',
        description: 'three',
        ifRevision: revision,
      }),
    ).toMatchObject({
      __typename: 'EditConflict',
      current: { __typename: 'AdminType' },
    })
  })

  it('[T33] a rule that is edited reaches open sockets, and what it took away leaves the device', async () => {
    const guest = new Device(await world.server.login('guest', 'dolores'))
    await guest.load()
    await guest.follow()
    const role = world.state.get('role', someone('guest')?.roleIds[0] ?? '')
    const rule = world.state.get('rule', role?.ruleIds[0] ?? '')
    expect(rowsOf(guest.copy).length).toBeGreaterThan(0)
    const before = { id: rule?.id, departmentTypeIds: rule?.departmentTypeIds }
    await world.hr.edit('updateRule', { id: rule?.id, departmentTypeIds: [] })
    await guest.next()
    expect(rowsOf(guest.copy)).toEqual([])
    await world.hr.edit('updateRule', before)
    await guest.next()
    expect(rowsOf(guest.copy).length).toBeGreaterThan(0)
    await guest.close()
  })
})

describe('[T36] who may write rights', () => {
  it('names fields in abilities that there are: of the catalogue, or built in', async () => {
    await made('createField', { key: 'badge', label: 'Badge', appliesTo: 'STAFF' })
    const ability = (fields: readonly string[]) => [{ name: 'staff.write', scope: 'ORGANISATION', fields }]
    const id = await made('createRole', {
      name: 'Badges',
      abilities: ability(['badge', 'photo', 'leaveDate']),
    })
    for (const [mutation, input] of [
      ['createRole', { name: 'Typo', abilities: ability(['title', 'bagde']) }],
      ['updateRole', { id, abilities: ability(['badge', 'bagde']) }],
    ] as const)
      expect([mutation, await world.hr.edit(mutation, input)]).toMatchObject([
        mutation,
        { __typename: 'InvalidInput', issues: [{ path: 'abilities.0.fields.1' }] },
      ])
    // One that abilities name does not go under them.
    const field = [...world.state.all('fieldDefinition')].find((f) => f.key === 'badge')
    expect(await world.hr.edit('deleteField', { id: field?.id })).toMatchObject({ code: 'IN_USE' })
  })

  it('puts nothing into rules and roles that they do not have themselves', async () => {
    const { departmentType, staffType } = world.places
    const open = await made('createRule', {
      name: 'Open',
      departmentTypeIds: [departmentType],
      staffTypeIds: [staffType],
    })
    const abilities = ['role.write', 'rule.write', 'role.assign'].map((name) => ({
      name,
      scope: 'ORGANISATION',
      fields: [],
    }))
    const role = await made('createRole', { name: 'Rights clerk', ruleIds: [open], abilities })
    await world.hr.edit('setStaffRoles', { id: someone('staff')?.id, roleIds: [role] })
    const clerk = await world.as('staff')
    const NOT_PERMITTED = { __typename: 'NotPermitted' }
    const everything = [...world.state.all('rule')].find((r) => r.name === 'Everything')
    const administrator = [...world.state.all('role')].find((r) => r.name === 'Administrator')
    for (const [mutation, input, answer] of [
      [
        'createRule',
        { name: 'Mine', departmentTypeIds: [departmentType], staffTypeIds: [staffType] },
        { __typename: 'CatalogueEdited' },
      ],
      [
        'createRule',
        { name: 'More', departmentTypeIds: [departmentType], staffTypeIds: everything?.staffTypeIds },
        NOT_PERMITTED,
      ],
      [
        'createRule',
        {
          name: 'Phones',
          departmentTypeIds: [departmentType],
          staffTypeIds: [staffType],
          sensitiveFields: ['mobile'],
        },
        NOT_PERMITTED,
      ],
      ['updateRule', { id: open, sensitiveFields: ['mobile'] }, NOT_PERMITTED],
      ['updateRole', { id: role, ruleIds: [open, everything?.id] }, NOT_PERMITTED],
      [
        'updateRole',
        {
          id: role,
          abilities: [...abilities, { name: 'staff.write', scope: 'ORGANISATION', fields: ['*'] }],
        },
        NOT_PERMITTED,
      ],
      [
        'updateRole',
        { id: role, abilities: [{ name: '*', scope: 'ORGANISATION', fields: ['*'] }] },
        NOT_PERMITTED,
      ],
      [
        'createRole',
        { name: 'Super', abilities: [{ name: 'type.write', scope: 'ORGANISATION', fields: ['*'] }] },
        NOT_PERMITTED,
      ],
      ['setStaffRoles', { id: someone('staff')?.id, roleIds: [role, administrator?.id] }, NOT_PERMITTED],
      ['setStaffRoles', { id: someone('hr')?.id, roleIds: [] }, NOT_PERMITTED],
      ['updateRole', { id: role, name: 'Rights office' }, { __typename: 'CatalogueEdited' }],
    ] as const)
      expect([mutation, input, await clerk.edit(mutation, input)]).toMatchObject([mutation, input, answer])
  })
})
