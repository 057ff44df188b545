import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareText } from '../../src/model/canonical.ts'
import { pageOf, PageCursors, scopeOf, type Page } from '../../schema/paging.ts'
import { World } from './world.ts'

const cursors = new PageCursors('a secret of the tests that is long enough')
const keyOf = (item: Item) => [item.name, item.id]

interface Item {
  readonly name: string
  readonly id: string
}

/** Items with few names, so that keys tie, some of them in characters beyond the first plane. */
const items = fc
  .array(fc.record({ name: fc.constantFrom('', 'a', 'aa', '\uffff', '𝕏', '李'), n: fc.nat(40) }), {
    maxLength: 30,
  })
  .map((list) => sorted([...new Map(list.map(({ name, n }) => [n, { name, id: `id-${n}` }])).values()]))

function sorted(list: Item[]): Item[] {
  return list.sort((a, b) => compareText(a.name, b.name) || compareText(a.id, b.id))
}

const ids = (page: Page<Item>) => page.edges.map(({ node }) => node.id)

describe('paging', () => {
  it('read to the end gives exactly the list, as slices of it', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 7 }), (list, first) => {
        let after: string | null = null
        for (let start = 0; start === 0 || start < list.length; start += first) {
          const page: Page<Item> = pageOf(cursors, 'list', list, keyOf, { first, after })
          expect(ids(page)).toEqual(list.slice(start, start + first).map((item) => item.id))
          expect(page.totalCount).toBe(list.length)
          expect(page.pageInfo.hasNextPage).toBe(start + first < list.length)
          expect(page.pageInfo.hasPreviousPage).toBe(start > 0)
          expect(page.pageInfo.startCursor).toBe(page.edges.at(0)?.cursor ?? null)
          expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor ?? null)
          after = page.pageInfo.endCursor
        }
      }),
    )
  })

  it('goes on from the same place when rows have come and gone, without a repeat', () => {
    fc.assert(
      fc.property(items, items, fc.nat(29), (before, now, n) => {
        const at = before[n % Math.max(before.length, 1)]
        if (!at) return
        const after = cursors.mint('list', keyOf(at))
        const rest = now.filter(
          (item) => compareText(item.name, at.name) > 0 || (item.name === at.name && item.id > at.id),
        )
        expect(ids(pageOf(cursors, 'list', now, keyOf, { first: 100, after }))).toEqual(
          rest.map((item) => item.id),
        )
      }),
    )
  })

  it('[T27] refuses a cursor of which any byte was changed, and one of another list, viewer or server', () => {
    const scope = scopeOf('children', ['x'], { key: 'audience' })
    const cursor = cursors.mint(scope, ['a', 'id-1'])
    const refused = (text: string, of = cursors, at = scope) => expect(of.read(at, text)).toBeNull()
    expect(cursors.read(scope, cursor)).toEqual(['a', 'id-1'])
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \0é'
    for (let i = 0; i < cursor.length; i++) {
      for (const char of alphabet) {
        if (char !== cursor[i]) refused(cursor.slice(0, i) + char + cursor.slice(i + 1))
      }
      refused(cursor.slice(0, i))
      refused(cursor.slice(0, i) + cursor.slice(i + 1))
    }
    for (const text of [`${cursor}A`, `${cursor}=`, ` ${cursor}`, cursor + cursor, '\0']) refused(text)
    refused(cursor, new PageCursors('another secret of the tests, as long as the first'))
    for (const other of [
      scopeOf('children', ['y'], { key: 'audience' }),
      scopeOf('members', ['x'], { key: 'audience' }),
      scopeOf('children', ['x'], { key: 'another' }),
    ]) {
      refused(cursor, cursors, other)
    }
  })
})

describe('connections', () => {
  const world = new World()
  const [boss, common] = [world.person(0).id, world.person(1).id]
  const root = world.company.of('department')[0]?.id ?? ''

  const lists = [
    [
      'staffList',
      'query ($n: Int, $c: String) { list: staffList(first: $n, after: $c) { ...P } } fragment P on StaffConnection { totalCount pageInfo { endCursor hasNextPage } edges { node { id } } }',
    ],
    [
      'members',
      'query ($n: Int, $c: String) { department(id: "ROOT") { list: members(recursive: true, first: $n, after: $c) { totalCount pageInfo { endCursor hasNextPage } edges { node { staff { id } } } } } }',
    ],
    [
      'departments',
      'query ($n: Int, $c: String) { list: departments(parentId: "ROOT", first: $n, after: $c) { totalCount pageInfo { endCursor hasNextPage } edges { node { id } } } }',
    ],
  ] as const

  interface List {
    totalCount: number
    pageInfo: { endCursor: string | null; hasNextPage: boolean }
    edges: { node: { id?: string; staff?: { id: string } } }[]
  }

  async function read(staffId: string, query: string, n: number, c: string | null): Promise<List> {
    const answer = await world.ask(staffId, query.replaceAll('ROOT', root), { n, c })
    expect(answer.errors).toEqual([])
    const data: { list?: List; department?: { list: List } } = JSON.parse(answer.text).data
    const list = data.list ?? data.department?.list
    if (!list) throw new Error('no list')
    return list
  }

  it.each(lists)('%s read page by page is what one page has', async (_, query) => {
    const whole = await read(boss, query, 100, null)
    expect(whole.totalCount).toBeGreaterThan(1)
    expect(whole.edges).toHaveLength(whole.totalCount)
    const edges: List['edges'] = []
    for (let after: string | null = null; ;) {
      const page: List = await read(boss, query, 1, after)
      edges.push(...page.edges)
      after = page.pageInfo.endCursor
      if (!page.pageInfo.hasNextPage) break
    }
    expect(edges).toEqual(whole.edges)
  })

  it('[T27] a cursor of somebody with another view, or of another list, is BAD_USER_INPUT', async () => {
    const [, staffList] = lists[0]
    const [, departments] = lists[2]
    const { pageInfo } = await read(boss, staffList, 1, null)
    for (const [staffId, query] of [
      [common, staffList],
      [boss, departments],
    ] as const) {
      const { errors, text } = await world.ask(staffId, query.replaceAll('ROOT', root), {
        n: 1,
        c: pageInfo.endCursor,
      })
      expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' })
      expect(text).not.toContain('"edges"')
    }
  })
})
