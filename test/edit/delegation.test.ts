import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role, Staff } from '../../src/model/entry.ts'
import { auditOf } from '../audit/log.ts'
import { ancestry } from '../../src/model/state.ts'
import { type Administrator, type EditWorld, startEditWorld } from './world.ts'

/** Somebody who looks after one branch, and nothing else. */
let world: EditWorld
let delegate: Administrator
let me: Staff
let branch: string
beforeAll(async () => {
  world = await startEditWorld()
  const role = roleNamed('Branch administrator')
  branch = role.abilities[0]?.departmentId ?? ''
  const holder = only([...world.state.all('staff')].find((s) => s.roleIds.includes(role.id)))
  me = holder
  delegate = await world.as(holder.login)
})
afterAll(async () => await world?.close())

const only = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the demo company has none')
  return value
}
const roleNamed = (name: string): Role => only([...world.state.all('role')].find((r) => r.name === name))
const isInside = (departmentId: string) =>
  [...ancestry(world.state, departmentId)].some(({ id }) => id === branch)
const people = () => [...world.state.all('staff')].filter((s) => s.status === 'ACTIVE' && s.id !== me.id)
const inside = () =>
  people().filter((s) => s.memberships.length > 0 && s.memberships.every((m) => isInside(m.departmentId)))
const outside = () => people().filter((s) => s.memberships.every((m) => !isInside(m.departmentId)))
const outsideDepartment = () =>
  only(
    [...world.state.all('department')].find(
      (d) => d.status === 'ACTIVE' && !isInside(d.id) && d.parentId !== null,
    ),
  )
let serial = 0
const person = (departmentId: string, more: object = {}) => ({
  login: `delegated${++serial}`,
  name: `Delegated ${serial}`,
  typeId: world.places.staffType,
  memberships: [{ departmentId }],
  ...more,
})
const nothingWritten = async (act: () => Promise<unknown>) => {
  const version = world.server.instance.replica.version
  const answer = await act()
  expect(world.server.instance.replica.version).toBe(version)
  return answer
}
const NOT_FOUND = { __typename: 'NotFound', code: 'NOT_FOUND' }
const NOT_PERMITTED = { __typename: 'NotPermitted', code: 'NOT_PERMITTED' }

describe('[V10] the administration of a delegate', () => {
  it('[T37] shows what the scope holds and nothing else, whatever way it is asked', async () => {
    const admin = await delegate.admin(
      `departments { edges { node { id } } }
       staffList(first: 100) { totalCount edges { node { id memberships { departmentId } manager { id } } } }`,
    )
    const { departments, staffList } = admin as {
      departments: { edges: { node: { id: string } }[] }
      staffList: {
        edges: {
          node: { id: string; memberships: { departmentId: string }[]; manager: { id: string } | null }
        }[]
      }
    }
    expect(departments.edges.map(({ node }) => node.id)).toEqual([branch])
    for (const { node } of staffList.edges) {
      const entry = only(world.state.get('staff', node.id))
      expect(entry.memberships.some((m) => isInside(m.departmentId))).toBe(true)
      expect(node.memberships.every((m) => isInside(m.departmentId))).toBe(true)
      const manager = node.manager && world.state.get('staff', node.manager.id)
      if (manager) expect(manager.memberships.some((m) => isInside(m.departmentId))).toBe(true)
    }
    const shown = new Set(staffList.edges.map(({ node }) => node.id))
    expect(inside().every((s) => shown.has(s.id))).toBe(true)
  })

  it('[T22] [T37] answers byte for byte the same to what is out of the scope, missing and malformed', async () => {
    const query =
      'query ($id: ID!) { admin { staff(id: $id) { id } department(id: $id) { id } staffList(departmentId: $id) { totalCount } departments(parentId: $id) { totalCount } } }'
    const answer = async (id: string) => JSON.stringify((await delegate.client.ask(query, { id })).data)
    const missing = await answer('00000000-0000-4000-8000-000000000000')
    for (const id of [only(outside()[0]).id, outsideDepartment().id, 'x', '*', '', 'a'.repeat(5000)])
      expect(await answer(id)).toBe(missing)
  })

  it('is null for those without any ability', async () => {
    const plain = await world.as(
      only(
        people().find(
          (s) =>
            s.roleIds.every((id) => world.state.get('role', id)?.abilities.length === 0) &&
            s.roleIds.length > 0,
        ),
      ).login,
    )
    expect(await plain.admin('abilities { name }')).toBeNull()
  })
})

