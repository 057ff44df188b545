import { describe, expect, it } from 'vitest'
import type { Resync } from '../../web/sdk/contract.ts'
import { Keeper, type News } from '../../web/sdk/keeper.ts'
import { memoryStore, type CopyStore } from '../../web/sdk/store.ts'
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
