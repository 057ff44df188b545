import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audienceOf } from '../../src/access/grant.ts'
import { View } from '../../src/access/view.ts'
import { subtree } from '../../src/model/state.ts'
import { type EditWorld, startEditWorld } from './world.ts'

/** What an edit would mean is what it then means, person by person. */
let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())

interface Answer {
  readonly __typename: string
  readonly code?: string
  readonly gaining: number
  readonly losing: number
  readonly rowsGained: number
  readonly rowsLost: number
  readonly isComplete: boolean
  readonly groupCount: number
  readonly groups: readonly {
    readonly changed: number
    readonly viewers: { count: number; first: { id: string }[] }
    readonly gained: { departments: { count: number }; staff: { count: number; first: { id: string }[] } }
    readonly lost: { departments: { count: number }; staff: { count: number; first: { id: string }[] } }
  }[]
}
const ROWS = '{ departments { count first { id } } staff { count first { id } } }'
const preview = async (edit: object, by = world.hr): Promise<Answer> =>
  (
    await by.client.query(
      `query ($edit: PreviewInput!) { previewEdit(edit: $edit) { __typename ... on Error { code message }
        ... on AccessEffect { gaining losing rowsGained rowsLost isComplete groupCount
          groups { changed viewers { count first { id } } gained ${ROWS} lost ${ROWS} } } } }`,
      { edit },
    )
  )['previewEdit'] as Answer

/** For each person the ids of the rows that they see: no memo, no group, no sharing. */
function sights(): Map<string, Set<string>> {
  const { state } = world
  return new Map(
    [...state.all('staff')].map(({ id }) => {
      const view = new View(audienceOf(state, id), state)
      return [id, new Set([...view.allDepartments(), ...view.allStaff()].map((row) => row.id))]
    }),
  )
}

function difference(before: Map<string, Set<string>>, after: Map<string, Set<string>>) {
  const [gained, lost] = [new Set<string>(), new Set<string>()]
  let [gaining, losing] = [0, 0]
  for (const [id, now] of after) {
    const old = before.get(id) ?? new Set()
    const more = [...now].filter((row) => !old.has(row))
    const less = [...old].filter((row) => !now.has(row))
    for (const row of more) gained.add(row)
    for (const row of less) lost.add(row)
    gaining += Number(more.length > 0)
    losing += Number(less.length > 0)
  }
  return { gaining, losing, rowsGained: gained.size, rowsLost: lost.size }
}

const find = <T extends { name: string; id: string }>(list: Iterable<T>, start: string): T => {
  const found = [...list].find(({ name }) => name.startsWith(start))
  if (!found) throw new Error(`There is no ${start}`)
  return found
}
const person = (login: string) => [...world.state.all('staff')].find((s) => s.login === login)?.id ?? ''
const inner = () => {
  const { company } = world.places
  const [first, second] = [...world.state.all('department')].filter(
    (d) => d.parentId === company && d.status === 'ACTIVE',
  )
  return { first: first?.id ?? '', second: second?.id ?? '' }
}

const EDITS: readonly (readonly [string, () => Record<string, Record<string, unknown>>])[] = [
  [
    'a rule that loses a type of staff',
    () => {
      const rule = [...world.state.all('rule')].find((r) => r.staffTypeIds.length > 1)
      return { updateRule: { id: rule?.id, staffTypeIds: rule?.staffTypeIds.slice(0, 1) } }
    },
  ],
  [
    'a rule that is cut down to the own branch',
    () => ({
      updateRule: {
        id: [...world.state.all('rule')].find((r) => r.scope === 'ORGANISATION')?.id,
        scope: 'OWN_SUBTREE',
      },
    }),
  ],
  [
    'a role that gets all rules',
    () => ({
      updateRole: {
        id: find(world.state.all('role'), 'Employee').id,
        ruleIds: [...world.state.all('rule')].map((r) => r.id),
      },
    }),
  ],
  ['a person without roles', () => ({ setStaffRoles: { id: person('staff'), roleIds: [] } })],
  ['a person who is disabled', () => ({ updateStaff: { id: person('staff'), isDisabled: true } })],
  [
    'a person of another type',
    () => ({
      updateStaff: {
        id: [...world.state.all('staff')].find((s) => s.managerId !== null && s.status === 'ACTIVE')?.id,
        typeId: [...world.state.all('staffType')].at(-1)?.id,
      },
    }),
  ],
  [
    'a department of another type',
    () => ({
      updateDepartment: { id: inner().second, typeId: [...world.state.all('departmentType')].at(-1)?.id },
    }),
  ],
  ['a department that moves', () => ({ moveDepartment: { id: inner().first, parentId: inner().second } })],
  [
    'a department that goes with all in it',
    () => ({ deleteDepartment: { id: inner().second, contents: 'TRASH' } }),
  ],
]

