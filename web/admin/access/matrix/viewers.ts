import type { AdminTypeMatrixQuery } from '../../../generated/graphql.ts'
import type { Catalogue } from '../../admin.ts'

type TypeMatrix = NonNullable<AdminTypeMatrixQuery['admin']>['typeMatrix']
type Sight = TypeMatrix[number]['sights'][number]

export interface Viewers {
  readonly id: string | null
  /** Null: they have no type. */
  readonly name: string | null
  readonly count: number
  /** By the id of what they are shown. */
  readonly sights: ReadonlyMap<string, Sight>
}

/** Those who look, in the order of their types; people without one come last. */
export function viewersOf(matrix: TypeMatrix, types: Catalogue['types']): Viewers[] {
  const place = (id: string | null) => {
    const at = types.findIndex((type) => type.id === id)
    return at === -1 ? types.length : at
  }
  return matrix
    .toSorted((a, b) => place(a.viewerTypeId) - place(b.viewerTypeId))
    .map(({ viewerTypeId, viewerCount, sights }) => ({
      id: viewerTypeId,
      name: types.find(({ id }) => id === viewerTypeId)?.name ?? null,
      count: viewerCount,
      sights: new Map(sights.map((sight) => [sight.typeId, sight])),
    }))
}

export type SightKey = 'scope_none' | 'sightAll' | 'sightAllNearby' | 'sightSome' | 'sightSomeNearby'

/** How far they see what is of a type, as texts with a number each: all of them, so many, or none. */
export function sightOf(
  sight: Pick<Sight, 'everywhere' | 'nearby'> | undefined,
  viewers: number,
): {
  readonly scope: 'ORGANISATION' | 'OWN_SUBTREE' | 'SOME' | 'none'
  readonly lines: readonly { readonly key: SightKey; readonly count: number }[]
} {
  const { everywhere = 0, nearby = 0 } = sight ?? {}
  if (everywhere + nearby === 0) return { scope: 'none', lines: [{ key: 'scope_none', count: 0 }] }
  if (everywhere === viewers)
    return { scope: 'ORGANISATION', lines: [{ key: 'sightAll', count: everywhere }] }
  if (nearby === viewers) return { scope: 'OWN_SUBTREE', lines: [{ key: 'sightAllNearby', count: nearby }] }
  const lines = [
    { key: 'sightSome', count: everywhere },
    { key: 'sightSomeNearby', count: nearby },
  ] as const
  return { scope: 'SOME', lines: lines.filter(({ count }) => count > 0) }
}
