import { oracleGrant, oracleSelf, oracleView, oracleViewerRecord, type OracleView } from '../oracle.ts'
import { toldIn } from './canary.ts'
import type { Moment } from './past.ts'

/** All that one person may know of one moment, as the oracle says. */
export interface Seen {
  readonly view: OracleView
  /** Every id and canary that may be told to them. */
  readonly tellable: ReadonlySet<string>
  /** Equal where two moments give the person the same grant. */
  readonly grant: string
  readonly isScoped: boolean
  /** Equal where `viewer` shows the same (P3). */
  readonly record: string
}

const memo = new WeakMap<Moment, Map<string, Seen>>()

export function seenBy(moment: Moment, viewerId: string): Seen {
  const known = memo.get(moment) ?? new Map<string, Seen>()
  memo.set(moment, known)
  const seen = known.get(viewerId) ?? look(moment, viewerId)
  known.set(viewerId, seen)
  return seen
}

function look({ entries }: Moment, viewerId: string): Seen {
  const view = oracleView(entries, viewerId)
  const { departments, staff, departmentTypes, staffTypes, fields } = view
  const grant = oracleGrant(entries, viewerId)
  return {
    view,
    tellable: toldIn(
      JSON.stringify([...departments.values(), ...staff.values(), departmentTypes, staffTypes, fields]),
    ),
    grant,
    isScoped: grant.includes('OWN_SUBTREE'),
    record: oracleViewerRecord(entries, viewerId),
  }
}

/** What `viewer` may tell of a person whatever their view says (V8): their own things, and the types of these. */
export function ownWords({ entries }: Moment, viewerId: string): ReadonlySet<string> {
  const self = oracleSelf(entries, viewerId)
  const ruleIds = new Set(self.roles.flatMap((role) => role.ruleIds))
  const rules = entries.filter((e) => ruleIds.has(e.id))
  const mine = JSON.stringify([self, rules])
  const named = toldIn(mine)
  const types = entries.filter(
    (e) => (e.kind === 'departmentType' || e.kind === 'staffType') && named.has(e.id),
  )
  return toldIn(mine + JSON.stringify(types))
}