describe('[T36] a delegate', () => {
  it('edits, creates, moves, disables, deletes and restores inside the scope', async () => {
    const made = await delegate.edit('createStaff', person(branch))
    expect(made).toMatchObject({ __typename: 'StaffEdited' })
    const id = made.staff?.id
    const department = await delegate.edit('createDepartment', {
      name: 'Branch office',
      typeId: world.places.departmentType,
      parentId: branch,
    })
    expect(department).toMatchObject({ __typename: 'DepartmentEdited' })
    const departmentId = department.department?.id
    for (const [mutation, input] of [
      ['updateStaff', { id, title: 'Clerk', memberships: [{ departmentId }] }],
      ['updateStaff', { id, isDisabled: true }],
      ['updateStaff', { id, isDisabled: false }],
      ['deleteStaff', { id }],
      ['restoreStaff', { id }],
      ['updateDepartment', { id: departmentId, name: 'Branch bureau' }],
      ['moveDepartment', { id: departmentId, afterId: null }],
      ['deleteDepartment', { id: departmentId, contents: 'TRASH' }],
      ['restoreDepartment', { id: departmentId }],
    ] as const)
      expect([mutation, await delegate.edit(mutation, input)]).toMatchObject([
        mutation,
        { __typename: expect.stringMatching(/Edited$/) },
      ])
  })

  it('does not find what is out of the scope', async () => {
    const [stranger, department] = [only(outside()[0]), outsideDepartment()]
    for (const [mutation, input] of [
      ['updateStaff', { id: stranger.id, title: 'x' }],
      ['updateStaff', { id: stranger.id, isDisabled: true }],
      ['deleteStaff', { id: stranger.id }],
      ['setStaffRoles', { id: stranger.id, roleIds: [] }],
      ['createStaff', person(department.id)],
      ['createDepartment', { name: 'x', typeId: world.places.departmentType, parentId: department.id }],
      ['updateDepartment', { id: department.id, name: 'x' }],
      ['moveDepartment', { id: department.id, parentId: branch }],
      ['deleteDepartment', { id: department.id }],
      ['mergeDepartment', { id: department.id, intoId: branch }],
      ['setDepartmentLeaders', { id: department.id, staffIds: [] }],
    ] as const)
      expect([mutation, await nothingWritten(() => delegate.edit(mutation, input))]).toMatchObject([
        mutation,
        NOT_FOUND,
      ])
  })

  it('moves nothing and nobody across the border, in or out, and makes nobody at the top', async () => {
    const insider = only(inside()[0])
    const department = outsideDepartment()
    for (const [mutation, input, answer] of [
      ['updateStaff', { id: insider.id, memberships: [{ departmentId: department.id }] }, NOT_FOUND],
      ['updateStaff', { id: insider.id, memberships: [] }, NOT_PERMITTED],
      ['createStaff', { ...person(branch), memberships: [] }, NOT_PERMITTED],
      ['createDepartment', { name: 'Top', typeId: world.places.departmentType }, NOT_PERMITTED],
      ['moveDepartment', { id: branch, parentId: null }, NOT_PERMITTED],
      ['deleteDepartment', { id: branch, contents: 'TRASH' }, NOT_PERMITTED],
    ] as const)
      expect([mutation, await nothingWritten(() => delegate.edit(mutation, input))]).toMatchObject([
        mutation,
        answer,
      ])
  })

  it('[T29] is not told by a name that is taken that a department is there which they do not see', async () => {
    const hidden = only(
      [...world.state.all('department')].find(
        (d) =>
          d.status === 'ACTIVE' &&
          d.id !== branch &&
          d.parentId === world.state.get('department', branch)?.parentId,
      ),
    )
    const { name = '' } = world.state.get('department', branch) ?? {}
    expect(await delegate.edit('updateDepartment', { id: branch, name: hidden.name })).toMatchObject({
      __typename: 'DepartmentEdited',
    })
    // Whoever sees both keeps them apart.
    expect(await world.hr.edit('updateDepartment', { id: hidden.id, name: `${hidden.name} ` })).toMatchObject(
      {
        __typename: 'InvalidInput',
      },
    )
    expect(await delegate.edit('updateDepartment', { id: branch, name })).toMatchObject({
      __typename: 'DepartmentEdited',
    })
  })

  it('is written down under what was to be edited, with what was named for it', async () => {
    const [insider, hidden] = [only(inside()[0]), only(outside()[0])]
    expect(await delegate.edit('updateStaff', { id: insider.id, managerId: hidden.id })).toMatchObject(
      NOT_FOUND,
    )
    await expect
      .poll(async () => (await auditOf(world.server.database)).filter((r) => r.outcome === 'REFUSED').at(-1))
      .toMatchObject({
        action: 'staff.update',
        subjectId: insider.id,
        detail: { namedId: hidden.id, named: hidden.name },
      })
  })

  it('does not edit somebody who belongs to another part as well', async () => {
    const made = await world.hr.edit('createStaff', {
      ...person(branch),
      memberships: [{ departmentId: branch }, { departmentId: outsideDepartment().id }],
    })
    const id = made.staff?.id
    const admin = await delegate.admin('staff(id: $id) { id memberships { departmentId } mobile }', {
      id: id ?? '',
    })
    expect(admin?.['staff']).toEqual({ id, memberships: [{ departmentId: branch }], mobile: null })
    expect(await nothingWritten(() => delegate.edit('updateStaff', { id, title: 'Mine' }))).toMatchObject(
      NOT_PERMITTED,
    )
    expect(
      await nothingWritten(() =>
        delegate.edit('updateStaff', { id, memberships: [{ departmentId: branch }] }),
      ),
    ).toMatchObject(NOT_PERMITTED)
    expect(await nothingWritten(() => delegate.edit('deleteStaff', { id }))).toMatchObject(NOT_PERMITTED)
  })

  it('gives nobody more rights than their own, takes none of those away, and does not raise themself', async () => {
    const insider = only(inside()[0])
    for (const name of ['Administrator', 'HR partner', 'Insider', 'Branch administrator'] as const) {
      const answer = await delegate.edit('setStaffRoles', {
        id: insider.id,
        roleIds: [...insider.roleIds, roleNamed(name).id],
      })
      const isOwn = name === 'Branch administrator'
      expect([name, answer.__typename]).toEqual([name, isOwn ? 'StaffEdited' : 'NotPermitted'])
    }
    expect(
      await nothingWritten(() =>
        delegate.edit('setStaffRoles', {
          id: me.id,
          roleIds: [...me.roleIds, roleNamed('Administrator').id],
        }),
      ),
    ).toMatchObject(NOT_PERMITTED)
    const admin = await world.hr.edit('createStaff', {
      ...person(branch),
      roleIds: [roleNamed('Administrator').id],
    })
    const id = admin.staff?.id
    for (const [mutation, input] of [
      ['setStaffRoles', { id, roleIds: [] }],
      ['updateStaff', { id, login: 'mine.now' }],
      ['updateStaff', { id, isDisabled: true }],
      ['deleteStaff', { id }],
    ] as const)
      expect([mutation, await nothingWritten(() => delegate.edit(mutation, input))]).toMatchObject([
        mutation,
        NOT_PERMITTED,
      ])
  })

  it('writes no types, fields, rules and roles', async () => {
    const rule = only([...world.state.all('rule')][0])
    for (const [mutation, input] of [
      ['createType', { appliesTo: 'STAFF', name: 'x' }],
      ['createField', { key: 'x', label: 'x', appliesTo: 'STAFF' }],
      ['createRule', { name: 'x', departmentTypeIds: [], staffTypeIds: [] }],
      ['updateRule', { id: rule.id, name: 'x' }],
      ['createRole', { name: 'x' }],
      ['updateRole', { id: roleNamed('Branch administrator').id, abilities: [] }],
      ['deleteRole', { id: roleNamed('Guest').id }],
    ] as const)
      expect([mutation, await nothingWritten(() => delegate.edit(mutation, input))]).toMatchObject([
        mutation,
        NOT_PERMITTED,
      ])
  })

  it('restores nothing that was not theirs', async () => {
    const department = await world.hr.edit('createDepartment', {
      name: 'Elsewhere',
      typeId: world.places.departmentType,
      parentId: world.places.company,
    })
    const stranger = await world.hr.edit('createStaff', person(department.department?.id ?? ''))
    await world.hr.edit('deleteStaff', { id: stranger.staff?.id })
    await world.hr.edit('deleteDepartment', { id: department.department?.id })
    expect(
      await nothingWritten(() => delegate.edit('restoreStaff', { id: stranger.staff?.id })),
    ).toMatchObject(NOT_FOUND)
    expect(
      await nothingWritten(() =>
        delegate.edit('restoreDepartment', { id: department.department?.id, parentId: branch }),
      ),
    ).toMatchObject(NOT_FOUND)
    const trash = await delegate.admin('trash { ... on AdminDepartment { id } ... on AdminStaff { id } }')
    expect(JSON.stringify(trash)).not.toContain(stranger.staff?.id)
  })

  it('[T29] learns of a login that somebody out of the scope has that it cannot be used, and no more', async () => {
    const stranger = only(outside()[0])
    const insider = only(inside()[0])
    const taken = await delegate.edit('createStaff', person(branch, { login: stranger.login }))
    expect(taken.issues).toEqual([{ path: 'login', message: 'cannot be used: choose another one' }])
    expect(JSON.stringify(taken)).not.toContain(stranger.name)
    const known = await delegate.edit('createStaff', person(branch, { login: insider.login }))
    expect(known.issues).toEqual([{ path: 'login', message: `is the login of ${insider.name}` }])
  })

  it('[T38] sets nothing that is no field of the input', async () => {
    for (const field of [
      'dn',
      'roles',
      'roleIds',
      'status',
      'version',
      'isAdmin',
      'revision',
      'userPassword',
    ]) {
      const { errors } = await delegate.client.ask(
        'mutation ($input: UpdateStaffInput!) { updateStaff(input: $input) { __typename } }',
        { input: { id: me.id, [field]: 'x' } },
      )
      expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' })
    }
  })
})

