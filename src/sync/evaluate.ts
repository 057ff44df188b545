import { canonicalJson } from '../model/canonical.ts'
import type { View } from '../access/view.ts'
import { revokedTypes, toChange, withoutRevoked, type RowChange } from './delta.ts'
import { digestText, type Summary } from './digest.ts'
import type { Change, Delta } from './results.ts'

/** A difference as everyone of one audience gets it; only `from`, `to` and `viewerChanged` differ between its members. */
export interface Evaluation extends Pick<
  Delta,
  'revoked' | 'departmentTypes' | 'staffTypes' | 'fields' | 'digest'
> {
  readonly changes: readonly Change[]
  /** Nothing in it that a client would have to know. */
  readonly isEmpty: boolean
  /** A snapshot is cheaper (D6). */
  readonly isTooMuch: boolean
}

/** Tells the rows that differ between two views (D2-D6); `summary` is that of the newer one. */
export function evaluate(
  rows: readonly RowChange[],
  before: View,
  after: View,
  summary: Summary,
  compact: boolean,
): Evaluation {
  const isGrantChange = before.audience.key !== after.audience.key
  const revoked = compact && isGrantChange ? nullIfEmpty(revokedTypes(before, after)) : null
  const told = revoked ? withoutRevoked(rows, revoked) : rows
  const { departmentTypes, staffTypes, fields } = catalogueChanges(before, after)
  const isCatalogueEqual = departmentTypes === null && staffTypes === null && fields === null
  return {
    changes: told.map(toChange),
    revoked,
    departmentTypes,
    staffTypes,
    fields,
    digest: digestText(summary),
    isEmpty: told.length === 0 && revoked === null && isCatalogueEqual,
    isTooMuch: isGrantChange && told.length > Math.max(1000, summary.rows),
  }
}

const CATALOGUE = ['departmentType', 'staffType', 'fieldDefinition'] as const
const EQUAL = { departmentTypes: null, staffTypes: null, fields: null } as const

/** The lists that travel whole, null where nothing changed (D11). */
function catalogueChanges(
  before: View,
  after: View,
): Pick<Delta, 'departmentTypes' | 'staffTypes' | 'fields'> {
  const isUntouched = CATALOGUE.every((kind) => before.state.stamp(kind) === after.state.stamp(kind))
  if (isUntouched && before.audience.key === after.audience.key) return EQUAL
  const old = before.catalogue()
  const now = after.catalogue()
  const ifChanged = <T>(a: readonly T[], b: readonly T[]) =>
    canonicalJson(a) === canonicalJson(b) ? null : b
  return {
    departmentTypes: ifChanged(old.departmentTypes, now.departmentTypes),
    staffTypes: ifChanged(old.staffTypes, now.staffTypes),
    fields: ifChanged(old.fields, now.fields),
  }
}

function nullIfEmpty<T extends Record<'departmentTypeIds' | 'staffTypeIds', readonly string[]>>(
  revoked: T,
): T | null {
  return revoked.departmentTypeIds.length + revoked.staffTypeIds.length === 0 ? null : revoked
}
