import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, sortChanges } from '../../src/model/canonical.ts'
import { Projection } from '../../src/projector/diff.ts'
import { MassGuard, totalsOf } from '../../src/projector/guard.ts'
import { Refresh, type Judgement, type Verdict } from '../../src/projector/refresh.ts'
import { expectedEntries, FakeDirectory, LAYOUT, putOf, uuid, type FakeEntry } from './fake-directory.ts'
import { edits, perform } from './history.ts'
import { LogCopy } from './log-copy.ts'

const NO_LIMIT = { percent: 100, floor: 1e9, windowMs: 1 }

function judgement(given: Partial<Judgement> = {}): Judgement {
  const guard = new MassGuard({ percent: 10, floor: 10, windowMs: 60_000 })
  return { guard, now: 0, isConfirmed: false, acceptsOrphans: false, ...given }
}

const trusting = () => judgement({ guard: new MassGuard(NO_LIMIT), isConfirmed: true })

/** Says what a server says in a refresh after `before`: the three ways that RFC 4533 has. */
async function refresh(
  projection: Projection,
  before: readonly FakeEntry[],
  now: readonly FakeEntry[],
  way: 'full' | 'deletes' | 'present',
  how: Judgement,
): Promise<Verdict> {
  const seen = new Map(before.map((entry) => [entry.id, entry.csn]))
  const ids = new Set(now.map((entry) => entry.id))
  const phase = new Refresh(projection, way === 'full')
  for (const entry of now) {
    if (way === 'full' || seen.get(entry.id) !== entry.csn) phase.entry(putOf(entry))
    else if (way === 'present') phase.present([entry.id])
  }
  if (way === 'deletes') phase.gone(before.map(({ id }) => id).filter((id) => !ids.has(id)))
  return phase.finish(way === 'present', how)
}

async function committed(judged: Promise<Verdict>) {
  const verdict = await judged
  if (verdict.kind !== 'commit') throw new Error(`${verdict.kind}: ${verdict.reason}`)
  return verdict.step
}

async function followed(directory: FakeDirectory) {
  const log = new LogCopy()
  const projection = new Projection(LAYOUT)
  log.take(await committed(refresh(projection, [], directory.all(), 'full', trusting())))
  return { projection, log }
}

function company(people: number, departments: number): FakeDirectory {
  const directory = new FakeDirectory()
  for (let i = 0; i < people; i++) directory.add(`cn=p${i},${LAYOUT.people}`, 'staff')
  for (let i = 0; i < departments; i++) directory.add(`cn=d${i},${LAYOUT.departments}`, 'department')
  return directory
}

function removePeople(directory: FakeDirectory, count: number): void {
  for (const entry of directory
    .own()
    .filter(({ kind }) => kind === 'staff')
    .slice(0, count))
    directory.remove(entry.id)
}

const way = fc.constantFrom('full' as const, 'deletes' as const, 'present' as const)

