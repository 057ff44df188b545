import type { DepartmentRow } from '../sdk/contract.ts'
import type { Queries } from '../sdk/queries.ts'
import type { TreeLine } from '../ui/tree-keys.ts'

/** One line of the tree that is on the screen. */
export interface TreeRow extends TreeLine {
  readonly department: DepartmentRow
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
      const { id, name } = department
      const [position, count] = [i + 1, siblings.length]
      rows.push({ id, name, department, level, isOpen, hasChildren, position, siblings: count })
      if (isOpen) add(department.id, level + 1)
    }
  }
  add(null, 1)
  return rows
}
