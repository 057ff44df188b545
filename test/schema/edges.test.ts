import { graphql } from 'graphql'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../schema/context.ts'
import { schema } from '../../schema/schema.ts'
import { applyEdit, edits, newCompany, uuid, type Company } from '../support/histories.ts'
import { oracleView, type OracleView } from '../support/oracle.ts'
import { everything, HOPS } from './selections.ts'
import { World } from './world.ts'

/** Every field of Query, with every id there is. */
function questions(ids: readonly string[], hops: number): string[] {
  const [node, staff, department] = ['Node', 'Staff', 'Department'].map((name) => everything(name, hops))
  const departments = everything('DepartmentConnection', 2)
  const people = everything('StaffConnection', 2)
  return [
    `{ viewer ${everything('Viewer', hops)} }`,
    `{ departments(first: 100) ${everything('DepartmentConnection', hops)} }`,
    `{ staffList(first: 100) ${everything('StaffConnection', hops)} }`,
    `{ snapshot ${everything('SnapshotResult', hops)} }`,
    `query ($ids: [ID!]!) { nodes(ids: $ids) ${everything('Node', 2)} }`,
    ...ids.flatMap((id) => [
      `{ node(id: "${id}") ${node} }`,
      `{ staff(id: "${id}") ${staff} }`,
      `{ department(id: "${id}") ${department} }`,
      `{ departments(parentId: "${id}", first: 100) ${departments} }`,
      `{ staffList(departmentId: "${id}", recursive: true, first: 100) ${people} }`,
    ]),
  ]
}

interface Known {
  readonly ids: Set<string>
  readonly mobiles: Set<string>
}

/** What the person may learn: the view by the oracle, its types and fields, and what is their own (V8). */
function knowable(company: Company, staffId: string, view: OracleView): Known {
  const me = company.of('staff').find((s) => s.id === staffId)
  const roles = company.of('role').filter((role) => me?.status === 'ACTIVE' && me.roleIds.includes(role.id))
  const rules = company.of('rule').filter((rule) => roles.some((role) => role.ruleIds.includes(rule.id)))
  const own = company.of('department').filter((d) => me?.memberships.some((m) => m.departmentId === d.id))
  const rows = [...view.departments.values(), ...view.staff.values()]
  const ids = [
    staffId,
    ...(me?.roleIds ?? []),
    ...company
      .of('role')
      .filter((r) => me?.roleIds.includes(r.id))
      .flatMap((r) => r.ruleIds),
    ...rules.flatMap((rule) => [...rule.departmentTypeIds, ...rule.staffTypeIds]),
    ...own.flatMap((d) => [d.id, d.typeId ?? '']),
    me?.typeId ?? '',
    ...rows.flatMap((row) => [row.id, row.typeId]),
    ...company.of('fieldDefinition').map((f) => f.id),
  ]
  const mobiles = [...view.staff.values()].map((row) => String(row.mobile))
  return { ids: new Set(ids), mobiles: new Set([...mobiles, me?.mobile ?? '']) }
}

async function answerTo(
  world: World,
  staffId: string,
  source: string,
  ids: readonly string[],
): Promise<string> {
  const signedIn = { staffId, sessionId: 's' }
  const origin = { address: '192.0.2.1', userAgent: null }
  const contextValue = createContext(world.services, { signedIn, origin, requestId: 'r' })
  const result = await graphql({ schema, source, contextValue, variableValues: { ids } })
  expect(result.errors ?? []).toEqual([])
  return JSON.stringify(result.data)
}

async function expectNothingHidden(world: World, staffId: string, hops: number): Promise<number> {
  const { company } = world
  const ids = [...company.list.map((e) => e.id), uuid(9, 9), 'garbage', '']
  const view = oracleView(company.list, staffId)
  const known = knowable(company, staffId, view)
  const secrets = company.list
    .filter((e) => !known.ids.has(e.id))
    .flatMap((e) => [e.id, ...(e.kind === 'staff' ? [`"${e.login}"`, `"${e.name}"`] : [])])
  const mobiles = company
    .of('staff')
    .flatMap((s) => (s.mobile && !known.mobiles.has(s.mobile) ? [s.mobile] : []))
  let told = 0
  for (const question of questions(ids, hops)) {
    const text = await answerTo(world, staffId, question, ids)
    const leaks = [...secrets, ...mobiles].filter((secret) => text.includes(secret))
    expect(leaks, question.slice(0, 80)).toEqual([])
    told += text.length
  }
  return told
}

describe('edges', () => {
  const world = new World()

  it.each([0, 1, 2, 3])(
    '[T22] [T23] person %i finds no hidden id, login, name or number on any path of 4 hops',
    async (n) => {
      expect(await expectNothingHidden(world, world.person(n).id, HOPS)).toBeGreaterThan(10_000)
    },
  )

  it('[T23] nor does anybody after any history', async () => {
    await fc.assert(
      fc.asyncProperty(edits(12), fc.nat(11), async (list, n) => {
        const company = newCompany()
        for (const edit of list) applyEdit(company, edit)
        const staff = company.of('staff')[n]
        if (staff) await expectNothingHidden(new World(company), staff.id, 3)
      }),
      { numRuns: 10 },
    )
  })

  it('[T24] count what the view has', async () => {
    const staffId = world.person(1).id
    const view = oracleView(world.entries, staffId)
    const query =
      'query ($id: ID!) { department(id: $id) { memberCount deep: memberCount(recursive: true) members { totalCount } children { totalCount } } }'
    for (const { id } of world.company.of('department')) {
      const of = (within: (id: string) => boolean) =>
        [...view.staff.values()].filter((row) => row.memberships.some((m) => within(m.departmentId))).length
      const direct = of((d) => d === id)
      const below = new Set(subtreeOf(world.company, id))
      const children = [...view.departments.values()].filter((row) => row.parentId === id).length
      const expected = view.departments.has(id)
        ? {
            memberCount: direct,
            deep: of((d) => below.has(d) && view.departments.has(d)),
            members: { totalCount: direct },
            children: { totalCount: children },
          }
        : null
      expect(await world.data(staffId, query, { id })).toEqual({ department: expected })
    }
  })

  it('[T26] no search finds what is hidden, by any text that it has', async () => {
    for (const n of [1, 2, 3]) {
      const staffId = world.person(n).id
      const view = oracleView(world.entries, staffId)
      const query =
        'query ($q: String!) { search(query: $q, first: 100) { ... on Staff { id } ... on Department { id } } }'
      for (const staff of world.company.of('staff')) {
        for (const q of [staff.name, staff.login, staff.mobile?.slice(-4) ?? '', staff.title ?? '']) {
          const { search } = (await world.data(staffId, query, { q })) ?? {}
          const found = Array.isArray(search) ? search.map((hit: { id: string }) => hit.id) : []
          expect(found.filter((id) => !view.staff.has(id) && !view.departments.has(id))).toEqual([])
          if (q === staff.name && view.staff.has(staff.id)) expect(found).toContain(staff.id)
        }
      }
    }
  })
})

function subtreeOf(company: Company, id: string): string[] {
  const found = [id]
  for (const at of found) for (const d of company.of('department')) if (d.parentId === at) found.push(d.id)
  return found
}