// Mutants that this kills: operations in the order of arrival; deletes before puts; unnamed entries kept after a present
// phase; the first of two mentions of an entry taken; a refresh told as one version an entry.
describe('a refresh', () => {
  it('[L1][L3] in any order, by any of the three ways, brings the log to the directory in one step', async () => {
    await fc.assert(
      fc.asyncProperty(
        edits(40),
        edits(25),
        way,
        fc.infiniteStream(fc.nat()),
        async (first, missed, how, order) => {
          const directory = new FakeDirectory()
          for (const edit of first) perform(directory, edit)
          const { projection, log } = await followed(directory)
          const before = directory.all()
          for (const edit of missed) perform(directory, edit)

          const shuffled = directory.all().map((entry) => ({ entry, at: order.next().value }))
          const now = shuffled.toSorted((a, b) => a.at - b.at).map(({ entry }) => entry)
          log.take(await committed(refresh(projection, before, now, how, trusting())))
          expect(log.entries()).toEqual(
            [...expectedEntries(directory.all()).values()].map(canonicalJson).toSorted(),
          )
          expect(log.versions).toBeLessThanOrEqual(2)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('[L1] without a cookie heals whatever the log took from events in a wrong order', async () => {
    await fc.assert(
      fc.asyncProperty(edits(40), fc.infiniteStream(fc.nat()), async (history, order) => {
        const directory = new FakeDirectory()
        const { projection, log } = await followed(directory)
        const events = history.map((edit) => ({ event: perform(directory, edit), at: order.next().value }))
        for (const { event } of events.toSorted((a, b) => a.at - b.at)) {
          log.take(projection.apply(event ? [event] : []))
        }
        log.take(await committed(refresh(projection, [], directory.all(), 'full', trusting())))
        expect(log.entries()).toEqual(
          [...expectedEntries(directory.all()).values()].map(canonicalJson).toSorted(),
        )
        const loaded = new Projection(LAYOUT).restore(log.rows())
        expect((await committed(refresh(loaded, [], directory.all(), 'full', trusting()))).changes).toEqual(
          [],
        )
      }),
      { numRuns: 200 },
    )
  })

  it('[L1] without a cookie finds the right parent for who stood on somebody of the same name', async () => {
    const directory = new FakeDirectory()
    const { projection, log } = await followed(directory)
    const parent = directory.add(`cn=x,${LAYOUT.departments}`, 'department')
    const child = directory.add(`cn=y,cn=x,${LAYOUT.departments}`, 'department')
    if (!parent || !child) throw new Error('refused')
    const stale = { ...parent, id: uuid(99) }
    log.take(projection.apply([parent, stale, child].map(putOf)))
    log.take(await committed(refresh(projection, [], directory.all(), 'full', judgement())))
    expect(log.entries()).toEqual(
      [...expectedEntries(directory.all()).values()].map(canonicalJson).toSorted(),
    )
  })

  it('[L3] of thousands of entries is one step in order, and others have had their turn meanwhile', async () => {
    const directory = company(1500, 1)
    for (let i = 0; i < 1500; i++) directory.add(`cn=u${i},cn=d0,${LAYOUT.departments}`, 'department')
    const projection = new Projection(LAYOUT)
    let turns = 0
    let isOver = false
    const others = (async () => {
      for (; !isOver; turns++) await setImmediate()
    })()
    const step = await committed(refresh(projection, [], directory.all(), 'full', trusting()))
    isOver = true
    await others
    expect(turns).toBeGreaterThan(10)
    expect(step.changes).toEqual(sortChanges(step.changes))
    expect(step.changes).toHaveLength(3001)
    new LogCopy().take(step)
  })

  it('[L6] that is cut before its end has changed nothing', async () => {
    const directory = company(20, 2)
    const { projection } = await followed(directory)
    const phase = new Refresh(projection, true)
    phase.gone([uuid(8)])
    phase.entry({ ...putOf(directory.all()[9]!), dn: `cn=other,${LAYOUT.trash}` })
    expect((await committed(refresh(projection, [], directory.all(), 'full', judgement()))).changes).toEqual(
      [],
    )
  })

  it('names an entry last as gone: then it is gone; last as there: then it is there', async () => {
    const directory = company(20, 2)
    const { projection } = await followed(directory)
    const [a, b] = directory.own()
    if (!a || !b) throw new Error('no people')
    const phase = new Refresh(projection, false)
    phase.entry(putOf({ ...a, name: 'other' }))
    phase.gone([a.id, b.id])
    phase.entry(putOf({ ...b, name: 'other' }))
    const step = await committed(phase.finish(false, judgement()))
    expect(step.changes).toMatchObject([
      { id: a.id, after: null },
      { id: b.id, after: { name: 'other' } },
    ])
  })
})

describe('an entry that a refresh names twice', () => {
  it('is where it was named last', async () => {
    const directory = company(2, 2)
    const { projection } = await followed(directory)
    const moved = directory.own()[0]
    if (!moved) throw new Error('nobody')
    const phase = new Refresh(projection, false)
    phase.entry(putOf(moved))
    phase.entry(putOf({ ...moved, dn: `cn=moved,${LAYOUT.people}` }))
    await committed(phase.finish(false, judgement()))
    expect(projection.dn(moved.id)).toBe(`cn=moved,${LAYOUT.people}`)
  })
})

describe('a suspicious refresh', () => {
  it('takes a parent away and leaves its children', async () => {
    const directory = company(1, 1)
    directory.add(`cn=x,cn=d0,${LAYOUT.departments}`, 'department')
    const { projection } = await followed(directory)
    const phase = new Refresh(projection, false)
    phase.gone([directory.at(`cn=d0,${LAYOUT.departments}`)?.id ?? ''])
    expect(await phase.finish(false, judgement())).toMatchObject({
      kind: 'suspicious',
      reason: expect.stringMatching(/cn=x,cn=d0/),
    })
  })

  it('brings an entry below one that nobody has seen; asked again, it stays absent and the rest is taken', async () => {
    const directory = company(1, 1)
    const { projection, log } = await followed(directory)
    const orphan = { ...directory.own()[0]!, id: uuid(77), dn: `cn=x,cn=unseen,${LAYOUT.people}` }
    const other = { ...directory.own()[0]!, id: uuid(78), dn: `cn=y,${LAYOUT.people}` }
    const now = [...directory.all(), orphan, other]
    expect((await refresh(projection, [], now, 'full', judgement())).kind).toBe('suspicious')
    const loaded = new Projection(LAYOUT).restore(log.rows())
    const step = await committed(refresh(loaded, [], now, 'full', judgement({ acceptsOrphans: true })))
    expect(step.changes.map((change) => change.id)).toEqual([other.id])
    expect(loaded.orphans()).toEqual([orphan.id])
  })
})

// Mutants that this kills: a guard that counts only removals; a share of all entries instead of the kind; >= for >.
describe('the mass-delete guard', () => {
  const lose = async (people: number, lost: number, full: boolean, how = judgement()) => {
    const directory = company(people, 3)
    const { projection } = await followed(directory)
    const before = directory.all()
    removePeople(directory, lost)
    return refresh(projection, before, directory.all(), full ? 'full' : 'present', how)
  }

  it.each([
    { people: 100, lost: 10, verdict: 'commit' },
    { people: 100, lost: 11, verdict: 'stop' },
    { people: 109, lost: 11, verdict: 'stop' },
    { people: 110, lost: 11, verdict: 'commit' },
    { people: 20, lost: 9, verdict: 'commit' },
    { people: 20, lost: 10, verdict: 'stop' },
  ])('[L6][T64] $lost of $people people gone: $verdict', async ({ people, lost, verdict }) => {
    expect((await lose(people, lost, true)).kind).toBe(verdict)
  })

  it('[L6] asks the directory for everything before it asks a person', async () => {
    expect(await lose(100, 50, false)).toMatchObject({
      kind: 'suspicious',
      reason: expect.stringMatching(/50 of 100 people/),
    })
  })

  it('[L6] does not believe that nobody is left, however few there were', async () => {
    expect(await lose(3, 3, true)).toMatchObject({
      kind: 'stop',
      reason: expect.stringMatching(/none of 3 people/),
    })
  })

  it('[L6][T64] lets pass what a person has confirmed', async () => {
    expect((await committed(lose(100, 100, true, judgement({ isConfirmed: true })))).changes).toHaveLength(
      100,
    )
  })

  it.each(['disable', 'trash'] as const)('[L6] counts what would be hidden: %s', async (action) => {
    const directory = company(100, 3)
    const { projection } = await followed(directory)
    for (const { id, dn } of directory.own().slice(0, 11)) {
      if (action === 'disable') directory.edit(id, { isDisabled: true })
      else directory.move(id, dn.replace(LAYOUT.people, LAYOUT.trash))
    }
    const verdict = await refresh(projection, [], directory.all(), 'full', judgement())
    expect(verdict).toMatchObject({ kind: 'stop', reason: expect.stringMatching(/11 of 100 people/) })
  })

  it('[L6] counts every department of a subtree that goes to the trash as one node', async () => {
    const directory = company(1, 50)
    for (let i = 0; i < 20; i++) directory.add(`cn=${i},cn=d0,${LAYOUT.departments}`, 'department')
    const { projection } = await followed(directory)
    const top = directory.at(`cn=d0,${LAYOUT.departments}`)
    directory.move(top?.id ?? '', `cn=d0,${LAYOUT.trash}`)
    const verdict = await refresh(projection, [], directory.all(), 'full', judgement())
    expect(verdict).toMatchObject({ kind: 'stop', reason: expect.stringMatching(/21 of 70 departments/) })
  })

  it('[L6] counts what a step hides less what it shows again', async () => {
    const directory = company(100, 1)
    const people = directory.own().filter(({ kind }) => kind === 'staff')
    const { projection } = await followed(directory)
    const guard = new MassGuard({ percent: 10, floor: 10, windowMs: 1000 })
    const step = (lost: readonly FakeEntry[], back: readonly FakeEntry[]) => {
      const before = totalsOf(projection)
      const puts = [...lost, ...back].map(({ id }) =>
        directory.edit(id, { isDisabled: !back.some((e) => e.id === id) }),
      )
      const { changes } = projection.apply(puts.flatMap((entry) => (entry ? [putOf(entry)] : [])))
      const reason = guard.judge(changes, before, 0)
      guard.record(changes, 0)
      return reason
    }
    expect(step(people.slice(0, 10), [])).toBeNull()
    expect(step(people.slice(10, 15), people.slice(0, 5))).toBeNull()
    expect(step(people.slice(15, 16), [])).toMatch(/11 of 100 people/)
  })

  it('[L6] adds up single live events within its window, but not what came back', async () => {
    const guard = new MassGuard({ percent: 10, floor: 10, windowMs: 1000 })
    const directory = company(100, 1)
    const { projection } = await followed(directory)
    const people = directory.own().filter(({ kind }) => kind === 'staff')
    const take = (id: string, isDisabled: boolean, now: number) => {
      const before = totalsOf(projection)
      const entry = directory.edit(id, { isDisabled })
      const { changes } = projection.apply(entry ? [putOf(entry)] : [])
      const reason = guard.judge(changes, before, now)
      guard.record(changes, now)
      return reason
    }
    for (const { id } of people.slice(0, 10)) expect(take(id, true, 0)).toBeNull()
    expect(take(people[0]!.id, false, 500)).toBeNull()
    expect(take(people[10]!.id, true, 600)).toBeNull()
    expect(take(people[11]!.id, true, 700)).toMatch(/11 of 100 people/)
    expect(take(people[12]!.id, true, 2000)).toBeNull()
  })
})
