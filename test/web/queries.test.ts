import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DepartmentRow, StaffRow } from '../../web/sdk/contract.ts'
import type { Rows } from '../../web/sdk/copy.ts'
import { fold } from '../../web/sdk/finder.ts'
import { createQueries, type Queries } from '../../web/sdk/queries.ts'
import { department, person } from './rows.ts'
import { rowsOf, Shown, type World } from './shown.ts'

/** The same answers, worked out from the rows each time, in the simplest way. */
function oracle({ departments, staff }: Rows): Queries {
  const all = [...departments.values()]
  const everybody = [...staff.values()]
  const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  const byName = (a: StaffRow, b: StaffRow) => text(a.name, b.name) || text(a.id, b.id)
  const parentOf = (row: DepartmentRow) => departments.get(row.parentId ?? '') ?? null
  const path = (id: string): DepartmentRow[] => {
    const row = departments.get(id)
    const parent = row && parentOf(row)
    return row ? [...(parent ? path(parent.id) : []), row] : []
  }
  const managerOf = (row: StaffRow) => staff.get(row.managerId ?? '') ?? null
  const above = (row: StaffRow): Set<StaffRow> => {
    const found = new Set<StaffRow>()
    for (let at = managerOf(row); at && !found.has(at); at = managerOf(at)) found.add(at)
    return found
  }
  /** Managers from the next one up; whoever is the smallest of their own circle has none. */
  const chainOf = (row: StaffRow): StaffRow[] => {
    const circle = [...above(row)].filter((each) => above(each).has(row))
    const manager = managerOf(row)
    const isTop = !manager || (circle.includes(row) && circle.every((each) => row.id <= each.id))
    return isTop ? [] : [manager, ...chainOf(manager)]
  }
  const isIn = (row: StaffRow, id: string) =>
    row.memberships.some((m) => path(m.departmentId).some((d) => d.id === id))
  const members = (id: string) =>
    everybody.filter((row) => row.memberships.some((m) => m.departmentId === id))
  return {
    isLoading: () => false,
    department: (id) => departments.get(id) ?? null,
    person: (id) => staff.get(id) ?? null,
    children: (id) =>
      all
        .filter((row) => (parentOf(row)?.id ?? null) === id)
        .sort((a, b) => text(a.sortKey, b.sortKey) || text(a.name, b.name) || text(a.id, b.id)),
    path,
    members: (id) =>
      (departments.has(id) ? members(id) : []).sort((a, b) => {
        const key = (row: StaffRow) => row.memberships.find((m) => m.departmentId === id)?.sortKey ?? ''
        return text(key(a), key(b)) || byName(a, b)
      }),
    people: (id) => everybody.filter((row) => id === null || isIn(row, id)).sort(byName),
    count: (id, recursive = true) =>
      !departments.has(id)
        ? 0
        : recursive
          ? everybody.filter((row) => isIn(row, id)).length
          : members(id).length,
    reports: (id) => everybody.filter((row) => (chainOf(row)[0]?.id ?? null) === id).sort(byName),
    chain: (id) =>
      everybody.filter((row) => row.id === id).flatMap((row) => [...chainOf(row).toReversed(), row]),
    search: (query, first = 20) => searchOracle(all, everybody, query).slice(0, first),
  }
}

