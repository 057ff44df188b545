import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { audienceOf } from '../../src/access/grant.ts'
import type { StaffRow } from '../../src/access/row.ts'
import { View } from '../../src/access/view.ts'
import { MAX_BOXES, type Chart, type ChartNode, type ChartRequest } from '../../src/chart/chart.ts'
import { departmentChart } from '../../src/chart/departments.ts'
import { drawChart } from '../../src/chart/draw.ts'
import { layoutOf } from '../../src/chart/layout.ts'
import { managerChart, topOf } from '../../src/chart/managers.ts'
import { HeadState } from '../../src/model/state.ts'
import { applyEdit, edits, newCompany, uuid, type Company } from '../support/histories.ts'
import { newDepartment, newStaff } from '../support/newcomers.ts'
import { oracleView } from '../support/oracle.ts'

const ALL: ChartRequest = { by: 'departments', rootId: null, depth: 100 }

function viewOf(company: Company, viewerId: string): View {
  const state = new HeadState(company.list)
  return new View(audienceOf(state, viewerId), state)
}

/** Whether some departments are their own ancestors: LDAP has no such thing, and they hang on nothing. */
function hasCircle(company: Company): boolean {
  const reached = new Set<string | null>([null])
  const departments = company.of('department')
  const ids = new Set(departments.map(({ id }) => id))
  for (let n = -1; n !== reached.size;) {
    n = reached.size
    for (const { id, parentId } of departments)
      if (parentId === null || !ids.has(parentId) || reached.has(parentId)) reached.add(id)
  }
  return departments.some(({ id }) => !reached.has(id))
}

function nodesOf(chart: Chart): ChartNode[] {
  const nodes = chart.kind === 'chart' ? [...chart.roots] : []
  for (const { children } of nodes) nodes.push(...children)
  return nodes
}

/** Every box with the one that it hangs on, `child < parent`. */
function edgesOf(chart: Chart): string[] {
  if (chart.kind !== 'chart') throw new Error(chart.kind)
  const edges: string[] = []
  const walk = (nodes: readonly ChartNode[], parent: string) => {
    for (const node of nodes) {
      edges.push(`${node.id} < ${parent}`)
      walk(node.children, node.id)
    }
  }
  walk(chart.roots, 'nothing')
  return edges
}

function svgOf(chart: Chart): string {
  return chart.kind === 'chart' ? String(drawChart(layoutOf(chart.roots))) : ''
}

const idsIn = (svg: string) => [...svg.matchAll(/data-id="([^"]+)"/g)].map(([, id = '']) => id)
const namesIn = (svg: string) => [...svg.matchAll(/<title>([^<]*)</g)].map(([, name = '']) => name)
const linesIn = (svg: string) =>
  [...svg.matchAll(/font-size="11"[^>]*>([^<]*)</g)].map(([, line = '']) => line)

