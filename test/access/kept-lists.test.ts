import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Administration } from '../../src/access/administration.ts'
import { Authority } from '../../src/access/authority.ts'
import { EVERYBODY, STAFF_ORDERS, type StaffFilter } from '../../src/access/staff-list.ts'
import { byName, staffByName } from '../../src/model/by-name.ts'
import type { Ability } from '../../src/model/entry.ts'
import { inOrderAfter } from '../../src/model/in-order.ts'
import { HeadState } from '../../src/model/state.ts'
import { applyEdit, edits, newCompany, type Company, type Edit } from '../support/histories.ts'

const ABILITIES: readonly ((branchId: string) => readonly Ability[])[] = [
  () => [{ name: '*', scope: 'ORGANISATION', departmentId: null, fields: ['*'] }],
  (departmentId) => [{ name: 'staff.read', scope: 'SUBTREE', departmentId, fields: ['*'] }],
  () => [{ name: 'staff.write', scope: 'OWN_SUBTREE', departmentId: null, fields: ['title', 'mobile'] }],
  (departmentId) => [
    { name: 'staff.read', scope: 'ORGANISATION', departmentId: null, fields: ['nickname'] },
    { name: 'role.assign', scope: 'SUBTREE', departmentId, fields: ['*'] },
  ],
]

function begun(ability: (typeof ABILITIES)[number]): { company: Company; meId: string } {
  const company = newCompany()
  const [branch, role] = [company.of('department').at(-1), company.of('role')[0]]
  const me = company.of('staff').find((s) => s.status === 'ACTIVE')
  if (!role || !me) throw new Error('Nobody is there')
  company.put({ ...role, abilities: [...ability(branch?.id ?? '')] })
  company.put({ ...me, roleIds: [role.id] })
  company.commit()
  return { company, meId: me.id }
}

/** All that the administration lists and counts. */
function listed(state: HeadState, meId: string, filters: readonly StaffFilter[]) {
  const admin = new Administration(new Authority(state, meId))
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id)
  const departments = [...state.all('department')].map(({ id }) => id).sort()
  return {
    byName: ids(staffByName(state)),
    lists: filters.map((filter) => ids(admin.staffList(filter))),
    orders: STAFF_ORDERS.flatMap((order) => [
      admin.staffInOrder(EVERYBODY, order, false).map(({ id, place }) => [id, place]),
      admin.staffInOrder(EVERYBODY, order, true).map(({ id, place }) => [id, place]),
    ]),
    counts: departments.map((id) => [id, admin.memberCount(id, false), admin.memberCount(id, true)]),
    leaders: departments.map((id) => ids(admin.leaders(id))),
    trash: ids(admin.trash()).sort(),
  }
}

function filtersOf(company: Company): StaffFilter[] {
  const departmentId = company.of('department')[1]?.id ?? ''
  return [
    EVERYBODY,
    { ...EVERYBODY, status: 'DISABLED' },
    { ...EVERYBODY, text: 'a' },
    { ...EVERYBODY, typeId: company.of('staffType')[0]?.id ?? '' },
    { ...EVERYBODY, roleId: company.of('role')[0]?.id ?? '' },
    { ...EVERYBODY, departmentId },
    { ...EVERYBODY, departmentId, isRecursive: true },
  ]
}

describe('[V10] lists of the administration that are brought forward', () => {
  it('are those that are made anew, after whatever edit, for whoever asks', () => {
    fc.assert(
      fc.property(edits(25), fc.constantFrom(...ABILITIES), (history: readonly Edit[], ability) => {
        const { company, meId } = begun(ability)
        const kept = new HeadState(company.list)
        const filters = filtersOf(company)
        listed(kept, meId, filters)
        for (const edit of history) {
          const people = company.of('staff').filter(({ id }) => id !== meId)
          const one = people[edit.c % Math.max(people.length, 1)]
          // Into the trash and out of it again, more often than the edits do.
          if (one) company.put({ ...one, status: one.status === 'TRASHED' ? 'ACTIVE' : 'TRASHED' })
          kept.apply(applyEdit(company, edit)?.changes ?? [])
          expect(listed(kept, meId, filters)).toEqual(listed(new HeadState(company.list), meId, filters))
        }
      }),
      { numRuns: 40 },
    )
  })

  it('follow many edits at once, and more than anybody remembers', () => {
    const { company, meId } = begun(() => ABILITIES[0]?.('') ?? [])
    const kept = new HeadState(company.list)
    const filters = filtersOf(company)
    for (const rounds of [3, 40, 2000]) {
      listed(kept, meId, filters)
      for (let round = 0; round < rounds; round++)
        for (const entry of company.of('staff').slice(0, 5))
          kept.put({ ...entry, name: `${entry.name} ${round}`, title: `${round % 7}` })
      const rest = company.list.filter(({ kind }) => kind !== 'staff')
      const anew = new HeadState([...rest, ...kept.all('staff')])
      expect(listed(kept, meId, filters)).toEqual(listed(anew, meId, filters))
    }
  })

  it('are made anew where somebody does not stand where the order has them', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ id: name, name }))
    if (!a || !b || !c) throw new Error('Nobody is there')
    expect(inOrderAfter([a, c], { gone: [a], come: [b] }, byName)).toEqual([b, c])
    expect(inOrderAfter([a, c], { gone: [b], come: [] }, byName)).toBeNull()
    const many = Array.from({ length: 300 }, (_, n) => ({ id: String(n), name: String(n % 13) })).sort(byName)
    const [odd, even] = [1, 0].map((rest) => many.filter((_, n) => n % 2 === rest))
    expect(inOrderAfter(many, { gone: odd ?? [], come: [] }, byName)).toEqual(even)
    expect(inOrderAfter(even ?? [], { gone: [], come: odd ?? [] }, byName)).toEqual(many)
    expect(inOrderAfter(even ?? [], { gone: odd ?? [], come: [] }, byName)).toBeNull()
  })
})
