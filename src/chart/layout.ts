import { hierarchy, tree } from 'd3-hierarchy'
import type { ChartNode } from './chart.ts'

/** Sizes in pixels. */
export const BOX = { width: 190, height: 40 } as const
const GAP = { across: 40, down: 10 } as const
const MARGIN = 20
/** Families stand a little apart. */
const FAMILY_GAP = 1.2

export interface Box {
  readonly node: ChartNode
  /** Of the left upper corner. */
  readonly x: number
  readonly y: number
  /** The box that it hangs on; null for the first of a tree. */
  readonly parent: Pick<Box, 'x' | 'y'> | null
}

/** Boxes with their places, parents first; width and height of all of it, in whole pixels. */
export interface Layout {
  readonly width: number
  readonly height: number
  readonly boxes: readonly Box[]
}

/** Trees from left to right, one below the other, tidy (Reingold and Tilford): the same places for the same trees. */
export function layoutOf(roots: readonly ChartNode[]): Layout {
  // All hang on one that is not shown.
  const top: ChartNode = { id: '', name: '', detail: '', children: roots, isCut: false }
  const placed = tree<ChartNode>()
    .nodeSize([BOX.height + GAP.down, BOX.width + GAP.across])
    .separation((a, b) => (a.parent === b.parent ? 1 : FAMILY_GAP))(hierarchy(top))
    .descendants()
  const xs = placed.map(({ x }) => x)
  const [highest, lowest] = [Math.min(...xs), Math.max(...xs)]
  const deepest = Math.max(...placed.map(({ depth }) => depth))
  const across = (depth: number) => MARGIN + (depth - 1) * (BOX.width + GAP.across)
  const down = (x: number) => Math.round(MARGIN + x - highest)
  const boxes = placed.slice(1).map(({ data, x, depth, parent }): Box => {
    const hangsOn = depth > 1 && parent ? { x: across(depth - 1), y: down(parent.x) } : null
    return { node: data, x: across(depth), y: down(x), parent: hangsOn }
  })
  return {
    width: boxes.length > 0 ? across(deepest) + BOX.width + MARGIN : 2 * MARGIN,
    height: boxes.length > 0 ? down(lowest) + BOX.height + MARGIN : 2 * MARGIN,
    boxes,
  }
}
