import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { fold } from '../../web/sdk/finder.ts'
import { createQueries } from '../../web/sdk/queries.ts'
import { nextTask } from '../../web/sdk/slices.ts'
import { department, person } from './rows.ts'
import { rowsOf, Shown } from './shown.ts'

describe('a search that is made ready', () => {
  const many = (n: number) =>
    rowsOf({ departments: [], staff: Array.from({ length: n }, (_, i) => person(`p${i}`)) })

  /** Counts how often the text of a row is looked at. */
  function watchedRows() {
    const rows = many(2000)
    let looked = 0
    for (const row of rows.staff.values())
      Object.defineProperty(row, 'nickname', { get: () => (looked++, 'Nick') })
    return { rows, looked: () => looked }
  }

  it('leaves nothing to fold to the first search, and lets others go on meanwhile', async () => {
    const { rows, looked } = watchedRows()
    const shown = new Shown()
    const queries = createQueries(shown, { preparesSearch: true })
    shown.reset(rows)
    // It begins, but does not do everything at once.
    expect(looked()).toBeLessThan(2000)
    while (looked() < 2000) await setImmediate()
    queries.search('nick')
    expect(looked()).toBe(2000)
  })

  it('[K2] stops with a copy that may be shown no longer', async () => {
    const { rows, looked } = watchedRows()
    const shown = new Shown()
    createQueries(shown, { preparesSearch: true })
    shown.reset(rows)
    shown.reset(null)
    const before = looked()
    for (let n = 0; n < 20; n++) await setImmediate()
    expect([before, looked()]).toEqual([before, before])
  })

  it('finds what has changed while it was being made ready', async () => {
    const shown = new Shown()
    const queries = createQueries(shown, { preparesSearch: true })
    shown.reset(many(2000))
    const people = [...(shown.rows?.staff.values() ?? [])]
    shown.step({ departments: [], staff: [...people.slice(1), person('p0', { name: 'Somebody else' })] })
    await setImmediate()
    expect(queries.search('somebody').map(({ row }) => row.id)).toEqual(['p0'])
  })
})

it.each([
  ['', ''],
  ['zhang wei', 'zhang wei'],
  ['Zhang  Wei ', 'zhang wei'],
  [" o'neil", 'oneil'],
  ['张伟', '张伟'],
  ['张 伟', '张 伟'],
  ['张伟Wei', '张伟 wei'],
  ['Müller-Lüdenscheidt', 'muller ludenscheidt'],
  ['ｗｅｉ', 'wei'],
])('%j is compared as %j', (text, folded) => {
  expect(fold(text)).toBe(folded)
})

describe('a search in slices', () => {
  const people = (n: number) =>
    Array.from({ length: n }, (_, i) =>
      person(`p${i}`, {
        name: ['Zoe', '张伟', 'Anna Wei', 'wei'][i % 4] ?? '',
        pinyin: i % 3 ? 'zhang wei' : null,
        mobile: `138${i}`,
      }),
    )
  const started = (n: number) => {
    const shown = new Shown()
    shown.reset(rowsOf({ departments: [department('d1', { name: 'Zhang' })], staff: people(n) }))
    return { shown, queries: createQueries(shown) }
  }
  const never = new AbortController().signal

  it('finds what a search in one go does, letter after letter and back', async () => {
    const [one, other] = [started(5000).queries, started(5000).queries]
    for (const query of [
      'z',
      'zh',
      'zha',
      'z',
      'w',
      'we',
      '伟',
      'zw',
      '1381',
      '13812',
      '',
      'a wei',
      'nobody',
    ])
      expect(await one.seek(query, 50, never)).toEqual(other.search(query, 50))
  })

  it('lets others go on meanwhile, and ends when it is given up', async () => {
    const { queries } = started(30_000)
    const end = new AbortController()
    let isOver = false
    const sought = queries.seek('zhang', 50, end.signal).finally(() => (isOver = true))
    await nextTask()
    expect(isOver).toBe(false)
    end.abort()
    expect(await sought).toBeNull()
  })

  it('[K2] never finds who has gone meanwhile', async () => {
    const { shown, queries } = started(1000)
    // Each slice is over with the first piece: by then they were looked at.
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000))
    expect(queries.search('zoe', 1).map(({ row }) => row.id)).toEqual(['p0'])
    const sought = queries.seek('zoe', 1, never)
    shown.step({ departments: [], staff: people(1000).slice(1) })
    expect((await sought)?.map(({ row }) => row.id)).toEqual(['p100'])
    clock.mockRestore()
    const again = queries.seek('wei', 1, never)
    shown.reset(null)
    expect((await again) ?? []).toEqual([])
  })
})
