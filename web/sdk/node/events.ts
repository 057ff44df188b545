import type { Rows } from '../copy.ts'
import type { News } from '../keeper.ts'

/**
 * News as lines of JSON, for a program that reads them from a pipe: `reset` (forget everything; `rows` follow as `add`),
 * `add`, `update` and `remove`, and after each group `version`: all up to here belongs together. The order is that in which
 * they are to be applied.
 */
export function* eventLines(news: News, cursor: string | null): Generator<string> {
  if (news.kind === 'reset') {
    yield line({ event: 'reset' })
    if (news.rows) yield* rowLines(news.rows)
  } else {
    for (const { category, id, before, after } of news.changes) {
      if (after) yield line({ event: before ? 'update' : 'add', category, id, row: after })
      else if (before) yield line({ event: 'remove', category, id, row: before })
    }
  }
  yield line({ event: 'version', version: cursor })
}

function* rowLines({ departments, staff }: Rows): Generator<string> {
  for (const row of departments.values())
    yield line({ event: 'add', category: 'DEPARTMENT', id: row.id, row })
  for (const row of staff.values()) yield line({ event: 'add', category: 'STAFF', id: row.id, row })
}

const line = (value: object) => `${JSON.stringify(value)}\n`