/** Every way in which a text can be matched is written out, and the wanted one looked for among them. */
function searchOracle(all: readonly DepartmentRow[], everybody: readonly StaffRow[], query: string) {
  const wanted = fold(query)
  const run = wanted.split(' ').join('')
  const classOf = (value: string): number | null => {
    const words = fold(value).split(' ')
    const whole = words.join('')
    if (whole === run) return 0
    if (whole.startsWith(run)) return 1
    if (words.some((_, i) => words.slice(i).join('').startsWith(run))) return 2
    return wanted.length > 1 && words.join(' ').includes(wanted) ? 3 : null
  }
  const rank = (texts: readonly (string | null)[], mobile: string | null) => {
    const found = texts.flatMap((value, place) => {
      const match = value === null ? null : classOf(value)
      return match === null ? [] : [match * 100 + place]
    })
    const digits = (mobile ?? '').replace(/\D/g, '')
    if (/^[0-9]{4,}$/.test(run) && digits.endsWith(run)) found.push((digits === run ? 0 : 200) + texts.length)
    return found.length > 0 ? Math.min(...found) : null
  }
  const hits = [
    ...everybody.map((row) => {
      const { name, nickname, login, email, pinyin, initials, title, mobile } = row
      return {
        hit: { category: 'STAFF' as const, row },
        rank: rank([name, nickname, login, ...email, pinyin, initials, title], mobile),
      }
    }),
    ...all.map((row) => ({ hit: { category: 'DEPARTMENT' as const, row }, rank: rank([row.name], null) })),
  ]
  const key = ({ hit, rank: r }: (typeof hits)[number]) =>
    [String(r).padStart(4, '0'), hit.category === 'STAFF' ? '0' : '1', hit.row.name, hit.row.id].join('\0')
  return wanted === ''
    ? []
    : hits
        .filter((h) => h.rank !== null)
        .sort((a, b) => (key(a) < key(b) ? -1 : 1))
        .map(({ hit }) => hit)
}

const DEPARTMENTS = 7
const PEOPLE = 9
const departmentId = fc.nat(DEPARTMENTS).map((n) => `d${n}`)
const name = fc.constantFrom('张伟', '张 三丰', 'Müller', 'Anna Wei', 'wei', 'Ann', '李 Anna')
const pinyin = fc.constantFrom(null, 'zhang wei', 'zhang san feng', 'li', 'wei')

/** Parents come before their children, and some are not there: a copy has no circles, and may have gaps (R2). */
const world = fc
  .tuple(
    fc.array(
      fc.record({
        isThere: fc.boolean(),
        parent: fc.option(fc.nat(DEPARTMENTS)),
        name,
        sortKey: fc.constantFrom('', 'a'),
      }),
      {
        minLength: DEPARTMENTS,
        maxLength: DEPARTMENTS,
      },
    ),
    fc.array(
      fc.record({
        isThere: fc.boolean(),
        in: fc.uniqueArray(departmentId, { maxLength: 3 }),
        name,
        pinyin,
        initials: fc.constantFrom(null, 'zw', 'zsf'),
        manager: fc.option(fc.nat(PEOPLE)),
        mobile: fc.constantFrom(null, '+86 138-0000-1234', '1234'),
        sortKey: fc.constantFrom('', 'b'),
      }),
      { minLength: PEOPLE, maxLength: PEOPLE },
    ),
  )
  .map(([departments, people]): World => ({
    departments: departments.flatMap(({ isThere, parent, ...rest }, n) =>
      isThere
        ? department(`d${n}`, { ...rest, parentId: parent === null || parent >= n ? null : `d${parent}` })
        : [],
    ),
    staff: people.flatMap(({ isThere, in: places, sortKey, manager, ...rest }, n) =>
      isThere
        ? person(`p${n}`, {
            ...rest,
            nickname: null,
            managerId: manager === null ? null : `p${manager}`,
            memberships: places.map((id) => ({
              departmentId: id,
              title: null,
              sortKey,
              isMain: false,
              isLeader: false,
            })),
          })
        : [],
    ),
  }))

const IDS = Array.from({ length: DEPARTMENTS + 1 }, (_, n) => `d${n}`)
const PEOPLE_IDS = Array.from({ length: PEOPLE + 1 }, (_, n) => `p${n}`)
const QUERIES = [
  'zhang',
  'zhangwei',
  'zh',
  '张',
  '伟',
  'san feng',
  'wei',
  'ann',
  'mull',
  '1234',
  '00001234',
  '34',
  'zw',
  'p1',
  'example',
  '',
]

function expectSame(actual: Queries, expected: Queries): void {
  for (const id of [...IDS, null]) {
    expect(actual.children(id)).toEqual(expected.children(id))
    expect(actual.people(id)).toEqual(expected.people(id))
  }
  for (const id of IDS) {
    expect(actual.path(id)).toEqual(expected.path(id))
    expect(actual.members(id)).toEqual(expected.members(id))
    expect([actual.count(id), actual.count(id, false)]).toEqual([
      expected.count(id),
      expected.count(id, false),
    ])
  }
  for (const id of [...PEOPLE_IDS, null]) expect(actual.reports(id)).toEqual(expected.reports(id))
  for (const id of PEOPLE_IDS) expect(actual.chain(id)).toEqual(expected.chain(id))
  for (const query of QUERIES)
    for (const first of [2, 20, 0]) expect(actual.search(query, first)).toEqual(expected.search(query, first))
}

