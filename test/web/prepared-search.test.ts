import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createQueries } from '../../web/sdk/queries.ts'
import { person } from './rows.ts'
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
