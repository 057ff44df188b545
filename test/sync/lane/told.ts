import { isDeepStrictEqual } from 'node:util'
import type { Change } from '../../../web/sdk/contract.ts'
import type { WholeDelta } from '../../../web/sdk/staging.ts'
import type { OracleView } from '../../support/oracle.ts'
import type { Events } from './events.ts'
import type { Finding } from './violation.ts'

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

type Table = ReadonlyMap<string, { readonly revision: string; readonly typeId: string }>

/**
 * I10: every id in the bytes is one that the viewer sees at that version or has seen at the version before; every row
 * is the row that they see; a removal is of a row that they had (D3).
 */
export function expectVisible({ personId, bytes, answer, target, from }: Events['told']): Finding {
  const now = target.view(personId)
  const before = from?.view(personId)
  const known = new Set([...idsOf(now), ...(before ? idsOf(before) : [])])
  const stranger = bytes.match(UUID)?.find((id) => !known.has(id))
  if (stranger !== undefined) return `${stranger} was named to somebody who never saw it`
  switch (answer.kind) {
    case 'Resync':
      return null
    case 'SnapshotPage':
      return expectRows(answer.departments, now.departments) ?? expectRows(answer.staff, now.staff)
    case 'Delta': {
      const rows = answer.changes.flatMap((change) => change.department ?? change.staff ?? [])
      const removed = answer.changes.find(
        ({ action, id }) => action === 'REMOVE' && !before?.departments.has(id) && !before?.staff.has(id),
      )
      if (removed) return `${removed.id} was removed from somebody who never had it`
      return expectRows(rows, new Map<string, unknown>([...now.departments, ...now.staff]))
    }
  }
}

function expectRows(rows: readonly { readonly id: string }[], view: ReadonlyMap<string, unknown>): Finding {
  const row = rows.find((it) => !isDeepStrictEqual(it, view.get(it.id)))
  return row ? `told ${JSON.stringify(row)} instead of ${JSON.stringify(view.get(row.id))}` : null
}

function idsOf({ departments, staff, departmentTypes, staffTypes, fields }: OracleView): string[] {
  const listed = [...departmentTypes, ...staffTypes, ...fields].map(({ id }) => id)
  return [...departments.keys(), ...staff.keys(), ...listed]
}

/** I5: a change for every row that differs once the revoked types are gone (D5), and for no other. */
export function expectMinimal({ changes, revoked }: WholeDelta, from: OracleView, to: OracleView): Finding {
  const differing = new Set([
    ...differingIds(without(from.departments, revoked?.departmentTypeIds), to.departments),
    ...differingIds(without(from.staff, revoked?.staffTypeIds), to.staff),
  ])
  const needless = changes.find(({ id }) => !differing.has(id))
  if (needless) return `${needless.action} of ${needless.id}, which has not changed`
  return changes.length === differing.size ? null : `${changes.length} changes for ${differing.size} rows`
}

const without = (rows: Table, typeIds: readonly string[] = []): Table =>
  new Map([...rows].filter(([, row]) => !typeIds.includes(row.typeId)))

const differingIds = (from: Table, to: Table): string[] =>
  [...new Set([...from.keys(), ...to.keys()])].filter((id) => from.get(id)?.revision !== to.get(id)?.revision)

/** D2: one change a row; departments before people; a parent that comes, before its children. */
export function expectOrder(changes: readonly Change[]): Finding {
  const ids = changes.map(({ id }) => id)
  if (new Set(ids).size < ids.length) return 'a row is told twice'
  const firstPerson = changes.findIndex(({ category }) => category === 'STAFF')
  const lastDepartment = changes.findLastIndex(({ category }) => category === 'DEPARTMENT')
  if (firstPerson !== -1 && firstPerson < lastDepartment) return 'a person is told before a department'
  const early = changes.find(({ action, department }, i) => {
    const parent = changes.findIndex(({ id }) => id === department?.parentId)
    return action === 'ADD' && parent > i && changes[parent]?.action === 'ADD'
  })
  return early ? `${early.id} is told before its parent` : null
}
