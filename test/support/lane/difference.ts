import { isDeepStrictEqual } from 'node:util'
import type { WholeDelta } from '../../../web/sdk/staging.ts'
import type { Seen } from './seen.ts'
import { Violation } from './violation.ts'

type Table = ReadonlyMap<string, { readonly typeId: string; readonly revision: string }>

export type Difference = WholeDelta & { readonly compact: boolean }

/** A whole delta against the two views that it leads between: net, minimal, in order, and frank about the viewer. */
export function expectDelta(delta: Difference, before: Seen, after: Seen): void {
  const revoked = new Set([
    ...(delta.revoked?.departmentTypeIds ?? []),
    ...(delta.revoked?.staffTypeIds ?? []),
  ])
  if (revoked.size > 0 && !delta.compact) throw new Violation('D5', 'revoked types that nobody asked for')
  for (const type of [...after.view.departmentTypes, ...after.view.staffTypes]) {
    if (revoked.has(type.id)) throw new Violation('D5', `${type.id} is revoked, and a rule still shows it`)
  }
  const expected = new Map<string, string>()
  compare('DEPARTMENT', before.view.departments, after.view.departments, revoked, expected)
  compare('STAFF', before.view.staff, after.view.staff, revoked, expected)
  const actual = new Map(delta.changes.map((c) => [`${c.category} ${c.id}`, c.action]))
  if (actual.size !== delta.changes.length) throw new Violation('D2', 'a row is named twice')
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    if (expected.get(key) !== actual.get(key))
      throw new Violation('I5', `${key}: ${actual.get(key)} instead of ${expected.get(key)}`)
  }
  expectOrder(delta)
  if (delta.viewerChanged !== (before.record !== after.record))
    throw new Violation('P3', `viewerChanged is ${delta.viewerChanged}`)
  for (const list of ['departmentTypes', 'staffTypes', 'fields'] as const) {
    const isSame = isDeepStrictEqual(before.view[list], after.view[list])
    if (isSame !== (delta[list] === null))
      throw new Violation('D11', `${list} is told, or kept back, for nothing`)
  }
}

function compare(
  category: string,
  before: Table,
  after: Table,
  revoked: ReadonlySet<string>,
  into: Map<string, string>,
): void {
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const was = before.get(id)
    const kept = was && !revoked.has(was.typeId) ? was : undefined
    const is = after.get(id)
    if (kept && is && kept.revision !== is.revision) into.set(`${category} ${id}`, 'UPDATE')
    if (kept && !is) into.set(`${category} ${id}`, 'REMOVE')
    if (!kept && is) into.set(`${category} ${id}`, 'ADD')
  }
}

/** Departments before people, parents before their children (D2). */
function expectOrder({ changes }: WholeDelta): void {
  const told = new Set<string>()
  const coming = new Set(changes.filter((c) => c.action === 'ADD').map((c) => c.id))
  for (const { category, id, department } of changes) {
    if (category === 'DEPARTMENT' && told.has('people'))
      throw new Violation('D2', 'people before departments')
    if (category === 'STAFF') told.add('people')
    const parentId = department?.parentId ?? null
    if (parentId !== null && coming.has(parentId) && !told.has(parentId))
      throw new Violation('D2', `${id} before its parent ${parentId}`)
    told.add(id)
  }
}
