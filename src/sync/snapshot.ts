import type { DepartmentRow, StaffRow } from '../access/row.ts'
import type { View } from '../access/view.ts'
import { noteBlocks, type Block, type PageBlock } from './blocks.ts'
import type { CursorMint, Point } from './cursor.ts'
import { digestText } from './digest.ts'
import type { SnapshotPage } from './results.ts'
import type { Standing } from './standing.ts'

/** A run of rows of one block. */
interface Piece {
  readonly block: Block
  readonly start: number
  readonly end: number
}

/** What is told of a page without a look at its rows. */
interface Plan {
  readonly departments: readonly Piece[]
  readonly staff: readonly Piece[]
  readonly version: string
  readonly endCursor: string
  readonly hasNextPage: boolean
}

interface Plans {
  /** By offset and size, which are for clients to choose. */
  readonly asked: Map<string, Plan>
  /** By offset and end: many sizes come to the same page. */
  readonly made: Map<string, Plan>
}

/** A standing is of one audience at one version, so that nothing of its plans ever changes. */
const plansOf = new WeakMap<Standing, Plans>()
const MAX_PLANS = 500

/**
 * The page of a pinned view from `offset` (S1): departments, parents before children, then staff; equal on every instance.
 * It ends with a block where one ends within `size` rows, else after `size` rows. Rows are made when they are read: `view`
 * answers the pinned view at any later time, or throws. The standing has all of its blocks.
 */
export function snapshotPage(
  mint: CursorMint,
  standing: Standing,
  point: Point,
  view: () => View,
  offset: number,
  size: number,
): SnapshotPage {
  const plan = planOf(mint, standing, point, offset, size)
  const { departments, staff, version, endCursor, hasNextPage } = plan
  const page: SnapshotPage = {
    kind: 'SnapshotPage',
    version,
    digest: digestText(standing.summary),
    ...view().catalogue(),
    get departments() {
      return departments.flatMap((piece) => departmentRows(view(), piece))
    },
    get staff() {
      return staff.flatMap((piece) => staffRows(view(), piece))
    },
    endCursor,
    hasNextPage,
  }
  if (departments.every(isWhole) && staff.every(isWhole)) {
    noteBlocks(page, {
      key: plan,
      departments: () => departments.map((piece) => pageBlock(piece, () => departmentRows(view(), piece))),
      staff: () => staff.map((piece) => pageBlock(piece, () => staffRows(view(), piece))),
    })
  }
  return page
}

function planOf(mint: CursorMint, standing: Standing, point: Point, offset: number, size: number): Plan {
  let plans = plansOf.get(standing)
  if (!plans) plansOf.set(standing, (plans = { asked: new Map(), made: new Map() }))
  const { asked, made } = plans
  const known = asked.get(`${offset} ${size}`)
  if (known) return known
  if (asked.size >= MAX_PLANS) asked.clear()
  if (made.size >= MAX_PLANS) made.clear()
  const blocks = blocksIn(standing)
  const { pieces, end } = cut(blocks, offset, size)
  let plan = made.get(`${offset} ${end}`)
  if (!plan) {
    const at = { ...point, summary: standing.summary }
    const total = blocks.reduce((sum, { ids }) => sum + ids.length, 0)
    plan = {
      departments: pieces.filter(({ block }) => block.category === 'DEPARTMENT'),
      staff: pieces.filter(({ block }) => block.category === 'STAFF'),
      version: mint.cursor(at),
      endCursor: mint.mint({ kind: 'snapshot', at, offset: end }),
      hasNextPage: end < total,
    }
    made.set(`${offset} ${end}`, plan)
  }
  asked.set(`${offset} ${size}`, plan)
  return plan
}

function pageBlock({ block }: Piece, rows: PageBlock['rows']): PageBlock {
  return { block, rows }
}

function blocksIn({ departments, staff }: Standing): Block[] {
  return [
    ...(departments ?? []),
    ...[...staff.values()].flatMap((blocks) => blocks.flatMap((block) => block ?? [])),
  ].filter((b) => b.ids.length > 0)
}

function cut(blocks: readonly Block[], offset: number, size: number): { pieces: Piece[]; end: number } {
  const pieces: Piece[] = []
  let at = 0
  let left = size
  for (const block of blocks) {
    const start = Math.max(0, offset - at)
    const rows = block.ids.length - start
    at += block.ids.length
    if (rows <= 0) continue
    if (rows > left) {
      if (pieces.length === 0) pieces.push({ block, start, end: start + left })
      break
    }
    pieces.push({ block, start, end: block.ids.length })
    left -= rows
    if (left === 0) break
  }
  return { pieces, end: pieces.reduce((sum, { start, end }) => sum + end - start, offset) }
}

function isWhole({ block, start, end }: Piece): boolean {
  return start === 0 && end === block.ids.length
}

function departmentRows(view: View, { block, start, end }: Piece): DepartmentRow[] {
  return block.ids.slice(start, end).flatMap((id) => view.department(id) ?? [])
}

function staffRows(view: View, { block, start, end }: Piece): StaffRow[] {
  return block.ids.slice(start, end).flatMap((id) => view.staff(id) ?? [])
}
