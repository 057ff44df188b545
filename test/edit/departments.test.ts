import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EditAnswer, type EditWorld, startEditWorld } from './world.ts'

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())

let serial = 0
/** A department of its own for a test. */
async function made(
  parentId: string | null = world.places.company,
  name = `Department ${++serial}`,
): Promise<string> {
  const answer = await world.hr.edit('createDepartment', {
    name,
    typeId: world.places.departmentType,
    parentId,
  })
  return idOf(answer)
}

const idOf = (answer: EditAnswer): string => {
  if (!answer.department) throw new Error(JSON.stringify(answer))
  return answer.department.id
}
const order = async (parentId: string): Promise<string[]> => {
  const admin = await world.hr.admin(
    'department(id: $id) { children(first: 100) { edges { node { id } } } }',
    { id: parentId },
  )
  const found = admin?.['department'] as { children: { edges: { node: { id: string } }[] } } | undefined
  return found?.children.edges.map(({ node }) => node.id) ?? []
}
const ldap = async (id: string, ...attributes: string[]) =>
  await world.server.slapd.ldapsearch(`(entryUUID=${id})`, ...attributes)

describe('a department', () => {
  it('[L1] [K3] is created: in the answer, in LDAP, and at the version for everybody who may see it', async () => {
    const { company, departmentType } = world.places
    const answer = await world.hr.edit('createDepartment', {
      name: ' Space  flight ',
      typeId: departmentType,
      parentId: company,
      description: 'To the moon\r\nand back',
      metadata: [{ key: 'floor', value: '12' }],
    })
    expect(answer).toMatchObject({
      __typename: 'DepartmentEdited',
      version: expect.any(String),
      department: {
        name: 'Space flight',
        description: 'To the moon\nand back',
        status: 'ACTIVE',
        parent: { id: company },
        type: { id: departmentType },
        metadata: [{ key: 'floor', value: '12' }],
      },
    })
    const id = idOf(answer)
    expect(await ldap(id, 'displayName')).toContain('displayName: Space flight')
    const { department } = await world.hr.client.query(
      'query ($id: ID!, $v: Version!) { department(id: $id, waitFor: $v) { name } }',
      { id, v: answer.version },
    )
    expect(department).toEqual({ name: 'Space flight' })
  })

  it('[D8] the version of an edit is a cursor: nothing has changed since', async () => {
    const answer = await world.hr.edit('createDepartment', {
      name: `Department ${++serial}`,
      typeId: world.places.departmentType,
    })
    const { changesSince } = await world.hr.client.query(
      'query ($v: Version!) { changesSince(version: $v) { ... on Delta { changes { id } from to } } }',
      { v: answer.version },
    )
    expect(changesSince).toEqual({ changes: [], from: answer.version, to: answer.version })
  })

  it('is renamed, described, retyped, disabled and given custom fields by one write', async () => {
    const id = await made()
    const team = [...world.state.all('departmentType')].find((t) => t.name.startsWith('Team'))?.id
    const before = world.server.instance.replica.version
    const answer = await world.hr.edit('updateDepartment', {
      id,
      name: 'Renamed',
      description: 'What it does',
      typeId: team,
      isDisabled: true,
      metadata: [
        { key: 'floor', value: '3' },
        { key: 'costCentre', value: '99' },
      ],
    })
    expect(answer).toMatchObject({
      department: {
        name: 'Renamed',
        description: 'What it does',
        type: { id: team },
        status: 'DISABLED',
        metadata: [
          { key: 'costCentre', value: '99' },
          { key: 'floor', value: '3' },
        ],
      },
    })
    expect(world.server.instance.replica.version).toBe(before + 1)
    const cleared = await world.hr.edit('updateDepartment', {
      id,
      description: null,
      isDisabled: false,
      metadata: [{ key: 'floor', value: null }],
    })
    expect(cleared).toMatchObject({
      department: {
        name: 'Renamed',
        description: null,
        status: 'ACTIVE',
        metadata: [{ key: 'costCentre', value: '99' }],
      },
    })
  })

  it('[L5] an edit that changes nothing makes no version', async () => {
    const id = await made()
    const before = world.server.instance.replica.version
    const answer = await world.hr.edit('updateDepartment', {
      id,
      name: world.state.get('department', id)?.name,
    })
    expect(answer).toMatchObject({ __typename: 'DepartmentEdited', version: expect.any(String) })
    expect(world.server.instance.replica.version).toBe(before)
  })

  it('is put among its siblings by one write, at the first place, behind any other, at the last', async () => {
    const parent = await made()
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.push(await made(parent))
    const [a = '', b = '', c = '', d = '', e = ''] = ids
    expect(await order(parent)).toEqual(ids)
    const moves: [Record<string, unknown>, string[]][] = [
      [{ id: e, afterId: null }, [e, a, b, c, d]],
      [{ id: e, afterId: b }, [a, b, e, c, d]],
      [{ id: a, parentId: parent }, [b, e, c, d, a]],
      [{ id: c, afterId: b }, [b, c, e, d, a]],
    ]
    for (const [move, expected] of moves) {
      const before = world.server.instance.replica.version
      expect(await world.hr.edit('moveDepartment', move)).toMatchObject({ __typename: 'DepartmentEdited' })
      expect(world.server.instance.replica.version).toBe(before + 1)
      expect(await order(parent)).toEqual(expected)
    }
  })

  it('finds its place among siblings whose keys leave no room: they get new ones', async () => {
    const parent = await made()
    const ids = [await made(parent), await made(parent), await made(parent)]
    for (const id of ids) {
      const dn = /^dn: (.*)$/m.exec(await ldap(id, '1.1'))?.[1] ?? ''
      await world.server.slapd.ldapmodify(`dn: ${dn}\nchangetype: modify\nreplace: dlrSort\ndlrSort: same\n`)
    }
    await world.server.until(() => ids.every((id) => world.state.get('department', id)?.sortKey === 'same'))
    const [first = '', second = '', third = ''] = await order(parent)
    expect(await world.hr.edit('moveDepartment', { id: third, afterId: first })).toMatchObject({
      version: expect.any(String),
    })
    expect(await order(parent)).toEqual([first, third, second])
  })

  it('[D1] moves with all below it as one change, also to the top and to a place where its name of old is taken', async () => {
    const [from, to] = [await made(), await made()]
    const moved = await made(from, 'Wanderer')
    const below = await made(moved)
    // Renamed away, its entry still has the name.
    const squatter = await made(to, 'Wanderer')
    await world.hr.edit('updateDepartment', { id: squatter, name: 'Settler' })
    const answer = await world.hr.edit('moveDepartment', { id: moved, parentId: to })
    expect(answer).toMatchObject({ department: { name: 'Wanderer', parent: { id: to } } })
    expect(world.state.get('department', below)?.parentId).toBe(moved)
    expect(await world.hr.edit('moveDepartment', { id: moved, parentId: null })).toMatchObject({
      department: { parent: null },
    })
  })

  it('[T70] does not move below itself, whatever the directory says a moment later', async () => {
    const top = await made()
    const middle = await made(top)
    const low = await made(middle)
    for (const parentId of [top, middle, low]) {
      const answer = await world.hr.edit('moveDepartment', { id: top, parentId })
      expect(answer).toMatchObject({ __typename: 'EditRefused', code: 'CYCLE' })
    }
    const [a, b] = [await made(), await made()]
    const both = await Promise.all([
      world.hr.edit('moveDepartment', { id: a, parentId: b }),
      world.hr.edit('moveDepartment', { id: b, parentId: a }),
    ])
    expect(both.map((answer) => answer.__typename).sort()).toEqual(['DepartmentEdited', 'EditRefused'])
  })

  it('is led by exactly those members that are named', async () => {
    const department = [...world.state.all('department')].find(
      (d) => [...world.state.members(d.id)].length > 3,
    )
    const id = department?.id ?? ''
    const [one = '', two = '', three = ''] = [...world.state.members(id)]
    expect(await world.hr.edit('setDepartmentLeaders', { id, staffIds: [one, two] })).toMatchObject({
      version: expect.any(String),
    })
    const leaders = () =>
      [...world.state.members(id)].filter((s) =>
        world.state.get('staff', s)?.memberships.some((m) => m.departmentId === id && m.isLeader),
      )
    expect(leaders().sort()).toEqual([one, two].sort())
    await world.hr.edit('setDepartmentLeaders', { id, staffIds: [two, three] })
    expect(leaders().sort()).toEqual([two, three].sort())
    const stranger = [...world.state.all('staff')].find(
      (s) => !s.memberships.some((m) => m.departmentId === id),
    )
    expect(await world.hr.edit('setDepartmentLeaders', { id, staffIds: [stranger?.id] })).toMatchObject({
      __typename: 'InvalidInput',
      issues: [{ path: 'staffIds.0' }],
    })
  })
})

