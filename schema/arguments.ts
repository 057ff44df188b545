import { z } from 'zod'
import { builder } from './builder.ts'
import { DEFAULT_PAGE, MAX_PAGE } from './paging.ts'

/** How many items of a list; T7. */
export const countSchema = z.int().min(0, 'must not be negative').max(MAX_PAGE, `must be at most ${MAX_PAGE}`)

/** What every query field takes (K3). */
export const waitForArg = builder.args((t) => ({
  waitFor: t.field({
    type: 'Version',
    description:
      'Answer from a state that contains this version, for example the one a mutation has returned. Waits at most 5 seconds.',
  }),
}))

/** What every connection takes. */
export const pageArgs = builder.args((t) => ({
  first: t.int({
    description: `How many edges: 0 to ${MAX_PAGE}, ${DEFAULT_PAGE} when absent.`,
    validate: countSchema.nullish(),
  }),
  after: t.string({
    description: 'The cursor of the edge behind which the page begins; absent for the first page.',
  }),
}))

/** What a page costs (T8): each edge as often as it may stand there. */
export function pageCost({ first }: { first?: number | null | undefined }) {
  return listCost(first ?? DEFAULT_PAGE)
}

/** What a list of at most `count` items costs. */
export function listCost(count: number) {
  return { field: 1, multiplier: Math.min(Math.max(count, 1), MAX_PAGE) }
}

/** Lists that are short by nature: memberships of a person, roles of a viewer. */
export const SHORT_LIST = { field: 1, multiplier: 4 }

/** Lists of plain values: small or bounded by their own `first`, without edges, answered from what is there already. */
export const FLAT_LIST = { field: 1, multiplier: 1 }
