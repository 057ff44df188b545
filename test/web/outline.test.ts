import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BUCKET_COUNT, bucketOf, Buckets } from '../../web/sdk/buckets.ts'
import { Census, LONG } from '../../web/sdk/census.ts'
import type { StaffRow } from '../../web/sdk/contract.ts'
import { Keeper } from '../../web/sdk/keeper.ts'
import { Outline } from '../../web/sdk/outline.ts'
import { createQueries, type LiveQueries } from '../../web/sdk/queries.ts'
import { nextTask } from '../../web/sdk/slices.ts'
import { headOf, memoryStore, type CopyStore, type Note, type Stored } from '../../web/sdk/store.ts'
import { department, membership, person } from './rows.ts'
import { rowsOf, Shown, type World } from './shown.ts'
import { stepBetween } from './step-between.ts'
import { copyOf, NOTE } from './store-contract.ts'

const DEPARTMENTS = 6

/** Departments that are not there, people in several departments of one branch, and in none. */
const world = fc
  .tuple(
    fc.array(fc.option(fc.nat(DEPARTMENTS - 1)), { minLength: DEPARTMENTS, maxLength: DEPARTMENTS }),
    fc.subarray(Array.from({ length: DEPARTMENTS }, (_, n) => n)),
    fc.array(fc.uniqueArray(fc.nat(DEPARTMENTS), { maxLength: 3 }), { maxLength: 12 }),
  )
  .map(([parents, there, people]): World => ({
    departments: there.map((n) => {
      const parent = parents[n] ?? null
      return department(`d${n}`, { parentId: parent === null || parent >= n ? null : `d${parent}` })
    }),
    staff: people.map((places, n) =>
      person(`p${n}`, { memberships: places.map((d) => membership(`d${d}`)) }),
    ),
  }))

function outlineOf({ departments, staff }: World, note: Note = NOTE) {
  const copy = copyOf('v1', departments, staff)
  const buckets = Buckets.of(copy)
  const people = new Map(Array.from({ length: BUCKET_COUNT }, (_, n) => [n, buckets.get(n)?.staff ?? []]))
  const census = Census.of(copy)
  const outline = new Outline(
    headOf(copy, note),
    copy.departments,
    new Map(departments.map(({ id }) => [id, census.get(id)])),
  )
  return { outline, people, copy }
}

describe('an outline of a copy', () => {
  it('answers as the whole copy does, and tells of whom it does not know yet', () => {
    fc.assert(
      fc.property(world, (all) => {
        const { outline, people } = outlineOf(all)
        const shown = new Shown()
        shown.reset(rowsOf(all))
        const whole = createQueries(shown)
        const places = Array.from({ length: DEPARTMENTS + 1 }, (_, n) => `d${n}`)
        const expectTree = () => {
          expect(outline.children(null)).toEqual(whole.children(null))
          for (const id of places) {
            expect(outline.children(id)).toEqual(whole.children(id))
            expect(outline.path(id)).toEqual(whole.path(id))
            expect([outline.count(id), outline.count(id, false)]).toEqual([
              whole.count(id),
              whole.count(id, false),
            ])
          }
        }
        const expectPeople = () => {
          for (const id of places)
            expect(outline.isLoading(id) ? [] : whole.members(id)).toEqual(outline.members(id))
          for (const { id } of all.staff)
            expect(outline.isLoading(id) ? null : whole.person(id)).toEqual(outline.person(id))
        }
        expectTree()
        for (const [n, rows] of people) {
          if (rows.length > 0) expectPeople()
          outline.add(n, rows)
        }
        expectTree()
        expectPeople()
        for (const id of places) expect(outline.isLoading(id)).toBe(false)
      }),
    )
  })

  it('of a long department shows who comes first, before the others are read', () => {
    const staff = Array.from({ length: LONG + 1 }, (_, n) => person(`p${n}`))
    const { outline, people } = outlineOf({ departments: [department('d1')], staff })
    expect([outline.members('d1'), outline.nextLong(), outline.nextLong()]).toEqual([[], ['d1'], []])
    outline.addFirst('d1', staff.slice(0, 2))
    expect([outline.members('d1'), outline.isLoading('d1')]).toEqual([staff.slice(0, 2), true])
    // Everybody is put in order by those who show the copy: they know who was asked for.
    for (const [n, rows] of people) outline.add(n, rows)
    expect([outline.members('d1').length, outline.isLoading('d1'), [...outline.asked]]).toEqual([
      2,
      true,
      ['d1'],
    ])
  })

  it('has those read first who were asked for, and says when they have come', () => {
    const staff = Array.from({ length: 300 }, (_, n) => person(`p${n}`, n < LONG ? {} : { memberships: [] }))
    const { outline, people } = outlineOf({ departments: [department('d1')], staff })
    const wanted = bucketOf('p299')
    expect(outline.next(new Set())).not.toBe(wanted)
    outline.person('p299')
    expect(outline.next(new Set())).toBe(wanted)
    expect(outline.next(new Set([wanted]))).not.toBe(wanted)
    expect(outline.add(wanted, people.get(wanted) ?? [])).toBe(true)
    // Of a whole department once, when the last of them is there.
    outline.members('d1')
    const answers: boolean[] = []
    for (let n = outline.next(new Set()); n !== null; n = outline.next(new Set()))
      answers.push(outline.add(n, people.get(n) ?? []))
    expect(answers.indexOf(true)).toBe(answers.lastIndexOf(true))
    expect(outline.members('d1')).toHaveLength(LONG)
  })
})