describe('[T71] a department that goes', () => {
  const memberOf = async (...departmentIds: string[]): Promise<string> => {
    const answer = await world.hr.edit('createStaff', {
      login: `person${++serial}`,
      name: `Person ${serial}`,
      typeId: world.places.staffType,
      memberships: departmentIds.map((departmentId) => ({ departmentId })),
    })
    if (!answer.staff) throw new Error(JSON.stringify(answer))
    return answer.staff.id
  }
  const person = (id: string) => world.state.get('staff', id)
  const departmentsOf = (id: string) => person(id)?.memberships.map((m) => m.departmentId)

  it('is refused while departments or people are in it', async () => {
    const id = await made()
    const inside = await made(id)
    expect(await world.hr.edit('deleteDepartment', { id })).toMatchObject({ code: 'NOT_EMPTY' })
    expect(await world.hr.edit('deleteDepartment', { id: inside })).toMatchObject({
      version: expect.any(String),
    })
    const member = await memberOf(id)
    expect(await world.hr.edit('deleteDepartment', { id })).toMatchObject({ code: 'NOT_EMPTY' })
    expect(await world.hr.edit('deleteStaff', { id: member })).toMatchObject({ staff: { status: 'TRASHED' } })
    expect(await world.hr.edit('deleteDepartment', { id })).toMatchObject({
      department: { status: 'TRASHED' },
    })
    expect(world.state.get('department', id)?.status).toBe('TRASHED')
  })

  it('moves what is in it elsewhere, in one batch', async () => {
    const [id, other] = [await made(), await made()]
    const child = await made(id)
    const [only, both] = [await memberOf(id), await memberOf(id, other)]
    const answer = await world.hr.edit('deleteDepartment', { id, contents: 'MOVE', moveToId: other })
    expect(answer).toMatchObject({ department: { status: 'TRASHED' } })
    expect(world.state.get('department', child)?.parentId).toBe(other)
    expect(departmentsOf(only)).toEqual([other])
    expect(departmentsOf(both)).toEqual([other])
  })

  it('merged into another one: the answer shows that one', async () => {
    const [id, into] = [await made(), await made()]
    const member = await memberOf(id)
    const answer = await world.hr.edit('mergeDepartment', { id, intoId: into })
    expect(answer).toMatchObject({ department: { id: into } })
    expect(departmentsOf(member)).toEqual([into])
    expect(world.state.get('department', id)?.status).toBe('TRASHED')
    const below = await made(into)
    expect(await world.hr.edit('mergeDepartment', { id: into, intoId: below })).toMatchObject({
      code: 'CYCLE',
    })
  })

  it('takes along what is below it and people who belong nowhere else; restored, all of it is there again', async () => {
    const [id, other] = [await made(), await made()]
    const child = await made(id)
    const [only, both] = [await memberOf(child), await memberOf(child, other)]
    expect(await world.hr.edit('deleteDepartment', { id, contents: 'TRASH' })).toMatchObject({
      department: { status: 'TRASHED' },
    })
    expect(world.state.get('department', child)?.status).toBe('TRASHED')
    expect(person(only)?.status).toBe('TRASHED')
    expect(departmentsOf(both)).toEqual([other])
    const trash = await world.hr.admin(
      'trash { __typename ... on AdminDepartment { id } ... on AdminStaff { id } }',
    )
    expect(trash?.['trash']).toEqual(
      expect.arrayContaining([
        { __typename: 'AdminDepartment', id },
        { __typename: 'AdminStaff', id: only },
      ]),
    )
    expect(trash?.['trash']).not.toContainEqual({ __typename: 'AdminDepartment', id: child })
    // By itself it would come back to a place that nobody has named.
    expect(await world.hr.edit('restoreDepartment', { id: child })).toMatchObject({ code: 'PLACE_GONE' })
    expect(await world.hr.edit('restoreDepartment', { id })).toMatchObject({
      department: { status: 'ACTIVE' },
    })
    expect(world.state.get('department', child)).toMatchObject({ status: 'ACTIVE', parentId: id })
    expect(person(only)).toMatchObject({ status: 'ACTIVE' })
    expect(departmentsOf(only)).toEqual([child])
    expect(new Set(departmentsOf(both))).toEqual(new Set([child, other]))
    expect(
      await world.server.slapd.ldapsearch('(objectClass=dlrTrashEntry)', 'dlrTrashedFrom'),
    ).not.toContain(id)
  })

  it('restored gives people their memberships back as they were, but no more than that', async () => {
    const [id, other, third] = [await made(), await made(), await made()]
    const child = await made(id)
    const [plain, chosen, again, gone] = [
      await memberOf(child, other),
      await memberOf(id, other),
      await memberOf(id, other),
      await memberOf(id, other),
    ]
    const main = { departmentId: child, title: 'Chief', isMain: true, isLeader: true }
    const beside = { departmentId: other, title: 'Adviser' }
    await world.hr.edit('updateStaff', { id: plain, memberships: [main, beside] })
    const before = person(plain)?.memberships
    await world.hr.edit('deleteDepartment', { id, contents: 'TRASH' })
    expect(person(plain)?.memberships).toMatchObject([{ departmentId: other, isMain: true }])
    // Meanwhile somebody gets another main department, and somebody goes.
    const others = [{ departmentId: other }, { departmentId: third, isMain: true }]
    await world.hr.edit('updateStaff', { id: chosen, memberships: others })
    await world.hr.edit('deleteStaff', { id: gone })
    expect(await world.hr.edit('restoreDepartment', { id })).toMatchObject({
      department: { status: 'ACTIVE' },
    })
    const byId = (memberships: readonly { departmentId: string }[] | undefined) =>
      new Map(memberships?.map((m) => [m.departmentId, m]))
    expect(byId(person(plain)?.memberships)).toEqual(byId(before))
    expect(new Set(departmentsOf(chosen))).toEqual(new Set([id, other, third]))
    expect(person(chosen)?.memberships.filter((m) => m.isMain)).toMatchObject([{ departmentId: third }])
    expect(person(gone)?.status).toBe('TRASHED')
    // What was moved elsewhere on purpose stays there, and people may stay out of it.
    await world.hr.edit('deleteDepartment', { id: child, contents: 'MOVE', moveToId: third })
    await world.hr.edit('restoreDepartment', { id: child })
    expect(new Set(departmentsOf(plain))).toEqual(new Set([third, other]))
    await world.hr.edit('deleteDepartment', { id, contents: 'TRASH' })
    await world.hr.edit('restoreDepartment', { id, withPeople: false })
    expect(departmentsOf(again)).toEqual([other])
  })

  it('[T120] restored to a place that is gone needs another one', async () => {
    const parent = await made()
    const id = await made(parent)
    await world.hr.edit('deleteDepartment', { id })
    await world.hr.edit('deleteDepartment', { id: parent })
    expect(await world.hr.edit('restoreDepartment', { id })).toMatchObject({ code: 'PLACE_GONE' })
    expect(await world.hr.edit('restoreDepartment', { id, parentId: parent })).toMatchObject({
      __typename: 'InvalidInput',
      issues: [{ path: 'parentId' }],
    })
    const { company } = world.places
    expect(await world.hr.edit('restoreDepartment', { id, parentId: company })).toMatchObject({
      department: { parent: { id: company } },
    })
    expect(await world.hr.edit('restoreDepartment', { id })).toMatchObject({ code: 'NOT_IN_TRASH' })
  })
})
