import { describe, expect, it } from 'vitest'
import { uuid } from '../support/histories.ts'
import { World } from './world.ts'

const world = new World()
const boss = world.person(0)
const common = world.person(1)

const CARD = `
  fragment Card on Viewer {
    staff { id name mobile type { name } memberships { department { id } staff { id } isMain } manager { id } }
    departments { id name type { name } parent { id } memberCount members { totalCount } children { totalCount } }
    roles { id name rules { id scope departmentTypes { name } staffTypes { name } sensitiveFields } }
    abilities
    sessions { id isCurrent }
  }`

describe('[V8] viewer', () => {
  /** Somebody whose type and department only the boss sees. */
  const { company } = world
  const secretType = company.of('departmentType')[2]?.id ?? ''
  const hidden = company.of('department').find((d) => d.typeId === secretType)
  const open = company.of('department').find((d) => d.typeId !== secretType)
  const hiddenStaffType = company.of('staffType')[2]?.id ?? ''
  const membership = { title: null, sortKey: '', isMain: false, isLeader: false }
  const me = {
    ...common,
    id: uuid(7, 777),
    login: 'me',
    typeId: hiddenStaffType,
    mobile: '13900001234',
    managerId: company.of('staff').find((s) => s.typeId === hiddenStaffType)?.id ?? null,
    memberships: [
      { ...membership, departmentId: open?.id ?? '' },
      { ...membership, departmentId: hidden?.id ?? '', isMain: true },
    ],
  }
  company.put(me)
  company.commit()
  world.catchUp()

  it('reads their own record, departments and roles, hidden as they may be; edges from there obey the view', async () => {
    const data = await world.data(me.id, `{ viewer { ...Card } } ${CARD}`)
    expect(world.view(me.id).staff(me.id)).toBeNull()
    expect(data).toMatchObject({
      viewer: {
        staff: {
          id: me.id,
          mobile: '13900001234',
          type: { name: 'Hidden' },
          memberships: [{ department: { id: open?.id }, staff: { id: me.id } }],
          manager: null,
        },
        departments: [
          {
            id: hidden?.id,
            type: { name: 'Secret' },
            memberCount: 0,
            members: { totalCount: 0 },
            children: { totalCount: 0 },
          },
          { id: open?.id },
        ],
        roles: [{ id: common.roleIds[0], rules: [{ scope: 'ORGANISATION' }] }],
        abilities: [],
        sessions: [{ isCurrent: true }],
      },
    })
  })

  it('[T22] and yet `node` of what is hidden answers byte for byte what a missing or malformed id answers', async () => {
    const query =
      'query ($id: ID!) { node(id: $id) { id } department(id: $id) { id } staff(id: $id) { id } departments(parentId: $id) { totalCount edges { node { id } } } staffList(departmentId: $id) { totalCount edges { node { id } } } }'
    const missing = (await world.ask(me.id, query, { id: uuid(9, 9) })).text
    const others = company.of('role').find((r) => !me.roleIds.includes(r.id))
    const ids = [me.id, me.managerId, hidden?.id, secretType, hiddenStaffType, others?.id, others?.ruleIds[0]]
    const malformed = [
      '',
      'x',
      '*',
      '(uid=*)',
      '__proto__',
      me.id.toUpperCase(),
      ` ${open?.id}`,
      'a'.repeat(10_000),
    ]
    for (const id of [...ids, ...malformed])
      expect((await world.ask(me.id, query, { id })).text).toBe(missing)
  })

  it('`node` tells the kinds of what may be seen apart', async () => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }'
    const kinds = {
      Department: 'department',
      Staff: 'staff',
      DepartmentType: 'departmentType',
      StaffType: 'staffType',
      FieldDefinition: 'fieldDefinition',
    } as const
    for (const [typename, kind] of Object.entries(kinds)) {
      const id = company.of(kind)[0]?.id
      expect(await world.data(boss.id, query, { ids: [id] })).toEqual({
        nodes: [{ __typename: typename, id }],
      })
    }
    const [roleId] = boss.roleIds
    const ruleId = company.of('role').find((r) => r.id === roleId)?.ruleIds[0]
    expect(await world.data(boss.id, query, { ids: [roleId, 'x', ruleId] })).toEqual({
      nodes: [{ __typename: 'Role', id: roleId }, null, { __typename: 'Rule', id: ruleId }],
    })
  })

  it('nobody is null, and sees nothing', async () => {
    const { id } = boss
    expect(
      await world.data(
        null,
        'query ($id: ID!) { viewer { abilities } node(id: $id) { id } nodes(ids: [$id, "x"]) { id } }',
        { id },
      ),
    ).toEqual({
      viewer: null,
      node: null,
      nodes: [null, null],
    })
  })

  it.each([
    '{ department(id: "x") { id } }',
    '{ departments { totalCount } }',
    '{ staff(id: "x") { id } }',
    '{ staffList { totalCount } }',
    '{ search(query: "x") { __typename } }',
    '{ changesSince(version: "x") { __typename } }',
    '{ snapshot { __typename } }',
    'mutation { logout }',
    'mutation { revokeSession(id: "x") }',
    'mutation { acknowledgePurge(version: "x") }',
    'mutation { reportDigest(version: "x", digest: "00000000000000000000000000000000") }',
  ])('%s asks anonymous callers to sign in', async (query) => {
    const { errors, text } = await world.ask(null, query)
    expect(errors[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED' })
    expect(text).not.toContain('"totalCount":')
  })
})