describe('an ability for some fields', () => {
  it('covers exactly those', async () => {
    const role = roleNamed('HR partner')
    const made = await world.hr.edit('createStaff', { ...person(world.places.company) })
    const partner = only(
      people().find((s) => s.roleIds.includes(roleNamed('Employee').id) && s.memberships.length > 0),
    )
    await world.hr.edit('setStaffRoles', { id: partner.id, roleIds: [role.id] })
    const hr = await world.as(partner.login)
    const id = made.staff?.id
    expect(
      await hr.edit('updateStaff', { id, mobile: '13900002222', nickname: 'N', title: 'T' }),
    ).toMatchObject({
      staff: { mobile: '13900002222', nickname: 'N', title: 'T', email: [] },
    })
    for (const input of [
      { name: 'x' },
      { email: ['a@b.example'] },
      { typeId: world.places.staffType },
      { isDisabled: true },
      { metadata: [{ key: 'seat', value: 'x' }] },
      { mobile: '13900003333', login: 'x' },
    ])
      expect([input, await nothingWritten(() => hr.edit('updateStaff', { id, ...input }))]).toMatchObject([
        input,
        NOT_PERMITTED,
      ])
    expect(await nothingWritten(() => hr.edit('createStaff', person(world.places.company)))).toMatchObject(
      NOT_PERMITTED,
    )
  })
})

it('nobody takes a role from themself by a slip: whoever else may has to', async () => {
  const hr = [...world.state.all('staff')].find((s) => s.login === 'hr')
  const own = { id: hr?.id, roleIds: hr?.roleIds.slice(1) ?? [] }
  expect(await world.hr.edit('setStaffRoles', own)).toMatchObject({
    __typename: 'EditRefused',
    code: 'OWN_ACCOUNT',
  })
  expect(await world.hr.edit('setStaffRoles', { ...own, roleIds: hr?.roleIds ?? [] })).toMatchObject({
    __typename: 'StaffEdited',
  })
})
