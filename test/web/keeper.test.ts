import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Contact } from '../../web/sdk/contact.ts'
import type { Resync } from '../../web/sdk/contract.ts'
import { Keeper, type News } from '../../web/sdk/keeper.ts'
import { memoryStore, type CopyStore, type Stored } from '../../web/sdk/store.ts'
import { delta, digestOf, GUEST, person, REGULAR, remove, TEAM, tellPerson } from './rows.ts'
import { company, copyOf } from './store-contract.ts'

const LEASE = 3600
const RESYNC: Resync = {
  reason: 'PRUNED',
  delayMs: 0,
  keepOld: true,
  departmentTypeIds: [TEAM],
  staffTypeIds: [REGULAR],
  sensitiveFields: [],
  departmentFields: [],
  staffFields: ['title'],
}

function keeping(store: CopyStore = memoryStore()) {
  const news: News[] = []
  const clock = { now: 1_000_000 }
  const keeper = new Keeper({
    store,
    owner: 'http://x/graphql hr',
    leaseSeconds: LEASE,
    now: () => clock.now,
    onNews: (told) => news.push(told),
  })
  return { store, keeper, news, clock }
}

describe('the keeper of a copy', () => {
  it('[R2] deletes from the store at once what a Resync leaves, whatever is still shown', async () => {
    const { store, keeper, news } = keeping()
    await keeper.replace(company(), LEASE)
    await keeper.restart(RESYNC)
    expect(await store.load()).toBeNull()
    expect(keeper.cursor).toBeNull()
    const shown = [...(news.at(-1)?.rows?.staff.values() ?? [])]
    expect(shown).toHaveLength(40)
    expect(shown.some(({ typeId, mobile }) => typeId === GUEST || mobile !== null)).toBe(false)
  })

  it('[R2] shows nothing at all until the new copy is whole where the old one may not be kept', async () => {
    const { keeper, news } = keeping()
    await keeper.replace(company(), LEASE)
    await keeper.restart({ ...RESYNC, keepOld: false })
    expect(keeper.rows).toBeNull()
    await keeper.replace(copyOf('v9', [], [person('p1')]), LEASE)
    expect(news.map(({ rows }) => rows?.staff.size ?? null)).toEqual([41, null, 1])
    // Of what was purged the server is told with the version of the new copy.
    expect(keeper.purge).toBe('v9')
  })

  it('[K1] shows a step only once it is stored, and not when it cannot be', async () => {
    const store = memoryStore()
    const order: string[] = []
    const watched: CopyStore = {
      ...store,
      write: async (step, note) => {
        order.push(`stored ${step.cursor}`)
        if (step.cursor === 'v3') throw new Error('no room')
        await store.write(step, note)
      },
    }
    const { keeper, news } = keeping(watched)
    await keeper.replace(copyOf('v1', [], [person('p1')]), LEASE)
    const row = person('p1', { title: 'New', revision: 'p1-2' })
    const update = { changes: [tellPerson('UPDATE', row)], digest: digestOf(row) }
    expect(await keeper.apply(delta('v1', 'v2', update), LEASE)).toBe('applied')
    order.push(...news.slice(1).map(({ kind }) => kind))
    await expect(
      keeper.apply(delta('v2', 'v3', { changes: [remove('STAFF', 'p1')], digest: digestOf() }), LEASE),
    ).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(order).toEqual(['stored v2', 'step', 'stored v3'])
    expect([news.length, keeper.cursor, keeper.rows?.staff.size]).toEqual([2, 'v2', 1])
  })

  it('[K2] hides a copy whose lease ends while it is shown, and shows it again once the server was heard', async () => {
    const { keeper, clock, news } = keeping()
    await keeper.replace(copyOf('v1', [], [person('p1')]), LEASE)
    clock.now += LEASE * 1000
    expect(keeper.leaseMs).toBe(0)
    keeper.lapse()
    expect([keeper.rows, keeper.isLapsed]).toEqual([null, true])
    expect(await keeper.apply(delta('v1', 'v1', { digest: digestOf(person('p1')) }), LEASE)).toBe('applied')
    expect(keeper.leaseMs).toBe(LEASE * 1000)
    expect(news.map(({ rows }) => rows?.staff.size ?? null)).toEqual([1, null, 1])
  })

  it('[K2] does not let a lease last longer because the clock was set back, before or after a restart', async () => {
    const { store, keeper, clock } = keeping()
    await keeper.replace(copyOf('v1', [], [person('p1')]), LEASE)
    clock.now += (LEASE - 600) * 1000
    await keeper.seen()
    clock.now -= 1800 * 1000
    expect(keeper.leaseMs).toBe(600_000)

    const again = keeping(store)
    again.clock.now = clock.now
    await again.keeper.open()
    expect(again.keeper.leaseMs).toBe(600_000)
    // What the server says counts more than any clock: who was wrong about the time is not locked out for good.
    await again.keeper.apply(delta('v1', 'v1', { digest: digestOf(person('p1')) }), LEASE)
    expect(again.keeper.leaseMs).toBe(LEASE * 1000)
  })

  it('[K2] notes the time whenever the lease is looked at', async () => {
    const { store, keeper, clock } = keeping()
    await keeper.replace(copyOf('v1', [], [person('p1')]), LEASE)
    clock.now += 600_000
    const end = new AbortController()
    const request = () => Promise.reject(new Error('there is no server'))
    new Contact({ keeper, request, onLapse: () => {}, signal: end.signal }).checkLease()
    end.abort()
    // One after the other: what was asked for before is done.
    await keeper.acknowledged('v0')
    expect((await store.load())?.note.seenAt).toBe(clock.now)
  })

  it('[D7] takes a delta twice for once, and one from elsewhere not at all', async () => {
    const { keeper, news } = keeping()
    await keeper.replace(copyOf('v1', [], []), LEASE)
    const add = delta('v1', 'v2', {
      changes: [tellPerson('ADD', person('p1'))],
      digest: digestOf(person('p1')),
    })
    expect(await keeper.apply(add, LEASE)).toBe('applied')
    expect(await keeper.apply(add, LEASE)).toBe('known')
    expect(await keeper.apply(delta('v7', 'v8', {}), LEASE)).toBe('gap')
    expect(news).toHaveLength(2)
  })
})

