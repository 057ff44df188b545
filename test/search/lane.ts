import type { Edit } from '../support/histories.ts'
import { applyEdit, newCompany } from '../support/histories.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import { applyCard, type Card } from '../support/search-edits.ts'
import { oracleSearch } from '../support/search-oracle.ts'
import { Sync } from '../../src/sync/sync.ts'

export interface Asked {
  readonly viewer: number
  readonly query: string
  readonly first: number
  readonly only: 'staff' | 'department' | null
}

/** What happens: an edit or a new card of somebody, then searches; perhaps the whole history is replaced. */
export interface Step {
  readonly change: Edit | Card
  readonly isReplaced: boolean
  readonly asked: readonly Asked[]
}

/** Plays a history; the first search whose answer is not the oracle's, or null. */
export async function play(steps: readonly Step[]): Promise<string | null> {
  const company = newCompany({ departments: 6, people: 10 })
  const history = new MemoryHistory()
  history.append(...company.versions)
  const sync = new Sync({ replica: history, secret: 'a secret of the tests, long enough' })
  for (const { change, isReplaced, asked } of steps) {
    if ('op' in change) applyEdit(company, change)
    else applyCard(company, change)
    if (isReplaced) history.replace(company.versions)
    else history.append(...company.versions.slice(history.version))
    for (const { viewer, query, first, only } of asked) {
      const people = company.of('staff')
      const id = people[viewer % Math.max(1, people.length)]?.id ?? ''
      const hits = (await sync.search(id, { query, first, only })).map(({ row }) => row.id)
      const expected = oracleSearch(company.list, id, query, first, only)
      if (JSON.stringify(hits) === JSON.stringify(expected)) continue
      const name = (hit: string) => {
        const entry = company.entries.get(hit)
        return entry && 'name' in entry ? `${entry.name} ${hit.slice(-3)}` : hit
      }
      return `${JSON.stringify(query)} by ${id}: [${hits.map(name).join(', ')}] instead of [${expected.map(name).join(', ')}]`
    }
  }
  return null
}