describe('the census of a copy', () => {
  it('follows any steps, and names every department whose counts are others', () => {
    fc.assert(
      fc.property(world, fc.array(world, { maxLength: 5 }), (first, steps) => {
        const start = copyOf('v0', first.departments, first.staff)
        const buckets = Buckets.of(start)
        const census = Census.of(start)
        let at = first
        for (const [n, world2] of steps.entries()) {
          // Now only people change, now everything.
          const next = n % 2 === 0 ? { ...at, staff: world2.staff } : world2
          const [from, to] = [at, next].map((w) => copyOf(`v${n}`, w.departments, w.staff))
          if (!from || !to) throw new Error('there are two')
          const step = stepBetween(from, to)
          const counts = () => [...to.departments.keys()].map((id) => JSON.stringify(numbersOf(census, id)))
          const [was, before] = [counts(), [...step.staff.keys()].flatMap((id) => buckets.person(id) ?? [])]
          buckets.take(step)
          const named = new Set(
            census.take(step, new Map(before.map((row) => [row.id, row])), () => buckets.rows),
          )
          const fresh = Census.of(to)
          for (const [i, id] of [...to.departments.keys()].entries()) {
            expect(numbersOf(census, id)).toEqual(numbersOf(fresh, id))
            expect(census.get(id).buckets).toEqual(expect.arrayContaining([...fresh.get(id).buckets]))
            if (was[i] !== counts()[i]) expect(named).toContain(id)
          }
          at = next
        }
      }),
      { numRuns: 300 },
    )
  })

  const numbersOf = (census: Census, id: string) => [census.get(id).people, census.get(id).own]
})

describe('a copy of which the people are still being read', () => {
  const company: World = {
    departments: [department('d1'), department('d2', { parentId: 'd1' })],
    staff: [person('p1'), person('p2', { memberships: [membership('d2')] })],
  }

  /** Its store tells of the outline, then waits for the test. */
  function reading(note: Note = NOTE) {
    const { outline, people, copy } = outlineOf(company, note)
    const { cursor, digest, departments, staff, departmentTypes, staffTypes, fields } = copy
    const catalogue = { departmentTypes, staffTypes, fields }
    const whole: Stored = { cursor, digest, departments, staff, ...catalogue, note }
    let tellAgain = () => {}
    let finish: (found: Stored | null) => void = () => {}
    let fail: (error: Error) => void = () => {}
    const store: CopyStore = {
      ...memoryStore(),
      load: (tell) =>
        new Promise((resolve, reject) => {
          ;[finish, fail] = [resolve, reject]
          tellAgain = () => tell?.(outline)
          tellAgain()
        }),
    }
    const client = new Shown()
    const clock = { now: NOTE.contactAt }
    const keeper = new Keeper({
      store,
      owner: NOTE.owner,
      leaseSeconds: 60,
      now: () => clock.now,
      onNews: ({ rows }) => client.reset(rows),
      onOutline: () => client.outlined(keeper.outline),
    })
    const queries = createQueries(client)
    const opened = keeper.open()
    const read = () => {
      for (const [n, rows] of people) if (outline.add(n, rows)) tellAgain()
    }
    return {
      queries,
      keeper,
      clock,
      opened,
      read,
      tellAgain: () => tellAgain(),
      finish: () => finish(whole),
      damaged: () => finish(null),
      fail: () => fail(new Error('no disk')),
    }
  }
  const started = async (note?: Note) => {
    const all = reading(note)
    await Promise.resolve()
    await Promise.resolve()
    return all
  }

  it('[K1] shows departments and counts, says that people are still coming, and those as soon as they are there', async () => {
    const { queries, keeper, read, finish, opened } = await started()
    const told: (readonly [number, boolean])[] = []
    queries.watch(
      (q) => q.members('d2').length,
      (length) => told.push([length, queries.isLoading('d2')]),
    )
    expect([queries.children(null)[0]?.id, queries.count('d1'), queries.count('d1', false)]).toEqual([
      'd1',
      2,
      1,
    ])
    expect([queries.isLoading(null), queries.isLoading('d1'), queries.isLoading('p1')]).toEqual([
      true,
      true,
      true,
    ])
    expect([queries.search('p1'), queries.people(null), keeper.rows, keeper.cursor]).toEqual([
      [],
      [],
      null,
      null,
    ])
    read()
    expect(told).toEqual([
      [0, true],
      [1, false],
    ])
    finish()
    expect(await opened).toBe(true)
    while (queries.isLoading(null)) await nextTask()
    expect([queries.isLoading(null), queries.count('d1'), queries.search('p1').length]).toEqual([false, 2, 1])
    expect(keeper.outline).toBeNull()
  })

  it.each([
    ['[K2] its lease has ended', { ...NOTE, contactAt: NOTE.contactAt - 60_000 }],
    ['[T118] it is of somebody else', { ...NOTE, owner: 'http://x/graphql staff' }],
  ])('shows nothing at all where %s', async (_, note) => {
    const { queries, keeper, finish, opened } = await started(note)
    expect([keeper.outline, queries.children(null), queries.count('d1')]).toEqual([null, [], 0])
    finish()
    await opened
    expect(queries.children(null)).toEqual([])
  })

  it('[K2] shows no more of it when its lease ends meanwhile, or when everything has to go', async () => {
    const late = await started()
    late.clock.now += 60_000
    late.tellAgain()
    expect([late.keeper.outline, late.queries.count('d1')]).toEqual([null, 0])

    const { queries, keeper, tellAgain, finish, opened } = await started()
    const discarded = keeper.discard()
    expect([keeper.outline, queries.count('d1')]).toEqual([null, 0])
    tellAgain()
    finish()
    await discarded
    expect([await opened, keeper.rows, keeper.outline]).toEqual([false, null, null])
  })

  it('[K1] takes it back where the rest is damaged or cannot be read', async () => {
    const damaged = await started()
    expect(damaged.queries.count('d1')).toBe(2)
    damaged.damaged()
    expect(await damaged.opened).toBe(false)
    expect([damaged.keeper.outline, damaged.queries.children(null)]).toEqual([null, []])

    const failed = await started()
    failed.fail()
    await expect(failed.opened).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect([failed.keeper.outline, failed.queries.children(null)]).toEqual([null, []])
  })
})

