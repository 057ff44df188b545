import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pageOf, PageCursors, shownOn } from '../../schema/paging.ts'
import { audienceOf } from '../../src/access/grant.ts'
import { View } from '../../src/access/view.ts'
import { byName, someByName, staffByName } from '../../src/model/by-name.ts'
import { HeadState, subtree } from '../../src/model/state.ts'
import { applyEdit, edits, newCompany } from '../support/histories.ts'
import { oracleView } from '../support/oracle.ts'

const cursors = new PageCursors('a secret of the tests that is long enough')

describe('lists of people', () => {
  it('[V2] [V9] hold whom the view shows, in order, with the rows of the view', () => {
    fc.assert(
      fc.property(edits(40), (history) => {
        const company = newCompany()
        for (const edit of history) applyEdit(company, edit)
        const state = new HeadState(company.list)
        for (const viewer of company.of('staff').slice(0, 4)) {
          const view = new View(audienceOf(state, viewer.id), state)
          const { departments, staff } = oracleView(company.list, viewer.id)
          expect(view.staffList(null, false).map(({ id }) => id)).toEqual(
            [...staff.values()].sort(byName).map(({ id }) => id),
          )
          for (const { id } of company.of('department')) {
            const below = new Set(departments.has(id) ? subtree(state, id) : [])
            const expected = [...staff.values()].filter((row) =>
              row.memberships.some((m) => below.has(m.departmentId)),
            )
            expect(view.staffList(id, true).map((person) => person.id)).toEqual(
              expected.sort(byName).map((row) => row.id),
            )
            expect(view.memberCount(id, true)).toBe(expected.length)
            const members = view.members(id, false)
            const places = members.map((member) => view.memberRow(member))
            expect(places.map((place) => place?.staff)).toEqual(members.map((m) => staff.get(m.id)))
            expect(places.map((place) => place?.membership.sortKey)).toEqual(
              members.map((m) => m.sortKey).sort(),
            )
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  it('are in one order, however many of the people are in them, and follow who is renamed', () => {
    const company = newCompany()
    const state = new HeadState(company.list)
    const everybody = company.of('staff').sort(byName)
    expect(staffByName(state)).toEqual(everybody)
    for (const count of [0, 1, everybody.length]) {
      const ids = new Set(everybody.slice(0, count).map(({ id }) => id))
      expect(someByName(state, ids)).toEqual(everybody.slice(0, count))
    }
    const last = everybody.at(-1)
    if (!last) throw new Error('Nobody is there')
    const renamed = { ...last, name: '' }
    state.put(renamed)
    expect(staffByName(state)).toEqual([renamed, ...everybody.slice(0, -1)])
  })

  it('[T72] make the rows of the page that is shown, and no others', () => {
    const list = Array.from({ length: 1000 }, (_, n) => ({ id: String(n), name: String(n).padStart(4, '0') }))
    const keyOf = ({ name, id }: { name: string; id: string }) => [name, id]
    for (const behind of [null, 489, 989]) {
      const after = behind === null ? null : cursors.mint('list', keyOf(list[behind] ?? { name: '', id: '' }))
      const made: string[] = []
      const page = shownOn(pageOf(cursors, 'list', list, keyOf, { first: 10, after }), ({ id }) => {
        made.push(id)
        return { row: id }
      })
      const from = behind === null ? 0 : behind + 1
      expect(made).toEqual(list.slice(from, from + 10).map(({ id }) => id))
      expect(page.edges.map(({ node }) => node.row)).toEqual(made)
    }
  })
})