describe('queries to the copy', () => {
  it('answer after any steps what the rows say, whatever the order in which they are told', () => {
    fc.assert(
      fc.property(
        world,
        fc.array(fc.tuple(world, fc.constantFrom('both', 'departments', 'staff'), fc.boolean()), {
          maxLength: 6,
        }),
        (first, steps) => {
          const shown = new Shown()
          const queries = createQueries(shown)
          shown.reset(rowsOf(first))
          expectSame(queries, oracle(shown.rows ?? rowsOf(first)))
          let at = first
          for (const [next, which, isReversed] of steps) {
            // Mostly only some of it changes: what did not must follow all the same.
            at = {
              ...at,
              ...(which === 'both' ? next : { [which]: next[which === 'staff' ? 'staff' : 'departments'] }),
            }
            shown.step(at, (changes) => (isReversed ? changes.toReversed() : changes))
            expectSame(queries, oracle(shown.rows ?? rowsOf(first)))
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('[R2] answer nothing where nothing may be shown, and everything again afterwards', () => {
    const shown = new Shown()
    const queries = createQueries(shown)
    expect([queries.children(null), queries.people(null), queries.count('d1'), queries.search('p')]).toEqual([
      [],
      [],
      0,
      [],
    ])
    shown.reset(rowsOf({ departments: [department('d1')], staff: [person('p1')] }))
    expect(queries.count('d1')).toBe(1)
    shown.reset(null)
    expect([queries.person('p1'), queries.search('p1')]).toEqual([null, []])
  })
})

it('keeps the order of a department through steps of many people', () => {
  const shown = new Shown()
  const queries = createQueries(shown)
  const departments = [department('d1')]
  const staff = (prefix: string) =>
    Array.from({ length: 200 }, (_, n) => person(`p${n}`, { name: `${prefix} ${(n * 7) % 200}` }))
  shown.reset(rowsOf({ departments, staff: staff('a') }))
  queries.members('d1')
  shown.step({ departments, staff: [...staff('b').slice(0, 150), ...staff('a').slice(150)] })
  const { rows } = shown
  expect(queries.members('d1')).toEqual(rows && oracle(rows).members('d1'))
})

describe('a watch', () => {
  const company = { departments: [department('d1'), department('d2')], staff: [person('p1')] }
  const watched = () => {
    const shown = new Shown()
    shown.reset(rowsOf(company))
    return { shown, queries: createQueries(shown) }
  }

  it('tells at once, and again when the answer is another, and not when something else has changed', () => {
    const { shown, queries } = watched()
    const told: number[] = []
    const end = queries.watch(
      (q) => q.members('d1'),
      (people) => told.push(people.length),
    )
    shown.step({ ...company, departments: [department('d1'), department('d2', { name: 'Other' })] })
    expect(told).toEqual([1])
    shown.step({ ...company, staff: [person('p1'), person('p2')] })
    expect(told).toEqual([1, 2])
    shown.step({ ...company, staff: [person('p1', { title: 'New' }), person('p2')] })
    expect(told).toEqual([1, 2, 2])
    shown.reset(null)
    expect(told).toEqual([1, 2, 2, 0])
    end()
    shown.reset(rowsOf(company))
    expect(told).toHaveLength(4)
  })

  it('of a search tells when somebody comes who matches', () => {
    const { shown, queries } = watched()
    const told: string[][] = []
    queries.watch(
      (q) => q.search('zhang'),
      (hits) => told.push(hits.map(({ row }) => row.id)),
    )
    shown.step({ ...company, staff: [person('p1'), person('p2', { pinyin: 'zhang wei' })] })
    expect(told).toEqual([[], ['p2']])
    queries.close()
    shown.reset(null)
    expect(told).toHaveLength(2)
  })
})
