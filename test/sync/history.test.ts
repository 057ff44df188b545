import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { Copy } from '../../web/sdk/copy.ts'
import { rowsOf } from '../support/apply.ts'
import { applyEdit, edits } from '../support/histories.ts'
import { oracleView } from '../support/oracle.ts'
import { catchUp, expectTrue, patiently, snapshot, start, versionOf } from '../support/sync-world.ts'

describe('stale copy + delta = fresh snapshot', () => {
  it('[D1] [D2] [D4] [D5] [D8] [D10] [I2] [I4] holds for everyone at every moment of random histories', async () => {
    await fc.assert(
      fc.asyncProperty(
        edits(25),
        fc.nat(5),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        fc.constantFrom(0, 4, 1000),
        async (steps, stride, first, compact, rowsAtOnce) => {
          const { company, history, sync } = start({ rowsAtOnce, sliceMs: 0, blockRows: 2 })
          const viewers = company.of('staff').map((s) => s.id)
          const copies = new Map<string, Copy>()
          for (const id of viewers) copies.set(id, await snapshot(sync, id))
          for (const [i, step] of steps.entries()) {
            const version = applyEdit(company, step)
            if (version) history.append(version)
            for (const [j, id] of viewers.entries()) {
              if ((i + j) % (stride + 1) !== 0) continue
              const copy = copies.get(id) ?? (await snapshot(sync, id))
              const result = await catchUp(sync, copy, id, first, compact)
              if (!Array.isArray(result)) throw new Error(`[I5] an unasked resync: ${result.reason}`)
              expectTrue(copy, company.list, id)
            }
          }
          for (const id of viewers) expectTrue(await snapshot(sync, id), company.list, id)
        },
      ),
      { numRuns: 120 },
    )
  }, 120_000)

  it('[D1] [S1] [S2] [I2] holds for answers that take many turns while the head moves on in each', async () => {
    await fc.assert(
      fc.asyncProperty(
        edits(60),
        fc.boolean(),
        fc.constantFrom(0, 3, 8),
        async (steps, compact, rowsAtOnce) => {
          const { company, history, sync } = start({ rowsAtOnce, sliceMs: 0, blockRows: 2 })
          const states = new Map([[history.version, company.list]])
          const viewers = company.of('staff').map((s) => s.id)
          let isMoving = true
          const reader = async (id: string) => {
            let copy = await patiently(() => snapshot(sync, id))
            for (let isLast = false; !isLast;) {
              isLast = !isMoving
              const result = await catchUp(sync, copy, id, 3, compact)
              if (!Array.isArray(result)) copy = await patiently(() => snapshot(sync, id))
              const version = versionOf(copy.cursor)
              expectTrue(copy, states.get(version) ?? [], id)
            }
          }
          const reading = Promise.all(viewers.map(reader))
          for (const step of steps) {
            await new Promise(setImmediate)
            const version = applyEdit(company, step)
            if (!version) continue
            states.set(version.version, company.list)
            history.append(version)
          }
          isMoving = false
          await reading
        },
      ),
      { numRuns: 60 },
    )
  }, 120_000)

  it('[D3] [I10] never names a row that the client could not see', async () => {
    await fc.assert(
      fc.asyncProperty(edits(20), fc.boolean(), async (steps, compact) => {
        const { company, history, sync } = start()
        const viewers = company.of('staff').map((s) => s.id)
        const since = new Map<string, { cursor: string; known: Set<string> }>()
        for (const id of viewers) {
          const copy = await snapshot(sync, id)
          since.set(id, { cursor: copy.cursor, known: new Set(rowsOf(copy).map((r) => r.id)) })
        }
        for (const step of steps) {
          const version = applyEdit(company, step)
          if (version) history.append(version)
        }
        for (const [id, { cursor, known }] of since) {
          const result = await sync.changesSince(id, cursor, 5000, compact)
          if (result.kind === 'Resync') throw new Error(result.reason)
          const oracle = oracleView(company.list, id)
          const mayKnow = new Set([...known, ...oracle.departments.keys(), ...oracle.staff.keys()])
          const text = JSON.stringify(result.changes)
          const entryIds = [...company.of('department'), ...company.of('staff')].map((e) => e.id)
          for (const entryId of entryIds) if (!mayKnow.has(entryId)) expect(text).not.toContain(entryId)
          expect(new Set(result.changes.map((c) => c.id)).size).toBe(result.changes.length)
        }
      }),
      { numRuns: 80 },
    )
  }, 120_000)

  it('[D2] tells departments before people and parents before children', async () => {
    const { company, history, sync } = start()
    const admin = company.of('staff')[0]?.id ?? ''
    const before = await sync.snapshot('nobody', 1, null)
    expect(before.kind === 'SnapshotPage' && before.departments).toEqual([])
    const person = company.of('staff')[1]
    const role = company.of('staff')[0]?.roleIds ?? []
    const cursor = (await snapshot(sync, person?.id ?? '')).cursor
    if (person) company.put({ ...person, roleIds: role })
    const version = company.commit()
    if (version) history.append(version)
    const result = await sync.changesSince(person?.id ?? '', cursor, 5000, false)
    if (result.kind === 'Resync') throw new Error(result.reason)
    const seen = new Set(rowsOf(await snapshot(sync, admin)).map((r) => r.id))
    const told = new Set<string>()
    for (const change of result.changes) {
      const { department } = change
      if (change.action === 'ADD' && department?.parentId) {
        const isNew = result.changes.some((c) => c.id === department.parentId && c.action === 'ADD')
        if (isNew) expect(told).toContain(department.parentId)
      }
      told.add(change.id)
      expect(seen).toContain(change.id)
    }
    const categories = result.changes.map((c) => c.category)
    expect(categories).toEqual([...categories].sort())
    expect(result.viewerChanged).toBe(true)
  })
})

describe('what was worked out once', () => {
  it('[S1] the summary of a snapshot is not worked out again when the head moves on between its pages', async () => {
    const { company, history, sync } = start()
    const id = company.of('staff')[0]?.id ?? ''
    const first = await sync.snapshot(id, 3, null)
    if (first.kind === 'Resync') throw new Error(first.reason)
    const version = applyEdit(company, { op: 'edit person', a: 3, b: 99, c: 0 })
    if (version) history.append(version)
    const walk = vi.spyOn(history.state, 'all')
    const second = await sync.snapshot(id, 3, first.endCursor)
    expect(second).toMatchObject({ version: first.version, digest: first.digest })
    expect(walk.mock.calls.map(([kind]) => kind)).not.toContain('staff')
  })
})
