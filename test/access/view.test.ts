import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { audienceOf } from '../../src/access/grant.ts'
import { View } from '../../src/access/view.ts'
import { HeadState } from '../../src/model/state.ts'
import { applyEdit, edits, newCompany } from '../support/histories.ts'
import { oracleView } from '../support/oracle.ts'

function rowsOf(rows: Iterable<{ id: string; revision: string }>) {
  return Object.fromEntries([...rows].map((row) => [row.id, { ...row, revision: undefined }]))
}

describe('the view', () => {
  it('[V0] [V1] [V2] [V3] [V4] [V5] equals the rules read literally, for everyone, after any history', () => {
    fc.assert(
      fc.property(edits(40), (history) => {
        const company = newCompany()
        for (const edit of history) applyEdit(company, edit)
        const state = new HeadState(company.list)
        for (const viewer of company.of('staff')) {
          const view = new View(audienceOf(state, viewer.id), state)
          const oracle = oracleView(company.list, viewer.id)
          expect(rowsOf(view.allDepartments())).toEqual(Object.fromEntries(oracle.departments))
          expect(rowsOf(view.allStaff())).toEqual(Object.fromEntries(oracle.staff))
        }
      }),
      { numRuns: 150 },
    )
  })

  it('[V3] [V4] lists children, members and people exactly as the rows say', () => {
    fc.assert(
      fc.property(edits(30), (history) => {
        const company = newCompany()
        for (const edit of history) applyEdit(company, edit)
        const state = new HeadState(company.list)
        for (const viewer of company.of('staff').slice(0, 4)) {
          const view = new View(audienceOf(state, viewer.id), state)
          const { departments, staff } = oracleView(company.list, viewer.id)
          for (const id of [null, ...company.of('department').map((d) => d.id)]) {
            const expected = [...departments.values()].filter((d) => d['parentId'] === id).map((d) => d.id)
            const isShown = id === null || departments.has(id)
            expect(ids(view.children(id))).toEqual(isShown ? expected.sort() : [])
            if (id === null) continue
            const members = [...staff.values()]
              .filter((s) => departmentIdsOf(s).includes(id))
              .map((s) => s.id)
            expect(ids(view.members(id, false).map((m) => m.staff))).toEqual(isShown ? members.sort() : [])
          }
          expect(ids(view.staffList(null, false))).toEqual([...staff.keys()].sort())
        }
      }),
      { numRuns: 50 },
    )
  })

  it('[V7] is empty for nobody, for a stranger and for a disabled person', () => {
    const company = newCompany()
    const [someone] = company.of('staff')
    if (someone) company.put({ ...someone, status: 'DISABLED' })
    const state = new HeadState(company.list)
    for (const viewer of [null, 'no such person', someone?.id ?? null]) {
      const view = new View(audienceOf(state, viewer), state)
      expect([...view.allDepartments(), ...view.allStaff()]).toEqual([])
      expect(view.catalogue()).toEqual({ departmentTypes: [], staffTypes: [], fields: [] })
    }
  })

  it('[V6] people share an audience when their rules, and with scoped ones their departments, are equal', () => {
    const company = newCompany()
    const state = new HeadState(company.list)
    const keys = company.of('staff').map((s) => audienceOf(state, s.id).key)
    expect(keys[0]).toBe(keys[4])
    expect(keys[1]).toBe(keys[5])
    expect(keys[2]).not.toBe(keys[6])
  })
})

function ids(rows: readonly { id: string }[]): string[] {
  return rows.map((row) => row.id).sort()
}

function departmentIdsOf(row: Record<string, unknown>): string[] {
  const memberships = row['memberships']
  return Array.isArray(memberships) ? memberships.map((m: { departmentId: string }) => m.departmentId) : []
}