describe('sessions', () => {
  const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { __typename
    ... on Session { accessToken refreshToken expiresAt copyLeaseSeconds viewer { ...Card } }
    ... on Error { code message } ... on TooManyAttempts { retryAfterSeconds } } } ${CARD}`

  it('a login answers the session, and its viewer as they see themselves', async () => {
    const data = await world.data(null, LOGIN, { input: { login: boss.login, password: 'dolores' } })
    const asked = await world.data(boss.id, `{ viewer { ...Card } } ${CARD}`)
    expect(data).toEqual({
      login: {
        __typename: 'Session',
        accessToken: `access ${boss.id}`,
        refreshToken: `refresh ${boss.id}`,
        expiresAt: '2026-11-24T02:15:00.000Z',
        copyLeaseSeconds: 604_800,
        viewer: asked?.['viewer'],
      },
    })
  })

  it('expected failures are members of the union', async () => {
    const wrong = { input: { login: boss.login, password: '' } }
    expect(await world.data(null, LOGIN, wrong)).toMatchObject({
      login: { __typename: 'InvalidCredentials', code: 'INVALID_CREDENTIALS' },
    })
    const throttled = { input: { login: 'eager', password: 'x' } }
    expect(await world.data(null, LOGIN, throttled)).toMatchObject({
      login: { __typename: 'TooManyAttempts', code: 'TOO_MANY_ATTEMPTS', retryAfterSeconds: 30 },
    })
    const query = 'mutation { refreshSession(refreshToken: "x") { ... on InvalidCredentials { code } } }'
    expect(await world.data(null, query)).toEqual({ refreshSession: { code: 'INVALID_CREDENTIALS' } })
  })

  it('a failed login in an operation speaks for nobody afterwards', async () => {
    const query = `mutation { login(input: { login: "nobody", password: "x" }) { __typename } logout }`
    expect((await world.ask(null, query)).errors[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED' })
  })

  it('one ends only sessions of one’s own', async () => {
    const query = 'mutation ($id: ID!) { revokeSession(id: $id) }'
    expect(await world.data(boss.id, query, { id: `session of ${boss.id}` })).toEqual({ revokeSession: true })
    expect(await world.data(boss.id, query, { id: `session of ${common.id}` })).toEqual({
      revokeSession: false,
    })
  })
})
