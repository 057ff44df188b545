import { graphql } from 'graphql'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../schema/context.ts'
import { schema } from '../../schema/schema.ts'
import type { Ability } from '../../src/model/entry.ts'
import { applyEdit, edits, newCompany, uuid, type Company } from '../support/histories.ts'
import { everything, HOPS } from './selections.ts'
import { World } from './world.ts'

/** Every question of the administration, with every id there is. */
function questions(ids: readonly string[], hops: number): string[] {
  const explained = everything('ExplainResult', hops)
  return [
    `{ admin ${everything('Administration', hops)} }`,
    `{ admin { staffList(first: 100, status: TRASHED) ${everything('AdminStaffConnection', hops)} } }`,
    ...ids.flatMap((id) => [
      `{ admin { staff(id: "${id}") ${everything('AdminStaff', hops)} } }`,
      `{ admin { department(id: "${id}") ${everything('AdminDepartment', hops)} } }`,
      `{ admin { departments(parentId: "${id}", first: 100) ${everything('AdminDepartmentConnection', 2)} } }`,
      `{ admin { staffList(departmentId: "${id}", recursive: true, first: 100) ${everything('AdminStaffConnection', 2)} } }`,
      ...ids
        .slice(0, 5)
        .map((viewer) => `{ explainAccess(viewerId: "${viewer}", subjectId: "${id}") ${explained} }`),
    ]),
  ]
}

/** Gives somebody these abilities and nothing else. */
function administrator(
  company: Company,
  abilities: (branchId: string) => Ability[],
): { staffId: string; branchId: string } {
  const branch = company.of('department').find((d) => d.parentId !== null)
  const staff = company.of('staff').find((s) => s.status === 'ACTIVE')
  const role = company.of('role')[0]
  if (!branch || !staff || !role) throw new Error('The company has too little')
  const own = { ...role, id: company.id('role'), name: 'Administers', abilities: abilities(branch.id) }
  company.put(own)
  company.put({ ...staff, roleIds: [own.id] })
  company.commit()
  return { staffId: staff.id, branchId: branch.id }
}

/** Whether a department stands in a branch, as one would tell it by hand. */
function isWithin(company: Company, id: string, branchId: string): boolean {
  const seen = new Set<string>()
  for (let at: string | null = id; at !== null && !seen.has(at);) {
    if (at === branchId) return true
    seen.add(at)
    const here: string = at
    at = company.of('department').find((d) => d.id === here)?.parentId ?? null
  }
  return false
}

async function textOf(world: World, staffId: string, source: string): Promise<string> {
  const signedIn = { staffId, sessionId: 's' }
  const origin = { address: '192.0.2.1', userAgent: null }
  const contextValue = createContext(world.services, { signedIn, origin, requestId: 'r' })
  const result = await graphql({ schema, source, contextValue })
  expect(result.errors ?? []).toEqual([])
  return JSON.stringify(result.data)
}

async function expectOnlyTheBranch(company: Company, hops: number): Promise<number> {
  const { staffId, branchId } = administrator(company, (departmentId) =>
    (['staff.read', 'department.read', 'access.explain'] as const).map((name) => ({
      name,
      scope: 'SUBTREE',
      departmentId,
      fields: ['title'],
    })),
  )
  const world = new World(company)
  world.catchUp()
  const departments = company.of('department').filter((d) => !isWithin(company, d.id, branchId))
  const people = company
    .of('staff')
    .filter((s) => !s.memberships.some((m) => isWithin(company, m.departmentId, branchId)))
  const hidden = [
    ...departments.map((d) => d.id),
    ...people.flatMap((s) => [s.id, `"${s.login}"`]),
    // Of everybody: the ability is for titles.
    ...company
      .of('staff')
      .flatMap((s) => [s.mobile, ...s.email].flatMap((value) => (value ? [`"${value}"`] : []))),
  ]
  const ids = [...company.list.map((e) => e.id), uuid(9, 9), 'garbage', '']
  let told = 0
  for (const question of questions(ids, hops)) {
    const text = await textOf(world, staffId, question)
    expect(
      hidden.filter((secret) => text.includes(secret)),
      question.slice(0, 80),
    ).toEqual([])
    told += text.length
  }
  return told
}

describe('the administration', () => {
  it('[V10] [T37] of a branch tells nothing of what is outside, on any path of 4 hops', async () => {
    expect(await expectOnlyTheBranch(newCompany(), HOPS)).toBeGreaterThan(5000)
  })

  it('[V10] [T37] nor after any history', async () => {
    await fc.assert(
      fc.asyncProperty(edits(12), async (list) => {
        const company = newCompany()
        for (const edit of list) applyEdit(company, edit)
        const hasBoth =
          company.of('department').some((d) => d.parentId !== null) &&
          company.of('staff').some((s) => s.status === 'ACTIVE') &&
          company.of('role').length > 0
        if (hasBoth) await expectOnlyTheBranch(company, 2)
      }),
      { numRuns: 3 },
    )
  })

  it('[T41] is nothing at all for whoever has no ability', async () => {
    const world = new World()
    for (const n of [0, 1, 2, 3])
      expect(
        await world.data(world.person(n).id, '{ admin { roles { id } rules { id } trash { __typename } } }'),
      ).toEqual({
        admin: null,
      })
    expect((await world.ask(null, '{ admin { roles { id } } }')).errors[0]?.extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
    })
  })
})
