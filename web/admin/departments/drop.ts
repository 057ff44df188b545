import type { TreeRow } from './tree-source.ts'

/** Where a department would stand: as `moveDepartment` wants it. */
export interface Drop {
  readonly place: 'before' | 'into' | 'after'
  readonly parentId: string | null
  /** Null: the first; absent: the last. */
  readonly afterId?: string | null
}

type Row = Pick<TreeRow, 'id' | 'parentId' | 'level'>

/**
 * Where a department that is let go over a row comes to stand; `at`: where in the height of that row, 0 to 1. Null: not here,
 * for it is the same one, or one below it.
 */
export function dropAt(rows: readonly Row[], movedId: string, overId: string, at: number): Drop | null {
  if (isWithin(rows, overId, movedId)) return null
  const over = rows.find(({ id }) => id === overId)
  if (!over) return null
  const { parentId } = over
  if (at >= 0.3 && at <= 0.7) return { place: 'into', parentId: overId }
  if (at > 0.7) return { place: 'after', parentId, afterId: overId }
  const siblings = rows.filter((row) => row.parentId === parentId && row.id !== movedId)
  const before = siblings[siblings.findIndex(({ id }) => id === overId) - 1]
  return { place: 'before', parentId, afterId: before?.id ?? null }
}

function isWithin(rows: readonly Row[], id: string | null, topId: string): boolean {
  for (let at = id; at !== null;) {
    if (at === topId) return true
    at = rows.find((row) => row.id === at)?.parentId ?? null
  }
  return false
}
