/** One box: a department or a person that the view shows. */
export interface ChartNode {
  readonly id: string
  readonly name: string
  /** A second line: the leaders of a department, the title of a person; empty without. */
  readonly detail: string
  readonly children: readonly ChartNode[]
  /** Whether the view shows more below, which the depth has left out. */
  readonly isCut: boolean
}

export interface ChartRequest {
  readonly by: 'departments' | 'managers'
  /** The department or the person to begin with; null: everything that the view shows. */
  readonly rootId: string | null
  /** Levels of boxes at most. */
  readonly depth: number
}

export type Chart =
  | { readonly kind: 'chart'; readonly roots: readonly ChartNode[] }
  /** The root is hidden, missing or no id at all; nobody can tell which. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'too large' }

/** Boxes of one chart at most; nobody can read more, and its SVG has about 2 MB then. */
export const MAX_BOXES = 3000

/** What a tree is grown from. Items are known by their id. */
export interface Growth<T extends { readonly id: string }> {
  readonly roots: readonly T[]
  readonly depth: number
  /** In the order in which they are shown. */
  childrenOf(item: T): readonly T[]
  detailOf(item: T): string
}

interface Growing {
  id: string
  name: string
  detail: string
  children: Growing[]
  isCut: boolean
}

/** Level by level, so that nothing beyond the depth or above MAX_BOXES is looked at. Each item stands once: cycles end. */
export function grow<T extends { readonly id: string; readonly name: string }>(o: Growth<T>): Chart {
  const seen = new Set<string>()
  const toNode = (item: T): Growing => {
    const { id, name } = item
    return { id, name, detail: o.detailOf(item), children: [], isCut: false }
  }
  const unseen = (items: readonly T[]) => items.filter(({ id }) => !seen.has(id) && seen.add(id))
  const roots = unseen(o.roots).map((item) => ({ item, node: toNode(item) }))
  if (seen.size > MAX_BOXES) return { kind: 'too large' }
  let level = roots
  for (let depth = 1; level.length > 0; depth++) {
    const next: typeof level = []
    for (const { item, node } of level) {
      const children = o.childrenOf(item)
      if (depth >= o.depth) {
        node.isCut = children.some(({ id }) => !seen.has(id))
        continue
      }
      for (const child of unseen(children)) {
        const grown = { item: child, node: toNode(child) }
        node.children.push(grown.node)
        next.push(grown)
      }
      if (seen.size > MAX_BOXES) return { kind: 'too large' }
    }
    level = next
  }
  return { kind: 'chart', roots: roots.map(({ node }) => node) }
}
