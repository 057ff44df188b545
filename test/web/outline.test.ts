import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DepartmentRow, StaffRow } from '../../web/sdk/contract.ts'
import { Outline } from '../../web/sdk/outline.ts'
import { department, person } from './rows.ts'

type Table<R> = ReadonlyMap<string, R | null>

const DEPARTMENTS = Array.from({ length: 9 }, (_, n) => `d${n}`)
const PEOPLE = Array.from({ length: 12 }, (_, n) => `p${n}`)
const text = fc.constantFrom('a', 'b', 'B', '中')

/** Parents come earlier in the list, or are not there: what a server tells has no cycles. */
const departmentChange = fc.nat(8).chain((n) =>
  fc.record({
    id: fc.constant(DEPARTMENTS[n] ?? ''),
    row: fc.option(
      fc.record({
        name: text,
        sortKey: text,
        parentId: fc.constantFrom(null, 'missing', ...DEPARTMENTS.slice(0, n)),
      }),
      { freq: 6 },
    ),
  }),
)
const staffChange = fc.record({
  id: fc.constantFrom(...PEOPLE),
  row: fc.option(
    fc.record({
      name: text,
      memberships: fc.uniqueArray(
        fc.record({ departmentId: fc.constantFrom('missing', ...DEPARTMENTS), sortKey: text }),
        { selector: (m) => m.departmentId, maxLength: 4 },
      ),
    }),
    { freq: 6 },
  ),
})
const steps = fc.array(
  fc.record({
    departments: fc.array(departmentChange, { maxLength: 4 }),
    staff: fc.array(staffChange, { maxLength: 6 }),
  }),
  { maxLength: 6 },
)

const departmentsOf = (
  changes: readonly { id: string; row: Partial<DepartmentRow> | null }[],
): Table<DepartmentRow> => new Map(changes.map(({ id, row }) => [id, row && department(id, row)]))
const staffOf = (
  changes: readonly {
    id: string
    row: { name: string; memberships: { departmentId: string; sortKey: string }[] } | null
  }[],
): Table<StaffRow> =>
  new Map(
    changes.map(({ id, row }) => [
      id,
      row &&
        person(id, {
          name: row.name,
          memberships: row.memberships.map((m) => ({ ...m, title: null, isMain: false, isLeader: false })),
        }),
    ]),
  )

function put<R>(table: Map<string, R>, changes: Table<R>): void {
  for (const [id, row] of changes) {
    if (row === null) table.delete(id)
    else table.set(id, row)
  }
}

/** By hand, from nothing but the rows. */
function naive(departments: ReadonlyMap<string, DepartmentRow>, staff: ReadonlyMap<string, StaffRow>) {
  const parentOf = (row: DepartmentRow) =>
    row.parentId !== null && departments.has(row.parentId) ? row.parentId : null
  const order = (...keys: string[]) => keys.join('\0')
  const sorted = <T>(list: T[], key: (item: T) => string) =>
    list.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
  const pathOf = (id: string): string[] => {
    const row = departments.get(id)
    if (!row) return []
    const parent = parentOf(row)
    return [...(parent === null ? [] : pathOf(parent)), id]
  }
  return {
    children: (parent: string | null) =>
      sorted(
        [...departments.values()].filter((d) => parentOf(d) === parent),
        (d) => order(d.sortKey, d.name, d.id),
      ).map((d) => d.id),
    members: (id: string) =>
      sorted(
        [...staff.values()].flatMap((s) =>
          s.memberships.filter((m) => m.departmentId === id).map((m) => ({ s, m })),
        ),
        ({ s, m }) => order(m.sortKey, s.name, s.id),
      ).map(({ s }) => s.id),
    count: (id: string) =>
      [...staff.values()].filter((s) =>
        s.memberships.some((m) => m.departmentId === id || pathOf(m.departmentId).includes(id)),
      ).length,
    path: pathOf,
  }
}

describe('the outline of a copy', () => {
  it('[3] answers after any steps what one that is made anew answers, and what the rows say', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const departments = new Map<string, DepartmentRow>()
        const staff = new Map<string, StaffRow>()
        const outline = new Outline({ departments, staff })
        for (const step of history) {
          const [changedDepartments, changedStaff] = [departmentsOf(step.departments), staffOf(step.staff)]
          outline.apply({ departments: changedDepartments, staff: changedStaff })
          put(departments, changedDepartments)
          put(staff, changedStaff)
          const oracle = naive(departments, staff)
          for (const made of [outline, new Outline({ departments, staff })]) {
            expect(made.size).toEqual({ departments: departments.size, staff: staff.size })
            for (const id of [null, ...DEPARTMENTS, 'missing'])
              expect(made.children(id).map((d) => d.id)).toEqual(
                id === null || departments.has(id) ? oracle.children(id) : [],
              )
            for (const id of DEPARTMENTS) {
              expect(made.members(id).map((m) => m.staff.id)).toEqual(oracle.members(id))
              expect(made.path(id).map((d) => d.id)).toEqual(oracle.path(id))
              if (departments.has(id)) expect(made.count(id)).toBe(oracle.count(id))
            }
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('[3] gives the same list again until something in it changes, so that a page knows what to draw anew', () => {
    const rows = [department('d1'), department('d2', { parentId: 'd1' })]
    const staff = [
      person('p1'),
      person('p2', {
        memberships: [{ departmentId: 'd2', title: null, sortKey: '', isMain: true, isLeader: false }],
      }),
    ]
    const outline = new Outline({
      departments: new Map(rows.map((d) => [d.id, d])),
      staff: new Map(staff.map((s) => [s.id, s])),
    })
    const [top, one, two] = [outline.children(null), outline.members('d1'), outline.members('d2')]
    outline.apply({
      departments: new Map(),
      staff: new Map([['p2', person('p2', { ...staff[1], name: 'New' })]]),
    })
    expect(outline.children(null)).toBe(top)
    expect(outline.members('d1')).toBe(one)
    expect(outline.members('d2')).not.toBe(two)
    expect(outline.members('d2')[0]?.staff.name).toBe('New')
  })
})
