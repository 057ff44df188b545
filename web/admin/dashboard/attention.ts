import type { AdminDashboardQuery } from '../../generated/graphql.ts'

export type Dashboard = NonNullable<AdminDashboardQuery['admin']>
export type House = NonNullable<Dashboard['house']>

/** What somebody should look at, the worst first. */
export type Concern =
  | { readonly kind: 'databaseDown' }
  | { readonly kind: 'directoryDown' }
  | { readonly kind: 'massLoss'; readonly reason: string; readonly isConfirmed: boolean }
  | { readonly kind: 'directoryBehind'; readonly reason: string }
  | { readonly kind: 'noProjector' }
  | { readonly kind: 'behind'; readonly count: number }
  | { readonly kind: 'webhooksGivenUp'; readonly count: number }
  | { readonly kind: 'webhooksFailing'; readonly count: number }
  | { readonly kind: 'importsFailed'; readonly count: number }
  | { readonly kind: 'leftOut'; readonly count: number }

export function concernsOf({ house, failedImports }: Dashboard): Concern[] {
  const failed = Math.max(failedImports ?? 0, house?.imports?.failed ?? 0)
  const imports = counted('importsFailed', failed)
  if (!house) return imports
  const { projector, webhooks } = house
  return [
    ...(house.isDatabaseUp ? [] : [{ kind: 'databaseDown' } as const]),
    ...(house.isDirectoryUp ? [] : [{ kind: 'directoryDown' } as const]),
    ...(projector ? projecting(projector, house.isDirectoryUp) : []),
    ...counted('behind', house.behind ?? 0),
    ...counted('webhooksGivenUp', webhooks?.givenUp ?? 0),
    ...counted('webhooksFailing', webhooks?.failing ?? 0),
    ...imports,
    ...counted('leftOut', projector?.leftOut ?? 0),
  ]
}

function projecting(
  { stopped, isAlive, isConfirmed }: NonNullable<House['projector']>,
  isDirectoryUp: boolean,
): Concern[] {
  if (stopped !== null) {
    const [kind, reason] = [stopped.replace(/: .*$/s, ''), stopped.replace(/^\w+: /, '')]
    if (kind === 'behind') return [{ kind: 'directoryBehind', reason }]
    // That it cannot be reached is said already.
    if (kind === 'unreachable') return isDirectoryUp ? [{ kind: 'directoryDown' }] : []
    return [{ kind: 'massLoss', reason, isConfirmed }]
  }
  return isAlive ? [] : [{ kind: 'noProjector' }]
}

type Counted = Extract<Concern, { readonly count: number }>['kind']

function counted(kind: Counted, count: number): Concern[] {
  return count > 0 ? [{ kind, count }] : []
}
