import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Administration } from '../../src/access/administration.ts'
import { Authority } from '../../src/access/authority.ts'
import { EVERYBODY, STAFF_ORDERS, type StaffFilter, type StaffOrder } from '../../src/access/staff-list.ts'
import { byName, staffByName } from '../../src/model/by-name.ts'
import type { Ability } from '../../src/model/entry.ts'
import { inOrderAfter } from '../../src/model/in-order.ts'
import { LastEdits } from '../../src/model/last-edits.ts'
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

/** What the administration lists and counts; as much at once as is kept (`MOST` of src/access/kept.ts). */
function listed(
  state: HeadState,
  meId: string,
  filters: readonly StaffFilter[],
  some: readonly StaffOrder[],
) {
  const admin = new Administration(new Authority(state, meId))
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id)
  const departments = [...state.all('department')].map(({ id }) => id).sort()
  return {
    byName: ids(staffByName(state)),
    lists: filters.map((filter) => ids(admin.staffList(filter))),
    orders: some.flatMap((order) => [
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

const orders = fc.subarray([...STAFF_ORDERS], { minLength: 1, maxLength: 3 })

describe('[V10] lists of the administration that are brought forward', () => {
  it('are those that are made anew, after whatever edit, for whoever asks', () => {
    fc.assert(
      fc.property(
        edits(25),
        fc.constantFrom(...ABILITIES),
        orders,
        (history: readonly Edit[], ability, some) => {
          const { company, meId } = begun(ability)
          const kept = new HeadState(company.list)
          const filters = filtersOf(company)
          listed(kept, meId, filters, some)
          for (const edit of history) {
            const people = company.of('staff').filter(({ id }) => id !== meId)
            const one = people[edit.c % Math.max(people.length, 1)]
            // Into the trash and out of it again, more often than the edits do.
            if (one) company.put({ ...one, status: one.status === 'TRASHED' ? 'ACTIVE' : 'TRASHED' })
            kept.apply(applyEdit(company, edit)?.changes ?? [])
            expect(listed(kept, meId, filters, some)).toEqual(
              listed(new HeadState(company.list), meId, filters, some),
            )
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([0, 1])('follow a department that is renamed or moved, of everybody and of a branch', (n) => {
    const { company, meId } = begun((branchId) => ABILITIES[n]?.(branchId) ?? [])
    const kept = new HeadState(company.list)
    const member = company.of('staff').find((s) => s.memberships.length > 0 && s.status === 'ACTIVE')
    const departmentId = member?.memberships[0]?.departmentId ?? ''
    const own = kept.get('department', departmentId)
    // The branch.
    const other = company.of('department').at(-1)
    if (!own || !other || own.id === other.id) throw new Error('There is no department')
    const filters = [{ ...EVERYBODY, departmentId: other.id, isRecursive: true }]
    const listedIn = (state: HeadState) => listed(state, meId, filters, ['DEPARTMENT'])
    const edits = [
      { ...own, parentId: other.id },
      { ...own, parentId: other.id, name: '\u0000 first of all' },
      { ...own, parentId: null },
    ]
    for (const edit of edits) {
      const before = listedIn(kept)
      kept.put(edit)
      const rest = company.list.filter(({ id }) => id !== edit.id)
      expect(listedIn(kept)).toEqual(listedIn(new HeadState([...rest, edit])))
      expect(listedIn(kept)).not.toEqual(before)
    }
  })

  it('know who was edited since, and when they do not know any more', () => {
    const [one] = newCompany().of('staff')
    if (!one) throw new Error('Nobody is there')
    const edits = new LastEdits()
    edits.add({ generation: 1, id: one.id, before: null })
    edits.add({ generation: 2, id: one.id, before: one })
    expect(edits.since(0)).toEqual(new Map([[one.id, null]]))
    expect(edits.since(1)).toEqual(new Map([[one.id, one]]))
    expect(edits.since(2)).toEqual(new Map())
    for (let generation = 3; generation < 5000; generation++) edits.add({ generation, id: 'x', before: null })
    expect(edits.since(1)).toBeNull()
    expect(edits.since(4900)).toEqual(new Map([['x', null]]))
  })

  it('follow many edits at once, and more than anybody remembers', () => {
    const { company, meId } = begun(() => ABILITIES[0]?.('') ?? [])
    const kept = new HeadState(company.list)
    const filters = filtersOf(company)
    const some = ['TITLE', 'DEPARTMENT'] as const
    for (const rounds of [3, 40, 2000]) {
      listed(kept, meId, filters, some)
      for (let round = 0; round < rounds; round++)
        for (const entry of company.of('staff').slice(0, 5))
          kept.put({ ...entry, name: `${entry.name} ${round}`, title: `${round % 7}` })
      const rest = company.list.filter(({ kind }) => kind !== 'staff')
      const anew = new HeadState([...rest, ...kept.all('staff')])
      expect(listed(kept, meId, filters, some)).toEqual(listed(anew, meId, filters, some))
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
