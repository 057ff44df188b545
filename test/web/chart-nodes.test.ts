import { describe, expect, it } from 'vitest'
import {
  chartNodes,
  FIRST,
  firstOpen,
  linesOf,
  MORE,
  pathTo,
  type ChartNode,
  type Opened,
} from '../../web/chart/chart-nodes.ts'
import type { DepartmentRow, StaffRow } from '../../web/sdk/contract.ts'
import { createQueries } from '../../web/sdk/queries.ts'
import { department, person } from './rows.ts'

const queriesOf = (departments: readonly DepartmentRow[], staff: readonly StaffRow[]) =>
  createQueries({
    rows: {
      departmentTypes: [],
      staffTypes: [],
      fields: [],
      departments: new Map(departments.map((row) => [row.id, row])),
      staff: new Map(staff.map((row) => [row.id, row])),
    },
    onNews: () => () => {},
  })

const opened = (open: readonly string[], rest: Partial<Opened> = {}): Opened => ({
  open: new Set(open),
  shown: new Map(),
  kept: null,
  ...rest,
})
const places = (nodes: readonly ChartNode[]) =>
  linesOf(nodes).map(({ id, level, position, siblings }) => `${level} ${id} ${position}/${siblings}`)
const inside = (departmentId: string, isMain = true, isLeader = false) => ({
  departmentId,
  title: `in ${departmentId}`,
  sortKey: isLeader ? '' : 'z',
  isMain,
  isLeader,
})

const company = queriesOf(
  [
    department('top'),
    department('east', { parentId: 'top', sortKey: 'a' }),
    department('west', { parentId: 'top', sortKey: 'b' }),
  ],
  [
    person('boss', { memberships: [inside('top', true, true)] }),
    person('ann', { memberships: [inside('east')], managerId: 'boss' }),
    person('bob', { memberships: [inside('west', false), inside('east', true, true)], managerId: 'boss' }),
    person('cid', { memberships: [inside('gone'), inside('west')], managerId: 'nobody who is shown' }),
  ],
)

describe('a chart by departments', () => {
  it('shows what is below a department when it is open: departments first, then people, the head first', () => {
    expect(places(chartNodes(company, 'departments', opened([])))).toEqual(['1 top 1/1'])
    expect(places(chartNodes(company, 'departments', opened(['top', 'east'])))).toEqual([
      '1 top 1/1',
      '2 east 1/3',
      '3 east/bob 1/2',
      '3 east/ann 2/2',
      '2 west 2/3',
      '2 top/boss 3/3',
    ])
  })

  it('names the heads and counts everybody once', () => {
    const [top] = chartNodes(company, 'departments', opened(['top']))
    expect(top?.item).toMatchObject({ kind: 'department', people: 4, leaders: [{ id: 'boss' }] })
    expect(top?.children.map(({ item }) => item.kind)).toEqual(['department', 'department', 'person'])
  })

  it('leads to somebody by the department that is shown, the main one before others', () => {
    expect(pathTo(company, 'departments', 'bob')).toEqual(['top', 'east', 'east/bob'])
    expect(pathTo(company, 'departments', 'cid')).toEqual(['top', 'west', 'west/cid'])
    expect(pathTo(company, 'departments', 'stranger')).toEqual([])
  })
})

describe('a chart by managers', () => {
  it('shows at the top whoever has no manager there, and reports below', () => {
    expect(places(chartNodes(company, 'managers', opened(['boss', 'ann'])))).toEqual([
      '1 boss 1/2',
      '2 ann 1/2',
      '2 bob 2/2',
      '1 cid 2/2',
    ])
    expect(pathTo(company, 'managers', 'ann')).toEqual(['boss', 'ann'])
  })

  it('ends where people manage each other', () => {
    const circle = queriesOf(
      [],
      ['a', 'b', 'c'].map((id, n) => person(id, { managerId: 'bca'[n] ?? null })),
    )
    expect(places(chartNodes(circle, 'managers', opened(['a', 'b', 'c'])))).toEqual([
      '1 a 1/1',
      '2 c 1/1',
      '3 b 1/1',
    ])
  })
})

describe('a chart of many', () => {
  const many = queriesOf(
    [department('top')],
    Array.from({ length: FIRST + MORE + 7 }, (_, n) =>
      person(`p${String(n).padStart(4, '0')}`, { memberships: [inside('top')] }),
    ),
  )
  const kinds = (o: Partial<Opened>) =>
    linesOf(chartNodes(many, 'departments', opened(['top'], o))).map(({ item }) =>
      item.kind === 'more' ? item.count : item.kind,
    )

  it('shows the first, and more when asked', () => {
    expect(kinds({})).toHaveLength(FIRST + 2)
    expect(kinds({}).at(-1)).toBe(MORE + 7)
    expect(kinds({ shown: new Map([['top', FIRST + MORE]]) }).at(-1)).toBe(7)
    expect(kinds({ shown: new Map([['top', FIRST + 2 * MORE]]) }).at(-1)).toBe('person')
  })

  it('shows the own place, however far back it is', () => {
    const own = pathTo(many, 'departments', 'p0200').at(-1) ?? null
    const lines = linesOf(chartNodes(many, 'departments', opened(['top'], { kept: own })))
    expect(lines.find(({ id }) => id === own)).toMatchObject({ position: 201, siblings: FIRST + MORE + 7 })
    expect(lines.at(-1)?.item).toMatchObject({ kind: 'more', count: MORE + 6 })
  })
})

it('begins at the own place; without one a single top is open', () => {
  const path = pathTo(company, 'departments', 'ann')
  expect([...firstOpen(company, 'departments', path)]).toEqual(['top', 'east', 'east/ann'])
  expect([...firstOpen(company, 'departments', [])]).toEqual(['top'])
  expect([...firstOpen(company, 'managers', [])]).toEqual([])
})
