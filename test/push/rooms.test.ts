import { afterEach, describe, expect, it, vi } from 'vitest'
import { applyPages, rowsOf } from '../support/apply.ts'
import { channel, follow, Follower, idle, startHub } from '../support/hub-world.ts'
import { newCompany } from '../support/histories.ts'
import { newStaff } from '../support/newcomers.ts'
import { oracleDigest } from '../support/oracle-digest.ts'

const LAST = 'Renamed meanwhile'

type World = ReturnType<typeof startHub>
afterEach(() => void vi.useRealTimers())

/** `count` people with the same roles as somebody, in the same department and of the same type. */
function peopleLike({ company, commit }: World, n: number, count: number) {
  const model = company.of('staff')[n]
  const departments = model?.memberships.map((m) => m.departmentId) ?? []
  const people = Array.from({ length: count }, () =>
    newStaff(company.id('staff'), departments, model?.typeId ?? null, [...(model?.roleIds ?? [])]),
  )
  for (const person of people) company.put(person)
  commit()
  return people
}

function rename({ company, commit }: World, n: number, name: string): string {
  const person = company.of('staff')[n]
  if (person) company.put({ ...person, name })
  commit()
  return person?.id ?? ''
}

describe('rooms', () => {
  it('[P1] a change costs one evaluation an audience, one encoding an operation, one frame an id, one write a member', async () => {
    const world = startHub()
    const people = [...peopleLike(world, 0, 20), ...peopleLike(world, 1, 20)]
    const operations = [channel(), channel(true)]
    const followers = people.flatMap((person, i) =>
      ['live', `own ${i % 2}`].map((id) => {
        const since = world.sync.headCursor(world.sync.view(person.id).audience)
        return new Follower(person.id, since, operations[i % 2], id)
      }),
    )
    for (const follower of followers) world.hub.join(follower, follower.since)
    await Promise.all(followers.map((follower) => follower.delta()))
    const before = world.hub.counts
    rename(world, 4, 'Another name')
    await Promise.all(followers.map((follower) => follower.delta()))
    const { evaluations, encodings, frames, deliveries } = world.hub.counts
    expect({
      evaluations: evaluations - before.evaluations,
      encodings: encodings - before.encodings,
      frames: frames - before.frames,
      deliveries: deliveries - before.deliveries,
    }).toEqual({ evaluations: 2, encodings: 4, frames: 8, deliveries: 80 })
  })

  it('[P1] a change that an audience does not see is neither encoded for it nor written to it', async () => {
    const world = startHub()
    const admin = await follow(world, world.company.of('staff')[0]?.id ?? '')
    const others = peopleLike(world, 1, 10)
    await admin.follower.delta()
    const followers = await Promise.all(others.map((person) => follow(world, person.id)))
    const before = world.hub.counts
    const hiddenType = world.company.of('staffType')[2]?.id
    const hidden = world.company.of('staff').findIndex((s) => s.typeId === hiddenType)
    rename(world, hidden, 'A name that few may read')
    await admin.follower.delta()
    expect(await idle(admin.follower)).toBeNull()
    expect(world.hub.counts.encodings - before.encodings).toBe(1)
    expect(world.hub.counts.deliveries - before.deliveries).toBe(1)
    expect(followers.map(({ follower }) => follower.waiting)).toEqual(Array(10).fill(0))
  })

  it('[P5] the first change after a quiet time waits for nothing, the next ones are gathered', async () => {
    const world = startHub({ mergeDelayMs: 3_600_000 })
    const { follower } = await follow(world, world.company.of('staff')[0]?.id ?? '')
    rename(world, 4, 'First')
    expect((await follower.delta()).changes.map((c) => c.staff?.name)).toEqual(['First'])
    rename(world, 4, 'Second')
    expect(await idle(follower)).toBeNull()
    expect(follower.waiting).toBe(0)
  })

  it('[C2] [R1] whoever joined while versions are being gathered is told as well that the history was replaced', async () => {
    const world = startHub({ mergeDelayMs: 3_600_000 })
    const admin = world.company.of('staff')[0]?.id ?? ''
    const old = await follow(world, admin)
    rename(world, 4, 'Told at once')
    await old.follower.delta()
    rename(world, 4, 'Gathered')
    const late = await follow(world, admin)
    world.history.replace(newCompany().versions)
    for (const { follower } of [old, late])
      expect(await follower.next()).toMatchObject({ kind: 'Resync', reason: 'DIVERGED' })
  })

  it('[C3] [D7] a heartbeat amid gathered versions tells them first', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const world = startHub({ mergeDelayMs: 1000, heartbeatMs: 500 })
    const { follower, copy, first } = await follow(world, world.company.of('staff')[0]?.id ?? '')
    applyPages(copy, [first])
    rename(world, 4, 'Told at once')
    applyPages(copy, [await follower.delta()])
    rename(world, 4, 'Gathered')
    await vi.advanceTimersByTimeAsync(500)
    for (const name of ['Gathered', undefined]) {
      const delta = await follower.delta()
      expect(delta.changes[0]?.staff?.name).toBe(name)
      applyPages(copy, [delta])
      expect(copy.digest).toBe(oracleDigest(rowsOf(copy)))
    }
  })

  it('[S3] [D7] whoever joins while versions are being gathered gets each of them once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const world = startHub({ mergeDelayMs: 100 })
    const admin = world.company.of('staff')[0]?.id ?? ''
    const old = await follow(world, admin)
    applyPages(old.copy, [old.first])
    rename(world, 4, 'First')
    applyPages(old.copy, [await old.follower.delta()])
    rename(world, 5, 'Second')
    const late = await follow(world, admin)
    applyPages(late.copy, [late.first])
    rename(world, 6, 'Third')
    const later = await follow(world, admin)
    applyPages(later.copy, [later.first])
    rename(world, 4, 'Fourth')
    await vi.advanceTimersByTimeAsync(100)
    const deltas = await Promise.all([old, late, later].map(({ follower }) => follower.delta()))
    expect(deltas.map(({ changes }) => changes.map((c) => c.staff?.name))).toEqual([
      ['Fourth', 'Second', 'Third'],
      ['Fourth', 'Third'],
      ['Fourth'],
    ])
    for (const [i, { copy }] of [old, late, later].entries()) {
      const delta = deltas[i]
      if (delta) applyPages(copy, [delta])
      expect(copy.digest).toBe(oracleDigest(rowsOf(copy)))
    }
    expect(new Set(deltas.map(({ to }) => to)).size).toBe(1)
  })

  it.each([
    ['at once', undefined],
    ['anew, where it takes more than a turn', { rowsAtOnce: 0, sliceMs: 0, blockRows: 2 }],
  ])(
    '[P3] roles changed for everybody at once: each is told %s, in order, and nobody is lost',
    async (_, pace) => {
      const world = startHub(pace ? { pace } : {})
      const { company, commit } = world
      const people = peopleLike(world, 1, 150)
      const followers = await Promise.all(people.map((person) => follow(world, person.id)))
      for (const { copy, first } of followers) applyPages(copy, [first])
      const [admin, ordinary] = company.of('role')
      for (const person of people)
        company.put({ ...person, roleIds: [admin, ordinary].flatMap((role) => role?.id ?? []) })
      commit()
      const renamed = rename(world, 4, LAST)
      for (const { follower, copy } of followers) {
        const isCurrent = () => rowsOf(copy).some((row) => row.id === renamed && row.name === LAST)
        let isTold = false
        while (!isCurrent()) {
          const delta = await follower.delta()
          isTold ||= delta.viewerChanged
          applyPages(copy, [delta])
        }
        expect(isTold).toBe(true)
        expect(copy.digest).toBe(oracleDigest(rowsOf(copy)))
      }
      expect(world.hub.size).toBe(150)
    },
  )

  it('[P3] viewerChanged is told to those whose record, department, role or rule differs, and to nobody else', async () => {
    const world = startHub()
    const { company, commit } = world
    const people = company.of('staff').slice(0, 12)
    const followers = await Promise.all(people.map((person) => follow(world, person.id)))
    const told = async () => {
      await vi.waitFor(() => expect(world.hub.isIdle).toBe(true))
      const ids: string[] = []
      for (const { follower } of followers) {
        while (follower.waiting > 0) if ((await follower.delta()).viewerChanged) ids.push(follower.staffId)
      }
      return ids.sort()
    }
    const [person] = people
    if (person) company.put({ ...person, title: 'Chief' })
    commit()
    expect(await told()).toEqual([person?.id])

    const department = company.of('department')[3]
    if (department) company.put({ ...department, name: 'Renamed' })
    commit()
    const members = people.filter((p) => p.memberships.some((m) => m.departmentId === department?.id))
    expect(await told()).toEqual(members.map((p) => p.id).sort())

    const role = company.of('role')[1]
    if (role) company.put({ ...role, name: 'Renamed' })
    commit()
    const holders = people.filter((p) => role && p.roleIds.includes(role.id)).map((p) => p.id)
    expect(await told()).toEqual(holders.sort())

    const rule = company.of('rule')[1]
    if (rule) company.put({ ...rule, name: 'Renamed' })
    commit()
    const roles = company.of('role').filter((r) => rule && r.ruleIds.includes(rule.id))
    const ruled = people.filter((p) => roles.some((r) => p.roleIds.includes(r.id))).map((p) => p.id)
    expect(await told()).toEqual(ruled.sort())
    expect(ruled.length).toBeLessThan(people.length)
  })
})
