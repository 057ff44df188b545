import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { rowsOf } from '../support/apply.ts'
import { applyEdit, edits } from '../support/histories.ts'
import { at, catchUp, expectTrue, patiently, snapshot, start, versionOf } from '../support/sync-world.ts'

describe('stale copy + delta = fresh snapshot', () => {
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
    const result = await sync.changesSince(at(person?.id ?? ''), cursor, 5000, false)
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
  it('[P1] [C1] is the answer of everybody of the audience who asks the same, and of nobody else', async () => {
    const { company, history, sync } = start()
    const [admin, ordinary] = company.of('staff')
    const asks = (id = '') => sync.changesSince(at(id), cursor, 10, false)
    const { cursor } = await snapshot(sync, ordinary?.id ?? '')
    const alike = company
      .of('staff')
      .filter(({ id }) => sync.view(id).audience === sync.view(ordinary?.id ?? '').audience)
    expect(alike.length).toBeGreaterThan(1)
    for (let round = 0; round < 2; round++) {
      const version = applyEdit(company, { op: 'rename department', a: 1, b: history.version, c: 0 })
      if (version) history.append(version)
      const answers = []
      for (let i = 0; i < 3; i++) for (const { id } of alike) answers.push(await asks(id))
      const own = answers.filter((answer) => answer.kind === 'Delta' && !answer.viewerChanged)
      expect(new Set(own).size).toBe(1)
      for (const answer of answers) expect(answer.kind).toBe('Delta')
      expect(await asks(admin?.id)).toMatchObject({ kind: 'Resync', reason: 'DIVERGED' })
      expect(await asks('nobody')).toMatchObject({ kind: 'Resync', reason: 'DIVERGED' })
    }
  })

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
