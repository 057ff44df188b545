import { isDeepStrictEqual } from 'node:util'
import type { WholeDelta } from '../../../web/sdk/staging.ts'
import { expectMinimal, expectOrder } from '../../sync/lane/told.ts'
import type { Seen } from './seen.ts'
import { Violation } from './violation.ts'

export type Difference = WholeDelta & { readonly compact: boolean }

/** A whole delta against the two views that it leads between: net, minimal, in order, and frank about the viewer. */
export function expectDelta(delta: Difference, before: Seen, after: Seen): void {
  const revoked = [...(delta.revoked?.departmentTypeIds ?? []), ...(delta.revoked?.staffTypeIds ?? [])]
  if (revoked.length > 0 && !delta.compact) throw new Violation('D5', 'revoked types that nobody asked for')
  const shown = [...after.view.departmentTypes, ...after.view.staffTypes].find(({ id }) =>
    revoked.includes(id),
  )
  if (shown) throw new Violation('D5', `${shown.id} is revoked, and a rule still shows it`)
  const needless = expectMinimal(delta, before.view, after.view)
  if (needless !== null) throw new Violation('I5', needless)
  const disorder = expectOrder(delta.changes)
  if (disorder !== null) throw new Violation('D2', disorder)
  if (delta.viewerChanged !== (before.record !== after.record))
    throw new Violation('P3', `viewerChanged is ${delta.viewerChanged}`)
  for (const list of ['departmentTypes', 'staffTypes', 'fields'] as const) {
    const isSame = isDeepStrictEqual(before.view[list], after.view[list])
    if (isSame !== (delta[list] === null))
      throw new Violation('D11', `${list} is told, or kept back, for nothing`)
  }
}
