import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  deleteAccount,
  disableAccount,
  enableAccount,
  endConnections,
  ensureAccounts,
  findAccount,
  listAccounts,
} from '../../../src/messaging/easemob/accounts.ts'
import { readAttributes, setAttributes, type Attributes } from '../../../src/messaging/easemob/attributes.ts'
import { blockAccounts, listBlocked, unblockAccount } from '../../../src/messaging/easemob/blocks.ts'
import type { Easemob } from '../../../src/messaging/easemob/client.ts'
import { type AccountId } from '../../../src/messaging/easemob/ids.ts'
import { UserTokens } from '../../../src/messaging/easemob/user-tokens.ts'
import type { EmulatedFamily } from '../../support/easemob/endpoint.ts'
import { EasemobWorld, account, accounts, secret } from './world.ts'

let world: EasemobWorld
let easemob: Easemob
beforeEach(async () => {
  world = await EasemobWorld.start()
  easemob = world.client()
})
afterEach(() => world.stop())

const bulk = () => world.how('bulk')
const through = <T>(promise: Promise<T>) => world.through(promise)
const calls = (start: string) => world.asked.filter((call) => call.startsWith(start))
/** The answer is lost, though it was done. */
const lose = (family: EmulatedFamily) => world.emulator.faults.fail(family, 'broken')
const [ann, bob, cid] = [account(1), account(2), account(3)]
const users = () => world.emulator.world.users
const ensure = (...ids: readonly AccountId[]) => through(ensureAccounts(easemob, ids, secret, bulk()))

describe('accounts', () => {
  it('are made sixty at a time, whether some are there or not; done again it is the same', async () => {
    await ensure(...accounts(0, 10))
    const all = accounts(0, 130)
    expect(await ensure(...all)).toEqual({ done: all, failed: [] })
    expect(users().size).toBe(130)
    expect(calls('POST /users')).toHaveLength(4)
    lose('users')
    expect(await ensure(account(200))).toMatchObject({ done: [account(200)], failed: [] })
    expect(await ensure(account(200))).toMatchObject({ done: [account(200)] })
    expect(await ensure()).toEqual({ done: [], failed: [] })
  })

  it('[7] each has a password of its own that is sent once and known to nobody', async () => {
    await ensure(...accounts(0, 61))
    const passwords = [...users().values()].map(({ password }) => password)
    expect(new Set(passwords).size).toBe(61)
  })

  it('what is refused fails for its batch alone; when Easemob is away the rest is not tried', async () => {
    world.emulator.world.plan.users = 100
    const partly = await ensure(...accounts(0, 180))
    expect(partly.failed[0]?.failure).toMatchObject({ reason: 'PLAN_LIMIT' })
    world.emulator.world.plan.users = 1000
    world.emulator.faults.fail('users', 'unavailable', 7)
    const away = await ensure(...accounts(300, 480))
    expect(away.done).toEqual([])
    expect(new Set(away.failed.map(({ failure }) => failure.reason))).toEqual(new Set(['UNAVAILABLE']))
    expect(away.failed).toHaveLength(180)
  })

  it('[T109] are listed to the last page, ours and others', async () => {
    await ensure(...accounts(0, 205))
    const names: string[] = []
    for (let next: string | null = null, isFirst = true; isFirst || next !== null; isFirst = false) {
      const page: Awaited<ReturnType<typeof listAccounts>> = await through(
        listAccounts(easemob, next, bulk()),
      )
      names.push(...page.accounts.map(({ name }) => name))
      next = page.next
    }
    expect(names).toEqual(accounts(0, 205))
  })

  it('[T109] are disabled, enabled and deleted; one that is not there is no failure', async () => {
    await ensure(ann)
    await through(disableAccount(easemob, ann, bulk()))
    expect(await through(findAccount(easemob, ann, bulk()))).toEqual({ name: ann, isActive: false })
    expect(users().get(ann)?.kicks).toBe(1)
    await through(enableAccount(easemob, ann, bulk()))
    await through(endConnections(easemob, ann, bulk()))
    expect(users().get(ann)?.kicks).toBe(2)
    expect(await through(findAccount(easemob, ann, bulk()))).toEqual({ name: ann, isActive: true })
    lose('users')
    await through(deleteAccount(easemob, ann, bulk()))
    expect(await through(findAccount(easemob, ann, bulk()))).toBeNull()
    for (const act of [deleteAccount, disableAccount, endConnections])
      await through(act(easemob, ann, bulk()))
    await expect(through(enableAccount(easemob, ann, bulk()))).rejects.toMatchObject({
      reason: 'REFUSED',
      status: 404,
    })
  })

  it('show what clients are to show, in any script', async () => {
    await ensure(ann, bob)
    const attributes = { nickname: '安娜 & co=1', avatarurl: 'https://example.com/a?b=c&d=%20' }
    await through(setAttributes(easemob, ann, attributes, bulk()))
    const shown = new Map<string, Attributes>([
      [ann, attributes],
      [bob, {}],
    ])
    expect(await through(readAttributes(easemob, [ann, bob, cid], bulk()))).toEqual(shown)
    expect(await through(readAttributes(easemob, accounts(0, 150), bulk()))).toEqual(shown)
  })

  it('keep off whom their owner has blocked', async () => {
    await ensure(...accounts(1, 80))
    const others = accounts(2, 80)
    expect(await through(blockAccounts(easemob, ann, others, bulk()))).toEqual({ done: others, failed: [] })
    expect(await through(listBlocked(easemob, ann, bulk()))).toEqual(others)
    await through(unblockAccount(easemob, ann, bob, bulk()))
    await through(unblockAccount(easemob, ann, bob, bulk()))
    expect(await through(listBlocked(easemob, ann, bulk()))).toEqual(others.slice(1))
  })
})

describe('[7] tokens of users', () => {
  it('live for an hour, and make the account that is missing; many who ask for one at once share it', async () => {
    const tokens = new UserTokens({ easemob, time: world.time, signal: world.signal })
    const given = await through(Promise.all([1, 2, 3].map(() => tokens.get(ann, world.signal))))
    expect(given[0]).toEqual({ token: expect.stringMatching(/^YWMt/), lifeSeconds: 3600 })
    expect(new Set(given.map(({ token }) => token)).size).toBe(1)
    expect(world.emulator.world.tokens.isOf(given[0]?.token ?? '', ann)).toBe(true)
    expect(users().get(ann)?.password).toBeNull()
    // Somebody who asks again within a second is taken for a second maker of the account.
    await world.time.advance(1000)
    const next = await through(tokens.get(ann, world.signal))
    expect(next.token).not.toBe(given[0]?.token)
    // One of the app, and two.
    expect(calls('POST /token')).toHaveLength(3)
  })

  it('of two servers that make an account at once, one waits a little', async () => {
    const both = [easemob, world.client()].map(
      (client) => new UserTokens({ easemob: client, time: world.time, signal: world.signal }),
    )
    const given = await through(Promise.all(both.map((tokens) => tokens.get(bob, world.signal))))
    expect(given).toHaveLength(2)
    expect(users().size).toBe(1)
  })

  it('nobody gets one whose account is disabled', async () => {
    await ensure(ann)
    await through(disableAccount(easemob, ann, bulk()))
    const tokens = new UserTokens({ easemob, time: world.time, signal: world.signal })
    await expect(through(tokens.get(ann, world.signal))).rejects.toMatchObject({
      reason: 'REFUSED',
      status: 400,
    })
  })
})