describe('a preview', () => {
  it.each(EDITS)('[V9] of %s says what then happens, and writes nothing', async (_, make) => {
    const edit = make()
    const { version } = world.server.instance.replica
    const foreseen = await preview(edit)
    expect(foreseen).toMatchObject({ __typename: 'AccessEffect', isComplete: true })
    expect(world.server.instance.replica.version).toBe(version)
    const before = sights()
    const [name = '', input = {}] = Object.entries(edit)[0] ?? []
    const answer = await world.hr.edit(name, input)
    expect(answer.__typename).toMatch(/Edited$/)
    const { gaining, losing, rowsGained, rowsLost } = foreseen
    const happened = difference(before, sights())
    expect({ gaining, losing, rowsGained, rowsLost }).toEqual(happened)
    if (foreseen.groupCount > foreseen.groups.length) return
    const sum = (pick: (group: Answer['groups'][number]) => number) =>
      foreseen.groups.filter((g) => pick(g) > 0).reduce((all, g) => all + g.viewers.count, 0)
    expect(sum((g) => g.gained.departments.count + g.gained.staff.count)).toBe(gaining)
    expect(sum((g) => g.lost.departments.count + g.lost.staff.count)).toBe(losing)
  })

  it('of a field that becomes sensitive names rows that lose a value', async () => {
    const field = [...world.state.all('fieldDefinition')].find(
      (f) => !f.isSensitive && f.appliesTo === 'STAFF',
    )
    const foreseen = await preview({ updateField: { id: field?.id, isSensitive: true } })
    expect(foreseen.groups.some((g) => g.changed > 0)).toBe(true)
  })

  it('is refused as the edit would be, and of nothing or of two edits', async () => {
    const staff = await world.as('hr')
    expect(await preview({ updateStaff: { id: 'x', name: '' } }, staff)).toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect(await preview({})).toMatchObject({ code: 'INVALID_INPUT' })
    const two = { updateRule: { id: 'x' }, updateRole: { id: 'y' } }
    expect(await preview(two)).toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('[T24] [T37] tells a delegate of people and rows of the own scope only', async () => {
    const role = find(world.state.all('role'), 'Branch administrator')
    const branch = role.abilities[0]?.departmentId ?? ''
    const holder = [...world.state.all('staff')].find(
      (s) => s.roleIds.includes(role.id) && s.status === 'ACTIVE',
    )
    const delegate = await world.as(holder?.login ?? '')
    const listed = await delegate.administered(
      'staffList(departmentId: $id, recursive: true, first: 100) { edges { node { id } } }',
      { id: branch },
    )
    const { edges } = listed['staffList'] as { edges: { node: { id: string } }[] }
    const shown = new Set(edges.map(({ node }) => node.id))
    const subject = [...shown].find(
      (id) => id !== holder?.id && world.state.get('staff', id)?.status === 'ACTIVE',
    )
    const foreseen = await preview({ deleteStaff: { id: subject } }, delegate)
    // The person is lost to others, and loses sight of others.
    const lost = foreseen.groups.flatMap((g) => g.lost.staff.first.map(({ id }) => id))
    expect(lost).toContain(subject)
    for (const id of lost) expect(shown).toContain(id)
    for (const { viewers } of foreseen.groups) for (const { id } of viewers.first) expect(shown).toContain(id)
    expect(foreseen.losing).toBeLessThanOrEqual(shown.size)
    const rule = [...world.state.all('rule')][0]?.id
    expect(await preview({ updateRule: { id: rule, scope: 'ORGANISATION' } }, delegate)).toMatchObject({
      code: 'NOT_PERMITTED',
    })
  })
})

describe('a check', () => {
  const check = async (edit: object, by = world.hr) => {
    const { checkEdit } = await by.client.query(
      `query ($edit: PreviewInput!) { checkEdit(edit: $edit) { __typename ... on Error { code }
        ... on InvalidInput { issues { path message } } } }`,
      { edit },
    )
    return checkEdit as { __typename: string; code?: string; issues?: object[] }
  }

  it('[T29] [T36] says what the edit itself would say, to a delegate too, and writes nothing', async () => {
    const role = find(world.state.all('role'), 'Branch administrator')
    const branch = role.abilities[0]?.departmentId ?? ''
    const people = [...world.state.all('staff')].filter((s) => s.status === 'ACTIVE')
    const delegate = await world.as(people.find((s) => s.roleIds.includes(role.id))?.login ?? '')
    const within = new Set(subtree(world.state, branch))
    const hidden = people.find((s) => !s.memberships.some((m) => within.has(m.departmentId)))
    const { version } = world.server.instance.replica
    const { staffType, departmentType } = world.places
    const somebody = { name: 'N', typeId: staffType, memberships: [{ departmentId: branch }] }
    const created = (login: string | undefined) => ({ createStaff: { ...somebody, login } })
    const department = (name: string) => ({
      createDepartment: { name, typeId: departmentType, parentId: branch },
    })
    const fits = { __typename: 'EditFits' }
    expect(await check(created('nobody.has.it'), delegate)).toEqual(fits)
    expect(await check(created(hidden?.login), delegate)).toMatchObject({
      issues: [{ path: 'login', message: 'cannot be used: choose another one' }],
    })
    expect(await check(created(hidden?.login))).toMatchObject({
      issues: [{ path: 'login', message: `is the login of ${hidden?.name}` }],
    })
    expect(await check({ updateStaff: { id: hidden?.id, title: 'x' } }, delegate)).toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await check(department('N'))).toEqual(fits)
    expect(await check(department(''))).toMatchObject({
      issues: [{ path: 'name', message: 'must not be empty' }],
    })
    expect(await check({})).toMatchObject({ code: 'INVALID_INPUT' })
    expect(world.server.instance.replica.version).toBe(version)
  })
})
