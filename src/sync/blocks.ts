import type { DepartmentRow, StaffRow } from '../access/row.ts'
import type { SnapshotPage } from './results.ts'

/**
 * A run of rows of a snapshot (S2). The same object stands for the same rows, whichever audience or version they belong to,
 * so that bytes may be kept beside it; the rows themselves are made when they are asked for.
 */
export interface Block {
  readonly category: 'DEPARTMENT' | 'STAFF'
  /** Ids of the rows, in their order. */
  readonly ids: readonly string[]
}

/** A block on a page, with its rows. */
export interface PageBlock {
  readonly block: Block
  readonly rows: () => readonly (DepartmentRow | StaffRow)[]
}

const blocksOfPages = new WeakMap<SnapshotPage, PageBlocks>()

export interface PageBlocks {
  /** The same object for pages that are equal in everything. */
  readonly key: object
  readonly departments: () => readonly PageBlock[]
  readonly staff: () => readonly PageBlock[]
}

/** Notes of which whole blocks the lists of a page consist. */
export function noteBlocks(page: SnapshotPage, blocks: PageBlocks): void {
  blocksOfPages.set(page, blocks)
}

/** The whole blocks of which the lists of a page consist; null where it was cut otherwise. Reading them makes no row. */
export function blocksOf(page: SnapshotPage): PageBlocks | null {
  return blocksOfPages.get(page) ?? null
}
