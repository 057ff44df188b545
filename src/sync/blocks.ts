/** A run of rows that is made once and never changed: whoever encodes it may keep the bytes beside it. */
export type Block<R> = readonly R[]

const blocksOfLists = new WeakMap<readonly unknown[], readonly Block<unknown>[]>()

/** One list of all rows of the blocks, in order, which knows its blocks. */
export function listOf<R>(blocks: readonly Block<R>[]): readonly R[] {
  const list = blocks.flat()
  blocksOfLists.set(list, blocks)
  return list
}

/** The blocks of a list that `listOf` made; null for any other list. */
export function blocksOf(list: readonly unknown[]): readonly Block<unknown>[] | null {
  return blocksOfLists.get(list) ?? null
}
