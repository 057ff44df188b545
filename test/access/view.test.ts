import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { audienceOf, viewerRecord } from '../../src/access/grant.ts'
import { ownDepartments, ownRole, ownStaff } from '../../src/access/own.ts'
import { View } from '../../src/access/view.ts'
import { HeadState } from '../../src/model/state.ts'
import { digestText, markRow, NO_ROWS } from '../../src/sync/digest.ts'
import { applyEdit, edits, newCompany } from '../support/histories.ts'
import { oracleGrant, oracleSelf, oracleView, oracleViewerRecord } from '../support/oracle.ts'

function rowsOf<R extends { id: string }>(rows: Iterable<R>): Record<string, R> {
  return Object.fromEntries([...rows].map((row) => [row.id, row]))
}

describe('the view', () => {
  it('[V0] [V1] [V2] [V3] [V4] [V5] [D8] [D11] equals the rules read literally, for everyone, after any history', () => {
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
          const { departmentTypes, staffTypes, fields } = oracle
          expect(view.catalogue()).toEqual({ departmentTypes, staffTypes, fields })
          const rows = [...view.allDepartments(), ...view.allStaff()]
          const summary = rows.reduce((sum, row) => markRow(sum, row, view), NO_ROWS)
          expect(digestText(summary)).toBe(oracle.digest)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('[V8] shows everybody themselves whatever the view says, and of others what the view shows', () => {
    fc.assert(
      fc.property(edits(40), (history) => {
        const company = newCompany()
        for (const edit of history) applyEdit(company, edit)
        const state = new HeadState(company.list)
        for (const { id, status } of company.of('staff')) {
          const view = new View(audienceOf(state, id), state)
          const self = oracleSelf(company.list, id)
          expect(ownStaff(view, id)).toEqual(self.staff)
          if (status !== 'ACTIVE') continue
          expect(rowsOf(ownDepartments(view, id))).toEqual(rowsOf(self.departments))
          for (const role of company.of('role'))
            expect(ownRole(view, id, role.id)).toEqual(self.roles.find((r) => r.id === role.id) ?? null)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('[V6] [P3] shares an audience exactly where grants are equal, and tells exactly when the viewer changed', () => {
    fc.assert(
      fc.property(edits(20), edits(4), (history, later) => {
        const company = newCompany()
        for (const edit of history) applyEdit(company, edit)
        const [entries, state] = [company.list, new HeadState(company.list)]
        const ids = company.of('staff').map((s) => s.id)
        const keys = new Map(ids.map((id) => [oracleGrant(entries, id), audienceOf(state, id).key]))
        for (const id of ids) expect(audienceOf(state, id).key).toBe(keys.get(oracleGrant(entries, id)))
        expect(new Set(keys.values()).size).toBe(keys.size)
        for (const edit of later) applyEdit(company, edit)
        const now = new HeadState(company.list)
        for (const id of ids)
          expect(viewerRecord(state, id) === viewerRecord(now, id)).toBe(
            oracleViewerRecord(entries, id) === oracleViewerRecord(company.list, id),
          )
      }),
      { numRuns: 60 },
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
            const expected = [...departments.values()].filter((d) => d.parentId === id).map((d) => d.id)
            const isShown = id === null || departments.has(id)
            expect(ids(view.children(id))).toEqual(isShown ? expected.sort() : [])
            if (id === null) continue
            const members = [...staff.values()]
              .filter((s) => s.memberships.some((m) => m.departmentId === id))
              .map((s) => s.id)
            expect(ids(view.members(id, false))).toEqual(isShown ? members.sort() : [])
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
