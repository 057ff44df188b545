import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureAccounts, findAccount } from '../../../src/messaging/easemob/accounts.ts'
import { AppToken } from '../../../src/messaging/easemob/app-token.ts'
import type { Easemob } from '../../../src/messaging/easemob/client.ts'
import { sendMessage } from '../../../src/messaging/easemob/messages.ts'
import { CLIENT_SECRET } from '../../support/easemob/emulator.ts'
import type { Fault } from '../../support/easemob/faults.ts'
import { account, EasemobWorld } from './world.ts'

let world: EasemobWorld
let easemob: Easemob
beforeEach(async () => {
  world = await EasemobWorld.start()
  easemob = world.client()
})
afterEach(() => world.stop())

const find = (n = 1, client = easemob) => world.through(findAccount(client, account(n), world.how()))
const tokensAsked = () => world.asked.filter((call) => call === 'POST /token').length

describe('[T102] Easemob fails', () => {
  it.each([
    ['unavailable', 'UNAVAILABLE', 503],
    ['bad-gateway', 'UNAVAILABLE', 502],
    ['gateway-timeout', 'UNAVAILABLE', 504],
    ['crowded', 'UNAVAILABLE', 429],
    ['silent', 'UNAVAILABLE', null],
    ['broken', 'UNAVAILABLE', null],
  ] as const)(
    '%s: six retries, each after a longer wait, then it is given up',
    async (fault, reason, status) => {
      world.emulator.faults.fail('users', fault, 100)
      await expect(find()).rejects.toMatchObject({ reason, status })
      const times = world.emulator.seen.filter(({ path }) => path.includes('/users/')).map(({ at }) => at)
      expect(times).toHaveLength(7)
      const patience = fault === 'silent' ? 10_000 : 0
      const waits = times.slice(1).map((at, i) => at - (times[i] ?? 0) - patience)
      expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000])
    },
  )

  it.each([
    'unavailable',
    'bad-gateway',
    'gateway-timeout',
    'crowded',
    'silent',
    'broken',
    'crashed',
    'conflict',
  ] as Fault[])('%s once: it is asked again and done', async (fault) => {
    world.emulator.faults.fail('users', fault)
    expect(await find()).toBeNull()
  })

  it('a crash is asked again once, and what makes no sense is a failure', async () => {
    world.emulator.faults.fail('users', 'crashed', 2)
    await expect(find()).rejects.toMatchObject({ reason: 'UNAVAILABLE', status: 500 })
    world.emulator.faults.fail('users', 'garbled')
    await world.through(ensureAccounts(easemob, [account(1)], () => 'x', world.how()))
    world.emulator.faults.fail('users', 'garbled')
    await expect(find()).rejects.toMatchObject({ reason: 'UNREADABLE', status: 200 })
  })

  it('a server that is not there is asked again too, and the trouble is known until it is over', async () => {
    expect(await find()).toBeNull()
    expect(easemob.troubleMs()).toBeNull()
    world.emulator.faults.fail('users', 'unavailable', 7)
    await expect(find()).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
    await world.time.advance(5000)
    expect(easemob.troubleMs()).toBe(5000)
    await find()
    expect(easemob.troubleMs()).toBeNull()
    const lost = world.client({ url: 'http://127.0.0.1:9' })
    await expect(find(1, lost)).rejects.toMatchObject({ reason: 'UNAVAILABLE', description: 'ECONNREFUSED' })
  })

  it('whoever gives up is not kept, nor whoever waits when we end', async () => {
    world.emulator.faults.fail('users', 'silent', 10)
    const mine = new AbortController()
    const gone = findAccount(easemob, account(1), world.how('interactive', { signal: mine.signal }))
    const other = findAccount(easemob, account(1), world.how())
    const both = Promise.allSettled([gone, other])
    while (world.emulator.silent < 2) await world.time.advance(0)
    mine.abort()
    await expect(gone).rejects.toMatchObject({ reason: 'ENDED' })
    world.end()
    await expect(other).rejects.toMatchObject({ reason: 'ENDED' })
    await both
  })

  it('[T99] no failure carries the secret or a token', async () => {
    world.emulator.faults.fail('token', 'crashed', 10)
    const failure: unknown = await find().catch((error: unknown) => error)
    world.emulator.faults.clear()
    await world.time.advance(60_000)
    world.emulator.faults.fail('users', 'full')
    const other: unknown = await find().catch((error: unknown) => error)
    expect(other).toMatchObject({ reason: 'PLAN_LIMIT' })
    const token = world.emulator.seen.at(-1)?.authorization?.replace('Bearer ', '')
    expect(token).toMatch(/^YWMt/)
    for (const error of [failure, other]) {
      const text = `${JSON.stringify(error)} ${error instanceof Error ? error.stack : ''}`
      expect(text).toContain('Easemob: ')
      for (const secret of [CLIENT_SECRET, token]) expect(text).not.toContain(secret)
    }
  })
})

