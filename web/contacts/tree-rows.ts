import type { DepartmentRow } from '../sdk/contract.ts'
import type { Queries } from '../sdk/queries.ts'

/** One line of the tree that is on the screen. */
export interface TreeRow {
  readonly department: DepartmentRow
  /** 1 at the top, as aria-level counts. */
  readonly level: number
  readonly isOpen: boolean
  readonly hasChildren: boolean
  /** Among its siblings, from 1. */
  readonly position: number
  readonly siblings: number
}

/** The lines of a tree of which some departments are open, from top to bottom. Closed ones cost nothing. */
export function treeRows(queries: Pick<Queries, 'children'>, open: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = []
  const add = (parentId: string | null, level: number) => {
    const siblings = queries.children(parentId)
    for (const [i, department] of siblings.entries()) {
      const hasChildren = queries.children(department.id).length > 0
      const isOpen = hasChildren && open.has(department.id)
      rows.push({ department, level, isOpen, hasChildren, position: i + 1, siblings: siblings.length })
      if (isOpen) add(department.id, level + 1)
    }
  }
  add(null, 1)
  return rows
}

/** What a key means in a tree (WAI-ARIA Authoring Practices, tree view). */
export type TreeMove =
  | { readonly kind: 'focus'; readonly index: number }
  | { readonly kind: 'open' | 'close' | 'choose'; readonly id: string }

/** Null: nothing. `typed`: what was typed in the last moment, for jumping to a name. */
export function treeMove(
  rows: readonly TreeRow[],
  index: number,
  key: string,
  typed: string,
): TreeMove | null {
  const row = rows[index]
  if (!row) return null
  const { id } = row.department
  const focus = (to: number): TreeMove | null => (rows[to] ? { kind: 'focus', index: to } : null)
  switch (key) {
    case 'ArrowDown':
      return focus(index + 1)
    case 'ArrowUp':
      return focus(index - 1)
    case 'Home':
      return focus(0)
    case 'End':
      return focus(rows.length - 1)
    case 'ArrowRight':
      if (!row.hasChildren) return null
      return row.isOpen ? focus(index + 1) : { kind: 'open', id }
    case 'ArrowLeft':
      if (row.isOpen) return { kind: 'close', id }
      return focus(rows.findLastIndex((r, i) => i < index && r.level < row.level))
    case 'Enter':
    case ' ':
      return { kind: 'choose', id }
    default:
      return typed === '' ? null : jump(rows, index, typed)
  }
}

function jump(rows: readonly TreeRow[], index: number, typed: string): TreeMove | null {
  const wanted = typed.toLowerCase()
  // One more letter may be of the same name; a first one goes on to the next.
  const from = typed.length > 1 ? index : index + 1
  for (let n = 0; n < rows.length; n++) {
    const at = (from + n) % rows.length
    if (rows[at]?.department.name.toLowerCase().startsWith(wanted)) return { kind: 'focus', index: at }
  }
  return null
}
