import type { AdminStaffPartsFragment, UpdateStaffInput } from '../../generated/graphql.ts'
import type { Line } from './people-source.ts'

/** Cells of the table that are edited where they stand. */
export const CELLS = ['title', 'type', 'mobile'] as const
export type Cell = (typeof CELLS)[number]

/** Which key of an ability covers it, and where an issue of the server points. */
export const KEY_OF: Readonly<Record<Cell, { readonly key: string; readonly path: string }>> = {
  title: { key: 'title', path: 'title' },
  type: { key: 'type', path: 'typeId' },
  mobile: { key: 'mobile', path: 'mobile' },
}

/** A cell that is edited. */
export interface CellEdit {
  readonly id: string
  readonly name: string
  readonly cell: Cell
  /** What stood there when the edit began, or when somebody else's was taken note of; a type by its id. */
  readonly base: string
  readonly revision: string
  readonly value: string
  /** What is wrong, in words. */
  readonly problem: string | null
  /** What somebody else has made of it meanwhile; null: nothing else than what it was. */
  readonly theirs: { readonly value: string; readonly revision: string } | null
  readonly isBusy: boolean
}

export function isCell(column: string): column is Cell {
  return CELLS.some((cell) => cell === column)
}

export function valueOf(line: Line | AdminStaffPartsFragment, cell: Cell): string {
  switch (cell) {
    case 'title':
      return line.title ?? ''
    case 'mobile':
      return line.mobile ?? ''
    case 'type':
      return line.type?.id ?? ''
  }
}

export function begun(line: Line, cell: Cell): CellEdit {
  const value = valueOf(line, cell)
  const { id, name, revision } = line
  return { id, name, cell, base: value, revision, value, problem: null, theirs: null, isBusy: false }
}

export function inputOf({ id, cell, value, revision }: CellEdit): UpdateStaffInput {
  const text = value.trim() === '' ? null : value.trim()
  switch (cell) {
    case 'title':
      return { id, ifRevision: revision, title: text }
    case 'mobile':
      return { id, ifRevision: revision, mobile: text }
    case 'type':
      return { id, ifRevision: revision, typeId: value }
  }
}

/**
 * After a conflict, with the person as they are now: where the cell itself was left alone the edit goes on with the newer
 * revision, else both values are shown.
 */
export function afterConflict(edit: CellEdit, now: AdminStaffPartsFragment): CellEdit {
  const value = valueOf(now, edit.cell)
  const { revision } = now
  if (value === edit.base || value === edit.value) return { ...edit, base: value, revision, theirs: null }
  return { ...edit, theirs: { value, revision } }
}
