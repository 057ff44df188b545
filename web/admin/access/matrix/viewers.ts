import type { AdminTypeMatrixQuery } from '../../../generated/graphql.ts'
import type { Catalogue } from '../../admin.ts'
import type { T } from '../../i18n/texts.ts'

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

/** How far they see what is of a type: all of them, so many, or none. */
export function sightText(
  t: T,
  sight: Pick<Sight, 'everywhere' | 'nearby'> | undefined,
  count: number,
): { readonly scope: 'ORGANISATION' | 'OWN_SUBTREE' | 'SOME' | 'none'; readonly lines: readonly string[] } {
  const { everywhere = 0, nearby = 0 } = sight ?? {}
  if (everywhere + nearby === 0) return { scope: 'none', lines: [t('scope_none')] }
  if (everywhere === count) return { scope: 'ORGANISATION', lines: [t('sightAll')] }
  if (nearby === count) return { scope: 'OWN_SUBTREE', lines: [t('sightAllNearby')] }
  return {
    scope: 'SOME',
    lines: [
      ...(everywhere > 0 ? [t('sightSome', { count: everywhere })] : []),
      ...(nearby > 0 ? [t('sightSomeNearby', { count: nearby })] : []),
    ],
  }
}