describe('[T40] a chart', () => {
  it('[V1] [V2] [V3] [V4] shows everybody exactly the rows of their view, each once, and nothing of others', () => {
    fc.assert(
      fc.property(edits(40), (history) => {
        const company = newCompany()
        for (const edit of history) applyEdit(company, edit)
        for (const { id: viewerId } of company.of('staff')) {
          const view = viewOf(company, viewerId)
          const oracle = oracleView(company.list, viewerId)
          const [departments, staff] = [[...oracle.departments.values()], [...oracle.staff.values()]]
          const byDepartment = departmentChart(view, ALL)
          if (!hasCircle(company)) {
            const expected = departments.map((d) => `${d.id} < ${d.parentId ?? 'nothing'}`)
            expect(edgesOf(byDepartment).sort()).toEqual(expected.sort())
          }
          const svg = svgOf(byDepartment)
          expect(idsIn(svg).filter((id) => !oracle.departments.has(id))).toEqual([])
          expect(namesIn(svg).sort()).toEqual(
            idsIn(svg)
              .map((id) => oracle.departments.get(id)?.name ?? '')
              .sort(),
          )
          for (const { id, detail } of nodesOf(byDepartment)) {
            const leads = (s: StaffRow) => s.memberships.some((m) => m.departmentId === id && m.isLeader)
            const leaders = staff.filter(leads).map(({ name }) => name)
            expect(detail.split(', ').sort()).toEqual(leaders.length > 0 ? leaders.sort() : [''])
          }

          const byManager = managerChart(view, { ...ALL, by: 'managers' })
          const people = svgOf(byManager)
          expect(idsIn(people).sort()).toEqual(staff.map(({ id }) => id).sort())
          expect(namesIn(people).sort()).toEqual(staff.map(({ name }) => name).sort())
          const titles = staff.flatMap(({ title }) => (title === null || title === '' ? [] : [title]))
          expect(linesIn(people).sort()).toEqual(titles.sort())
          for (const edge of edgesOf(byManager)) {
            const [id = '', managerId = ''] = edge.split(' < ')
            if (managerId !== 'nothing') expect(oracle.staff.get(id)?.managerId).toBe(managerId)
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  it('is the same bytes with hidden departments and people as without them: no gap, no count', () => {
    const company = newCompany()
    const viewerId = company.of('staff')[1]?.id ?? ''
    const draw = (by: ChartRequest['by']) => {
      const view = viewOf(company, viewerId)
      return svgOf((by === 'departments' ? departmentChart : managerChart)(view, { ...ALL, by }))
    }
    const before = [draw('departments'), draw('managers')]
    const [, , secret] = company.of('departmentType')
    const [, , hidden] = company.of('staffType')
    const parent = company.of('department')[0]?.id ?? ''
    for (let n = 0; n < 30; n++) {
      company.put({ ...newDepartment(uuid(1, 900 + n), parent, secret?.id ?? ''), name: 'CANARY' })
      const person = newStaff(uuid(6, 900 + n), [parent], hidden?.id ?? '', [])
      company.put({ ...person, name: 'CANARY', managerId: viewerId })
    }
    expect([draw('departments'), draw('managers')]).toEqual(before)
    expect(before.join('')).toContain('data-id')
  })

  it('begins with a root that the view shows, and answers the same for hidden, missing and malformed ones', () => {
    const company = newCompany()
    for (const { id: viewerId } of company.of('staff')) {
      const view = viewOf(company, viewerId)
      const oracle = oracleView(company.list, viewerId)
      for (const rootId of [...company.entries.keys(), uuid(1, 999), '', 'x', '../..']) {
        const [d, s] = [
          departmentChart(view, { ...ALL, rootId }),
          managerChart(view, { ...ALL, by: 'managers', rootId }),
        ]
        expect(d.kind).toBe(oracle.departments.has(rootId) ? 'chart' : 'missing')
        expect(s.kind).toBe(oracle.staff.has(rootId) ? 'chart' : 'missing')
        if (d.kind === 'chart') expect(d.roots.map(({ id }) => id)).toEqual([rootId])
      }
    }
  })
})

/** A company in which the first person sees all, with people under managers as given: `[id, managerId]`. */
function reporting(pairs: readonly (readonly [number, number | null])[]): {
  view: View
  id: (n: number) => string
} {
  const company = newCompany({ departments: 1, people: 1 })
  const [boss] = company.of('staff')
  const id = (n: number) => uuid(6, 1000 + n)
  for (const [n, manager] of pairs) {
    const departmentIds = boss?.memberships.map((m) => m.departmentId) ?? []
    const person = newStaff(id(n), departmentIds, boss?.typeId ?? null, [])
    company.put({ ...person, name: `P${n}`, managerId: manager === null ? null : id(manager) })
  }
  return { view: viewOf(company, boss?.id ?? ''), id }
}

describe('managers', () => {
  it('in a circle end nothing: the one with the smallest id stands above', () => {
    const { view, id } = reporting([
      [3, 1],
      [1, 2],
      [2, 3],
      [4, 2],
      [5, 5],
    ])
    const edges = edgesOf(managerChart(view, { ...ALL, by: 'managers' }))
    const expected = [
      [1, null] as const,
      [3, 1] as const,
      [2, 3] as const,
      [4, 2] as const,
      [5, null] as const,
    ]
    for (const [n, manager] of expected)
      expect(edges).toContain(`${id(n)} < ${manager === null ? 'nothing' : id(manager)}`)
    expect(edges).toHaveLength(6)
    const from = edgesOf(managerChart(view, { ...ALL, by: 'managers', rootId: id(2) }))
    expect(from[0]).toBe(`${id(2)} < nothing`)
    expect(from).toHaveLength(4)
  })

  it('may stand in a chain that is longer than any stack', () => {
    const n = MAX_BOXES - 2
    const { view } = reporting(Array.from({ length: n }, (_, i) => [i, i === 0 ? null : i - 1] as const))
    const chart = managerChart(view, { ...ALL, by: 'managers', depth: 1_000_000 })
    expect(idsIn(svgOf(chart))).toHaveLength(n + 1)
  })

  it('of whomever: everybody is under exactly one of those at the top', () => {
    const link = fc.tuple(fc.nat(30), fc.option(fc.nat(30)))
    fc.assert(
      fc.property(fc.uniqueArray(link, { selector: ([n]) => n, maxLength: 31 }), (links) => {
        const rows = links.map(([n, m]) => ({
          id: String(n).padStart(2, '0'),
          name: 'same',
          managerId: m === null ? null : String(m).padStart(2, '0'),
        }))
        const tops = topOf(rows)
        const reached = tops.map(({ id }) => id)
        for (const id of reached)
          for (const row of rows) if (row.managerId === id && !reached.includes(row.id)) reached.push(row.id)
        expect(reached.sort()).toEqual(rows.map(({ id }) => id).sort())
        expect(topOf([...rows].reverse())).toEqual(tops)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the limits of a chart', () => {
  it('cut at a depth, and show that there is more, but only where there is', () => {
    const company = newCompany()
    const view = viewOf(company, company.of('staff')[0]?.id ?? '')
    const chart = departmentChart(view, { ...ALL, depth: 2 })
    if (chart.kind !== 'chart') throw new Error(chart.kind)
    const second = chart.roots.flatMap(({ children }) => children)
    expect(second.length).toBeGreaterThan(0)
    for (const node of second) {
      expect(node.children).toEqual([])
      expect(node.isCut).toBe(view.children(node.id).length > 0)
    }
    expect(svgOf(chart).match(/stroke-dasharray/g)).toHaveLength(second.filter(({ isCut }) => isCut).length)
  })

  it('refuse more boxes than anybody can read, and take part of them', () => {
    const company = newCompany({ departments: 1, people: 4 })
    const [top] = company.of('department')
    for (let n = 0; n < MAX_BOXES + 5; n++)
      company.put(newDepartment(uuid(1, 1000 + n), top?.id ?? '', top?.typeId ?? null))
    const view = viewOf(company, company.of('staff')[0]?.id ?? '')
    expect(departmentChart(view, ALL)).toEqual({ kind: 'too large' })
    expect(departmentChart(view, { ...ALL, depth: 1 }).kind).toBe('chart')
    expect(departmentChart(view, { ...ALL, rootId: uuid(1, 1000) }).kind).toBe('chart')
  })
})

describe('the drawing', () => {
  it('lays no box over another, and all of them within the picture', () => {
    fc.assert(
      fc.property(edits(30), (history) => {
        const company = newCompany()
        for (const edit of history) applyEdit(company, edit)
        const [viewer] = company.of('staff')
        const chart = managerChart(viewOf(company, viewer?.id ?? ''), { ...ALL, by: 'managers' })
        if (chart.kind !== 'chart') throw new Error(chart.kind)
        const { boxes, width, height } = layoutOf(chart.roots)
        for (const [i, a] of boxes.entries()) {
          expect(a.x >= 0 && a.y >= 0 && a.x + 190 <= width && a.y + 40 <= height).toBe(true)
          for (const b of boxes.slice(i + 1))
            expect(Math.abs(a.x - b.x) >= 190 || Math.abs(a.y - b.y) >= 40).toBe(true)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('[T110] is harmless XML whatever the names are', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        '</title><script>alert(1)</script>',
        '"><a href="javascript:x">',
        ']]>',
        '&lt;',
        '<!--',
      ),
    )
    fc.assert(
      fc.property(hostile, hostile, (name, detail) => {
        const node: ChartNode = { id: uuid(1, 1), name, detail, children: [], isCut: false }
        const svg = String(drawChart(layoutOf([node])))
        expect(new Set(svg.match(/<[a-z!/][a-zA-Z-]*/g))).toEqual(
          new Set(
            ['svg', 'clipPath', 'g', 'title', 'text']
              .flatMap((tag) => [`<${tag}`, `</${tag}`])
              .concat('<rect'),
          ),
        )
        expect(svg).not.toMatch(/&(?!(?:amp|lt|gt|quot|#39);)/)
        expect(svg).not.toMatch(/[\p{Cc}\p{Cs}\ufffe\uffff]/u)
      }),
      { numRuns: 500 },
    )
  })

  it('of nothing is an empty picture', () => {
    expect(String(drawChart(layoutOf([])))).toContain('width="40" height="40"')
  })
})