describe('the tree of a copy that was shown early', () => {
  const staff = Array.from({ length: 3000 }, (_, n) => person(`p${n}`, { name: `n${(n * 7) % 3000}` }))
  const company: World = { departments: [department('d1')], staff }

  /** Everybody is read; the tree of the rows is not there yet. */
  function shownEarly() {
    const { outline } = outlineOf(company)
    const client = new Shown()
    const queries = createQueries(client)
    client.outlined(outline)
    queries.members('d1')
    outline.addFirst('d1', staff.slice(0, 2))
    client.reset(rowsOf(company))
    return { client, queries }
  }
  const grown = (queries: LiveQueries) =>
    new Promise<void>((resolve) =>
      queries.watch(
        (q) => q.isLoading(null),
        (isLoading) => !isLoading && resolve(),
      ),
    )
  const idsOf = (rows: readonly StaffRow[]) => rows.map(({ id }) => id)

  it('is made in slices, with the lists that were asked for, and answers as one made at once', async () => {
    const { queries } = shownEarly()
    expect([queries.isLoading('d1'), queries.members('d1').length, queries.count('d1')]).toEqual([
      true,
      2,
      3000,
    ])
    await grown(queries)
    const whole = new Shown()
    whole.reset(rowsOf(company))
    const expected = createQueries(whole)
    expect(idsOf(queries.members('d1'))).toEqual(idsOf(expected.members('d1')))
    expect([queries.isLoading('d1'), queries.count('d1'), queries.people(null).length]).toEqual([
      false,
      3000,
      3000,
    ])
  })

  it('contains what changes meanwhile', async () => {
    const { client, queries } = shownEarly()
    client.step({ ...company, staff: staff.slice(1) })
    expect([queries.isLoading(null), queries.members('d1').length]).toEqual([false, 2999])
    await grown(queries)
    expect(idsOf(queries.members('d1'))).not.toContain('p0')
  })

  it('[K2] [R2] shows nothing of what may be shown no longer, in whatever moment that is told', async () => {
    const gone = shownEarly()
    gone.client.reset(null)
    expect([gone.queries.members('d1'), gone.queries.children(null)]).toEqual([[], []])
    const other = shownEarly()
    other.client.reset(rowsOf({ departments: [], staff: [] }))
    expect([other.queries.members('d1'), other.queries.children(null)]).toEqual([[], []])
    await grown(other.queries)
    await nextTask()
    expect([gone.queries.children(null), other.queries.children(null)]).toEqual([[], []])
  })
})
