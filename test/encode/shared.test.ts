import { parse } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'
import { compileOperation } from '../../src/encode/compile.ts'
import { Keep } from '../../src/encode/keep.ts'
import { operation } from '../support/device.ts'
import { applyEdit, newCompany } from '../support/histories.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import { at, SECRET } from '../support/sync-world.ts'
import { Sync } from '../../src/sync/sync.ts'

it('[P1] a change is encoded once for each different row that audiences see, however many they are', async () => {
  const company = newCompany()
  const history = new MemoryHistory()
  history.append(...company.versions)
  const sync = new Sync({ replica: history, secret: SECRET })
  const keep = new Keep()
  const document = parse(operation('Changes'))
  const compiled = compileOperation({ schema, document, operationName: 'Changes', variables: {}, keep })
  const viewers = company.of('staff').map(({ id }) => id)
  const since = new Map(viewers.map((id) => [id, sync.headCursor(sync.view(id).audience)]))
  const edited = applyEdit(company, { op: 'edit person', a: 0, b: 7, c: 1 })
  if (edited) history.append(edited)
  const rows = new Set<string>()
  for (const id of viewers) {
    const delta = await sync.changesSince(at(id), since.get(id) ?? '', 1000, false)
    if (delta.kind === 'Resync') throw new Error(delta.reason)
    for (const { action, staff } of delta.changes) rows.add(`${action} ${staff?.revision}`)
    const text = compiled?.encoder.encode(delta)?.toString() ?? '{}'
    expect(JSON.parse(text)).toMatchObject({ data: { changes: { changes: delta.changes } } })
  }
  expect(rows.size).toBeGreaterThan(1)
  expect(keep.encodings.elements).toBe(rows.size)
})
