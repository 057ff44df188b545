import type { CopyState, Step } from '../../web/sdk/copy.ts'

/** The step from one copy to another: rows that are others, and no more. */
export function stepBetween(from: CopyState, to: CopyState): Step {
  return {
    from: from.cursor,
    cursor: to.cursor,
    sum: to.sum,
    catalogue: to,
    departments: changed(from.departments, to.departments),
    staff: changed(from.staff, to.staff),
  }
}

function changed<R extends { readonly id: string }>(
  before: ReadonlyMap<string, R>,
  after: ReadonlyMap<string, R>,
): Map<string, R | null> {
  const ids = new Set([...before.keys(), ...after.keys()])
  const isOther = (id: string) => JSON.stringify(before.get(id)) !== JSON.stringify(after.get(id))
  return new Map([...ids].filter(isOther).map((id) => [id, after.get(id) ?? null]))
}
