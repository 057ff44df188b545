import type { DirectoryClient, DirectoryCopy } from './client.ts'
import type { DepartmentRow, StaffRow } from './contract.ts'

type Followed = Pick<DirectoryClient, 'status' | 'subscribe'>

/** What has become of rows since the last time; null: the row is gone, for whatever reason. */
export interface RowChanges {
  readonly departments: ReadonlyMap<string, DepartmentRow | null>
  readonly staff: ReadonlyMap<string, StaffRow | null>
}

/**
 * Calls back with what is selected, now and whenever it is another value. The lists of an outline are the same objects until
 * something in them changes, so that `watch(client, (copy) => copy.outline.members(id), show)` speaks only when there is news.
 * Null while there is nothing to show. Ends with the answer.
 */
export function watch<T>(
  client: Followed,
  select: (copy: DirectoryCopy) => T,
  listener: (value: T | null) => void,
): () => void {
  const now = () => (client.status.copy ? select(client.status.copy) : null)
  let last = now()
  listener(last)
  return client.subscribe(() => {
    const value = now()
    if (Object.is(value, last)) return
    last = value
    listener(value)
  })
}

/** Calls back with every row that comes, changes or goes; first with all there are. Ends with the answer. */
export function watchRows(client: Followed, listener: (changes: RowChanges) => void): () => void {
  const [departments, staff] = [new Map<string, DepartmentRow>(), new Map<string, StaffRow>()]
  return watch(
    client,
    (copy) => copy,
    (copy) => {
      const changes = {
        departments: differences(departments, copy?.outline.departments() ?? []),
        staff: differences(staff, copy?.outline.people() ?? []),
      }
      if (changes.departments.size > 0 || changes.staff.size > 0) listener(changes)
    },
  )
}

/** What makes `known` the same as `rows`, which it is afterwards. */
function differences<R extends { readonly id: string; readonly revision: string }>(
  known: Map<string, R>,
  rows: Iterable<R>,
): Map<string, R | null> {
  const changes = new Map<string, R | null>()
  const present = new Set<string>()
  for (const row of rows) {
    present.add(row.id)
    if (known.get(row.id)?.revision !== row.revision) changes.set(row.id, row)
  }
  for (const id of known.keys()) if (!present.has(id)) changes.set(id, null)
  for (const [id, row] of changes) {
    if (row) known.set(id, row)
    else known.delete(id)
  }
  return changes
}
