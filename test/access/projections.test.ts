import { expect, it } from 'vitest'
import { hash } from 'node:crypto'
import { audienceOf } from '../../src/access/grant.ts'
import { Projections } from '../../src/access/projections.ts'
import { View } from '../../src/access/view.ts'
import { canonicalJson } from '../../src/model/canonical.ts'
import { HeadState } from '../../src/model/state.ts'
import { newCompany } from '../support/histories.ts'

const company = newCompany()
const state = new HeadState(company.list)
const people = company.of('staff').map((s) => s.id)
const viewOf = (n: number, projections: Projections) =>
  new View(audienceOf(state, people[n] ?? ''), state, projections)

it('[P1] equal rows of different audiences are one object', () => {
  const projections = new Projections()
  const views = [viewOf(0, projections), viewOf(1, projections), viewOf(4, projections)]
  for (const id of people) {
    const rows = views.flatMap((view) => view.staff(id) ?? [])
    for (const a of rows) for (const b of rows) expect(a === b).toBe(a.revision === b.revision)
  }
})

it('[S2] rows that nobody asked for lately are made anew, those asked for again are not', () => {
  const view = viewOf(0, new Projections(4))
  const [first = '', ...others] = people
  const row = view.staff(first)
  for (const id of others.slice(0, 4)) view.staff(id)
  expect(view.staff(first)).toBe(row)
  for (const id of others) view.staff(id)
  expect(view.staff(first)).toEqual(row)
  expect(view.staff(first)).not.toBe(row)
})

it('[D8] a revision is the hash of the canonical row', () => {
  const view = viewOf(0, new Projections())
  for (const row of [...view.allDepartments(), ...view.allStaff()]) {
    const { revision, ...rest } = row
    expect(revision).toBe(hash('sha256', canonicalJson(rest)).slice(0, 32))
  }
})
