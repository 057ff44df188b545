import { describe, expect, it, vi } from 'vitest'
import { CursorMint } from '../../src/sync/cursor.ts'
import { applyPages, rowsOf } from '../support/apply.ts'
import { EDIT_NAMES } from '../support/edits.ts'
import { applyEdit, newCompany } from '../support/histories.ts'
import { newDepartment, newStaff } from '../support/newcomers.ts'
import { channel, follow, Follower, idle, startHub } from '../support/hub-world.ts'
import { oracleDigest } from '../support/oracle-digest.ts'

const SECRET = 'a secret of the tests, long enough'

describe('the hub', () => {
  it('[S3] [D7] [D9] follows a snapshot with no gap and no duplicate, each delta from the last', async () => {
    const world = startHub()
    const people = world.company.of('staff').slice(0, 6)
    const followers = await Promise.all(people.map((p) => follow(world, p.id)))
    for (let i = 0; i < 60; i++) {
      const version = applyEdit(world.company, {
        op: EDIT_NAMES[(i * 7) % EDIT_NAMES.length]!,
        a: i * 3,
        b: i * 5,
        c: i,
      })
      if (version) world.history.append(version)
      if (i % 5 === 0) await new Promise(setImmediate)
    }
    for (const { follower, copy, first } of followers) {
      applyPages(copy, [first])
      const head = world.sync.headCursor(world.sync.view(follower.staffId).audience)
      const truth = await world.sync.snapshot(follower.staffId, 5000, null)
      while (copy.cursor !== head) {
        const result = await Promise.race([follower.next(), idle(follower)])
        if (result === null) break
        if (result.kind === 'Resync') throw new Error(result.reason)
        applyPages(copy, [result])
      }
      expect(truth.kind === 'SnapshotPage' && truth.digest).toBe(oracleDigest(rowsOf(copy)))
      expect(copy.digest).toBe(oracleDigest(rowsOf(copy)))
    }
  })

  it('[D3] [P1] tells exactly those who may see, and the others nothing', async () => {
    const world = startHub()
    const [admin, ordinary] = world.company.of('staff')
    const all = await follow(world, admin?.id ?? '')
    const some = await follow(world, ordinary?.id ?? '')
    const hiddenType = world.company.of('staffType')[2]?.id ?? ''
    const hidden = world.company.of('staff').find((s) => s.typeId === hiddenType)
    if (hidden) world.company.put({ ...hidden, name: 'A new name' })
    world.commit()
    expect((await all.follower.delta()).changes.map((c) => c.id)).toEqual([hidden?.id])
    const shown = world.company.of('staff')[4]
    if (shown) world.company.put({ ...shown, name: 'Another name' })
    world.commit()
    expect((await some.follower.delta()).changes.map((c) => [c.action, c.id])).toEqual([
      ['UPDATE', shown?.id],
    ])
    expect(some.follower.waiting).toBe(0)
  })

  it('[P3] [D4] the next delta after a role is taken away already obeys', async () => {
    const world = startHub()
    const [admin] = world.company.of('staff')
    const { follower, copy, first } = await follow(world, admin?.id ?? '')
    applyPages(copy, [first])
    const common = world.company.of('staff')[1]?.roleIds ?? []
    if (admin) world.company.put({ ...admin, roleIds: common })
    const secret = world.company.of('staff').find((s) => s.typeId === world.company.of('staffType')[2]?.id)
    world.commit()
    if (secret) world.company.put({ ...secret, name: 'Nobody may read this' })
    world.commit()
    const delta = await follower.delta()
    expect(delta.viewerChanged).toBe(true)
    expect(JSON.stringify(delta)).not.toContain('Nobody may read this')
    applyPages(copy, [delta])
    expect(rowsOf(copy).map((r) => r.id)).not.toContain(secret?.id)
    expect(copy.digest).toBe(oracleDigest(rowsOf(copy)))
  })

  it('[D6] resyncs, and ends the operation, when the changes would outnumber the new view', async () => {
    const world = startHub()
    const [admin, ordinary] = world.company.of('staff')
    const department = world.company.of('department')[0]?.id ?? ''
    const type = world.company.of('staffType')[2]?.id ?? ''
    for (let i = 0; i < 1100; i++)
      world.company.put(newStaff(world.company.id('staff'), [department], type, []))
    world.commit()
    const { follower } = await follow(world, admin?.id ?? '')
    if (admin) world.company.put({ ...admin, roleIds: ordinary?.roleIds ?? [] })
    world.commit()
    expect(await follower.next()).toMatchObject({ kind: 'Resync', reason: 'VIEW_CHANGED' })
    await follower.ended()
    expect(follower.completed).toBe(true)
    expect(world.hub.size).toBe(0)
  })

  it('[P2] [T46] drops a reader that fell behind and keeps serving the others', async () => {
    const world = startHub()
    const [admin] = world.company.of('staff')
    const slow = await follow(world, admin?.id ?? '')
    const good = await follow(world, admin?.id ?? '')
    slow.follower.isFull = true
    for (let i = 0; i < 3; i++) {
      const shown = world.company.of('staff')[4]
      if (shown) world.company.put({ ...shown, name: `Name ${i}` })
      world.commit()
      expect((await good.follower.delta()).changes).toHaveLength(1)
    }
    await slow.follower.ended()
    expect(slow.follower.closed.map(([code]) => code)).toEqual([1013])
    expect(world.hub.size).toBe(1)
  })

  it('[P1] an edit costs no look at every row, however many audiences are online', async () => {
    const world = startHub()
    const { company, history, sync, hub } = world
    const scoped = company.of('role')[2]?.id ?? ''
    const [departmentType] = company.of('departmentType')
    const [staffType] = company.of('staffType')
    const people = Array.from({ length: 1100 }, () => {
      const department = newDepartment(company.id('department'), null, departmentType?.id ?? null)
      const person = newStaff(company.id('staff'), [department.id], staffType?.id ?? null, [scoped])
      company.put(department)
      company.put(person)
      return person
    })
    world.commit()
    // What they add up to is not looked at here.
    const cursorOf = (id: string) =>
      new CursorMint(SECRET).cursor({
        ...sync.views.headPoint(sync.view(id).audience),
        summary: { rows: 0, sum: 0n },
      })
    const followers = people.map(({ id }) => new Follower(id, cursorOf(id)))
    for (const follower of followers) {
      hub.join(follower, follower.since)
      await follower.delta()
    }
    const walk = vi.spyOn(history.state, 'all')
    const [person] = people
    if (person) company.put({ ...person, name: 'Another name' })
    world.commit()
    expect((await followers[0]?.delta())?.changes.map((c) => c.id)).toEqual([person?.id])
    expect(walk.mock.calls.map(([kind]) => kind)).not.toContain('staff')
  })

  it('[C3] a silent subscription hears a delta without changes', async () => {
    const world = startHub({ heartbeatMs: 5 })
    const { follower, copy, first } = await follow(world, world.company.of('staff')[0]?.id ?? '')
    applyPages(copy, [first])
    const heartbeat = await follower.delta()
    expect(heartbeat).toMatchObject({
      changes: [],
      viewerChanged: false,
      hasMore: false,
      digest: copy.digest,
    })
    applyPages(copy, [heartbeat])
  })

  it('[C2] [R1] everyone is told when history was replaced, not all at the same moment', async () => {
    const world = startHub()
    const followers = await Promise.all(
      world.company
        .of('staff')
        .slice(0, 4)
        .map((p) => follow(world, p.id)),
    )
    world.history.replace(newCompany().versions)
    const delays = new Set<number>()
    for (const { follower } of followers) {
      const result = await follower.next()
      expect(result).toMatchObject({ kind: 'Resync', reason: 'DIVERGED' })
      if (result.kind === 'Resync') delays.add(result.delayMs)
      await follower.ended()
    }
    expect(delays.size).toBe(4)
  })

  it('[R1] everyone is told PRUNED when this instance was away for longer than the horizon', async () => {
    const world = startHub()
    const [person] = world.company.of('staff')
    const { follower } = await follow(world, person?.id ?? '')
    world.history.replace(newCompany().versions, 'PRUNED')
    expect(await follower.next()).toMatchObject({ kind: 'Resync', reason: 'PRUNED' })
    await follower.ended()
  })

  it('[P1] [P5] evaluates a burst once and encodes it once for equal operations', async () => {
    const world = startHub({ mergeDelayMs: 5 })
    const admin = world.company.of('staff')[0]?.id ?? ''
    const page = await world.sync.snapshot(admin, 5000, null)
    if (page.kind === 'Resync') throw new Error(page.reason)
    const operation = channel()
    const followers = [1, 2, 3].map(() => new Follower(admin, page.version, operation))
    for (const follower of followers) {
      world.hub.join(follower, follower.since)
      await follower.delta()
    }
    const before = world.hub.counts
    for (let i = 0; i < 10; i++) {
      const person = world.company.of('staff')[4]
      if (person) world.company.put({ ...person, name: `Name ${i}` })
      world.commit()
    }
    const deltas = await Promise.all(followers.map((follower) => follower.delta()))
    const { evaluations, encodings, frames, deliveries } = world.hub.counts
    expect([evaluations - before.evaluations, encodings - before.encodings]).toEqual([1, 1])
    expect([frames - before.frames, deliveries - before.deliveries]).toEqual([1, 3])
    expect(deltas.map((d) => d.changes.map((c) => c.staff?.name))).toEqual(Array(3).fill(['Name 9']))
  })

  it('a subscriber that has left hears nothing more', async () => {
    const world = startHub()
    const [admin] = world.company.of('staff')
    const { follower, leave } = await follow(world, admin?.id ?? '')
    const other = await follow(world, admin?.id ?? '')
    leave()
    leave()
    const person = world.company.of('staff')[4]
    if (person) world.company.put({ ...person, name: 'New' })
    world.commit()
    await other.follower.delta()
    expect(follower.waiting).toBe(0)
    expect(world.hub.size).toBe(1)
  })
})
