import fc from 'fast-check'
import { expect, it } from 'vitest'
import { typeMatrix } from '../../src/access/type-matrix.ts'
import type { Staff } from '../../src/model/entry.ts'
import { HeadState } from '../../src/model/state.ts'
import { applyEdit, edits, newCompany, type Company } from '../support/histories.ts'

/** Person by person, rule by rule: how far somebody is shown a type. */
function reach(company: Company, { roleIds }: Staff, typeId: string): 'everywhere' | 'nearby' | null {
  const rules = company
    .of('role')
    .filter(({ id }) => roleIds.includes(id))
    .flatMap(({ ruleIds }) => company.of('rule').filter(({ id }) => ruleIds.includes(id)))
    .filter(
      (rule) =>
        rule.departmentTypeIds.includes(typeId) ||
        (rule.departmentTypeIds.length > 0 && rule.staffTypeIds.includes(typeId)),
    )
  if (rules.some(({ scope }) => scope === 'ORGANISATION')) return 'everywhere'
  return rules.length > 0 ? 'nearby' : null
}

it('[V9] says of each type how many people of each type are shown it, everywhere or nearby alone', () => {
  fc.assert(
    fc.property(edits(30), (history) => {
      const company = newCompany()
      for (const edit of history) applyEdit(company, edit)
      const people = company.of('staff')
      const typeOf = ({ typeId }: Staff) =>
        company.of('staffType').find(({ id }) => id === typeId)?.id ?? null
      const rows = typeMatrix(new HeadState(company.list), people)
      expect(new Set(rows.map((row) => row.viewerTypeId))).toEqual(new Set(people.map(typeOf)))
      for (const { viewerTypeId, viewerCount, sights } of rows) {
        const viewers = people.filter((staff) => typeOf(staff) === viewerTypeId)
        expect(viewerCount).toBe(viewers.length)
        expect(sights.map(({ typeId }) => typeId)).toHaveLength(
          company.of('staffType').length + company.of('departmentType').length,
        )
        for (const { typeId, everywhere, nearby } of sights) {
          const reaches = viewers.map((viewer) => reach(company, viewer, typeId))
          expect(everywhere).toBe(reaches.filter((far) => far === 'everywhere').length)
          expect(nearby).toBe(reaches.filter((far) => far === 'nearby').length)
        }
      }
    }),
    { numRuns: 50 },
  )
})