describe('[T103] too much', () => {
  it('thousands of calls at once go out below the limits: none is refused', async () => {
    const accounts = Array.from({ length: 300 }, (_, i) => account(i))
    await world.through(Promise.all(accounts.map((id) => findAccount(easemob, id, world.how('bulk')))))
    const message = { id: 'x', from: account(1), content: { type: 'txt', body: { msg: 'x' } } } as const
    const sends = Array.from({ length: 40 }, (_, i) =>
      sendMessage(
        easemob,
        { ...message, audience: { kind: 'groups', to: [`${i}a`, `${i}b`, `${i}c`] } },
        world.how('bulk'),
      ),
    )
    await world.through(Promise.all(sends))
    const everybody = Array.from({ length: 9000 }, (_, i) => account(i))
    await world.through(
      sendMessage(easemob, { ...message, audience: { kind: 'people', to: everybody } }, world.how('bulk')),
    )
    expect(world.emulator.limiter.refused).toBe(0)
    expect(world.emulator.world.messages).toHaveLength(9120)
  })

  it('where others use up the limit, nobody of ours asks for the like until the wait is over', async () => {
    await find()
    world.emulator.faults.fail('users', 'crowded')
    const before = world.emulator.seen.length
    const first = findAccount(easemob, account(1), world.how())
    while (world.emulator.seen.length === before) await world.time.advance(0)
    while (easemob.depths().some(({ running }) => running > 0)) await world.time.advance(0)
    const at = world.time.now()
    await Promise.all([first, find(2), find(3)])
    const times = world.emulator.seen.slice(before).map((call) => call.at - at)
    expect(times).toEqual([0, 250, 250, 250])
  })

  it('a plan that is used up is not asked again', async () => {
    world.emulator.faults.fail('users', 'full')
    await expect(find()).rejects.toMatchObject({
      reason: 'PLAN_LIMIT',
      status: 429,
      error: 'resource_limited',
    })
    expect(world.asked.filter((call) => call.startsWith('GET'))).toHaveLength(1)
  })
})

describe('[T104] tokens of the app', () => {
  const findMany = (client = easemob) =>
    world.through(Promise.all([1, 2, 3, 4, 5, 6].map((n) => findAccount(client, account(n), world.how()))))

  it('many who need one ask for one, and for the next after half of its life', async () => {
    await findMany()
    expect(tokensAsked()).toBe(1)
    await world.time.advance(43_000_000)
    await find()
    expect(tokensAsked()).toBe(1)
    await world.time.advance(300_000)
    await findMany()
    expect(tokensAsked()).toBe(2)
  })

  it('one that expires under way is renewed once, by one of those who were refused, and all is done', async () => {
    await findMany()
    world.emulator.world.tokens.expireAll()
    await findMany()
    expect(tokensAsked()).toBe(2)
    expect(world.asked.filter((call) => call.startsWith('GET'))).toHaveLength(18)
  })

  it('a refusal of the old one that comes late costs no other', async () => {
    let granted = 0
    const grant = () => Promise.resolve({ token: `token ${++granted}`, lifeMs: 1000 })
    const token = new AppToken({ grant, time: world.time })
    expect(await token.get(world.signal)).toBe('token 1')
    token.refused('token 1')
    expect(await token.get(world.signal)).toBe('token 2')
    token.refused('token 1')
    expect(await token.get(world.signal)).toBe('token 2')
  })

  it("two servers renew without getting in each other's way", async () => {
    const second = world.client()
    await Promise.all([findMany(), findMany(second)])
    world.emulator.world.tokens.expireAll()
    await Promise.all([findMany(), findMany(second)])
    expect(tokensAsked()).toBe(4)
  })

  it('while it lives, an old one serves where there is no new one', async () => {
    await find()
    await world.time.advance(50_000_000)
    world.emulator.faults.fail('token', 'unavailable', 100)
    expect(await find()).toBeNull()
  })

  it('credentials that are not taken are a failure of all, asked for once in ten seconds', async () => {
    const stranger = world.client({ clientSecret: 'wrong' })
    await expect(find(1, stranger)).rejects.toMatchObject({ reason: 'UNAUTHORISED', status: 401 })
    await expect(find(2, stranger)).rejects.toMatchObject({ reason: 'UNAUTHORISED' })
    expect(tokensAsked()).toBe(1)
    expect(stranger.troubleMs()).toBe(0)
    await world.time.advance(10_000)
    await expect(find(2, stranger)).rejects.toMatchObject({ reason: 'UNAUTHORISED' })
    expect(tokensAsked()).toBe(2)
  })

  it('who is refused with a new token too gives up', async () => {
    await find()
    world.emulator.faults.fail('users', 'unauthorised', 2)
    await expect(find()).rejects.toMatchObject({ reason: 'UNAUTHORISED', status: 401 })
    expect(tokensAsked()).toBe(2)
  })
})