describe('a copy that is opened', () => {
  /** Enough for several slices. */
  const people = Array.from({ length: 2000 }, (_, n) => person(`p${n}`))
  /** As a store has it after some time; `damage`: what has become of it meanwhile. */
  async function stored(damage: (found: Stored) => Stored = (found) => found) {
    const store = memoryStore()
    const first = keeping(store)
    await first.keeper.replace(copyOf('v1', [], people), LEASE)
    const load = async () => {
      const found = await store.load()
      return found && damage(found)
    }
    return { ...keeping({ ...store, load }), kept: store }
  }
  const shown = (news: readonly News[]) => news.map(({ rows }) => rows?.staff.size ?? null)
  const withoutOne = (found: Stored): Stored => ({
    ...found,
    staff: new Map([...found.staff].slice(1)),
  })

  it('[K1] [D8] is shown before it is summed up, and counts only once it adds up', async () => {
    const { keeper, news } = await stored()
    let hasOpened = false
    const opened = keeper.open().then((hasCopy) => {
      hasOpened = true
      return hasCopy
    })
    // Looked at in the turn in which it is shown: work in slices begins in a later one.
    while (news.length === 0) await Promise.resolve()
    expect([shown(news), hasOpened]).toEqual([[2000], false])
    expect(await opened).toBe(true)
    expect(shown(news)).toEqual([2000])
  })

  it.each([
    ['a row less', withoutOne],
    [
      'a row that is another',
      (found: Stored) => ({
        ...found,
        staff: new Map([...found.staff, ['p1999', person('p1999', { revision: 'other' })]]),
      }),
    ],
  ])('[K1] [D8] vanishes from screen and store with %s', async (_, damage) => {
    const { keeper, news, kept } = await stored(damage)
    expect(await keeper.open()).toBe(false)
    expect(shown(news).at(-1)).toBeNull()
    expect([keeper.rows, keeper.cursor, await kept.load()]).toEqual([null, null, null])
  })

  it('[D8] with a digest that is none is never shown', async () => {
    const { keeper, news, kept } = await stored((found) => ({ ...found, digest: 'damaged' }))
    expect(await keeper.open()).toBe(false)
    expect([news, await kept.load()]).toEqual([[], null])
  })

  it('[K1] [D8] takes no delta before it was summed up, and none at all where it does not add up', async () => {
    const update = person('p0', { title: 'New', revision: 'p0-2' })
    const next = delta('v1', 'v2', {
      changes: [tellPerson('UPDATE', update)],
      digest: digestOf(...people.slice(1), update),
    })
    const whole = await stored()
    const order: string[] = []
    const told = (what: string) => () => void order.push(what)
    const opening = whole.keeper.open().then(told('opened'))
    await Promise.all([opening, whole.keeper.apply(next, LEASE).then(told('applied'))])
    expect(order).toEqual(['opened', 'applied'])
    expect(shown(whole.news)).toEqual([2000, 2000])

    const damaged = await stored(withoutOne)
    const [hasCopy, taken] = await Promise.all([damaged.keeper.open(), damaged.keeper.apply(next, LEASE)])
    expect([hasCopy, taken, await damaged.kept.load()]).toEqual([false, 'gap', null])
  })

  it('[K2] is not shown where its lease has ended, nor any longer when it ends meanwhile', async () => {
    const late = await stored()
    late.clock.now += LEASE * 1000
    expect(await late.keeper.open()).toBe(true)
    expect([shown(late.news), late.keeper.isLapsed]).toEqual([[null], true])

    const meanwhile = await stored()
    const opened = meanwhile.keeper.open()
    while (meanwhile.news.length === 0) await setImmediate()
    meanwhile.clock.now += LEASE * 1000
    await opened
    expect([shown(meanwhile.news), meanwhile.keeper.isLapsed]).toEqual([[2000, null], true])
  })

  it('[K2] is gone at once when it is discarded before it was summed up', async () => {
    const { keeper, news, kept } = await stored()
    const opened = keeper.open()
    while (news.length === 0) await setImmediate()
    const discarded = keeper.discard()
    expect([shown(news), keeper.rows]).toEqual([[2000, null], null])
    await discarded
    expect([await opened, await kept.load()]).toEqual([false, null])
  })
})
