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
import { readAttributes, setAttributes } from '../../../src/messaging/easemob/attributes.ts'
import { blockAccounts, listBlocked, unblockAccount } from '../../../src/messaging/easemob/blocks.ts'
import type { Easemob } from '../../../src/messaging/easemob/client.ts'
import {
  createGroup,
  deleteGroup,
  joinedGroups,
  listGroups,
  readGroups,
  transferGroup,
  updateGroup,
} from '../../../src/messaging/easemob/groups.ts'
import { accountIdOf, type AccountId } from '../../../src/messaging/easemob/ids.ts'
import { addMembers, listMembers, removeMembers } from '../../../src/messaging/easemob/members.ts'
import { isNothingToRecall, recallMessage, sendMessage } from '../../../src/messaging/easemob/messages.ts'
import { UserTokens } from '../../../src/messaging/easemob/user-tokens.ts'
import type { EmulatedFamily } from '../../support/easemob/endpoint.ts'
import { EasemobWorld } from './world.ts'

let world: EasemobWorld
let easemob: Easemob
beforeEach(async () => {
  world = await EasemobWorld.start()
  easemob = world.client()
})
afterEach(() => world.stop())

const account = (n: number) => accountIdOf(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`)
const accounts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => account(from + i))
const [ann, bob, cid] = [account(1), account(2), account(3)]
const bulk = () => world.how('bulk')
const through = <T>(promise: Promise<T>) => world.through(promise)
let number = 0
const secret = () => `secret ${number++}`
const ensure = (...ids: readonly AccountId[]) => through(ensureAccounts(easemob, ids, secret, bulk()))
const users = () => world.emulator.world.users
const group = (id: string) => world.emulator.world.groups.get(id)
const calls = (start: string) => world.asked.filter((call) => call.startsWith(start))
const newGroup = async (owner = ann, key = 'key') => {
  if (!users().has(owner)) await ensure(owner)
  const made = { key, name: 'Team', description: '', owner, mostMembers: 500 }
  return await through(createGroup(easemob, made, bulk()))
}
/** The answer is lost, though it was done. */
const lose = (family: EmulatedFamily) => world.emulator.faults.fail(family, 'broken')

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
    expect(await through(readAttributes(easemob, [ann, bob, cid], bulk()))).toEqual(
      new Map([
        [ann, attributes],
        [bob, {}],
      ]),
    )
    expect(await through(readAttributes(easemob, accounts(0, 150), bulk()))).toEqual(
      new Map([
        [ann, attributes],
        [bob, {}],
      ]),
    )
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

describe('groups', () => {
  it('one is made once, however often the answer is lost', async () => {
    await ensure(ann, bob)
    await newGroup(ann, 'other')
    world.emulator.faults.fail('group:create', 'broken', 2)
    const id = await newGroup()
    expect(world.emulator.world.groups.size).toBe(2)
    expect(group(id)).toMatchObject({
      owner: ann,
      isPublic: false,
      inviteNeedConfirm: false,
      allowInvites: false,
    })
    // By another process, that knows only that it was tried.
    const made = { key: 'key', name: 'Team', description: '', owner: ann, mostMembers: 500 }
    expect(await through(createGroup(easemob, made, world.how('bulk', { isRepeated: true })))).toBe(id)
    expect(
      await through(createGroup(easemob, { ...made, owner: bob }, world.how('bulk', { isRepeated: true }))),
    ).not.toBe(id)
  })

  it('one that was not made is made the next time, and not for ever', async () => {
    await ensure(ann)
    world.emulator.faults.fail('group:create', 'silent')
    const id = await newGroup()
    expect([...world.emulator.world.groups.keys()]).toEqual([id])
    world.emulator.faults.fail('group:create', 'unavailable', 10)
    await expect(newGroup(ann, 'next')).rejects.toMatchObject({ reason: 'UNCERTAIN', status: 503 })
    world.emulator.faults.clear()
    await expect(newGroup(ann, 'next')).resolves.toEqual(expect.any(String))
    await expect(
      through(
        createGroup(easemob, { key: 'k', name: '', description: '', owner: ann, mostMembers: 5 }, bulk()),
      ),
    ).rejects.toMatchObject({ reason: 'REFUSED', status: 400 })
  })

  it('they are read, also where some are gone; changed, passed on and deleted, again and again', async () => {
    await ensure(ann, bob)
    const [one, two] = [await newGroup(), await newGroup(bob, 'two')]
    await through(updateGroup(easemob, one, { name: 'New', description: 'of old' }, bulk()))
    const read = (...ids: string[]) => through(readGroups(easemob, ids, bulk()))
    expect(await read(one, '1', two)).toEqual([
      { id: one, name: 'New', owner: ann, description: 'of old', key: 'key' },
      { id: two, name: 'Team', owner: bob, description: '', key: 'two' },
    ])
    expect(await read('1')).toEqual([])
    await through(addMembers(easemob, one, [bob], bulk()))
    lose('group:update')
    await through(transferGroup(easemob, one, bob, bulk()))
    await through(transferGroup(easemob, one, bob, bulk()))
    expect(group(one)?.owner).toBe(bob)
    await expect(through(transferGroup(easemob, one, cid, bulk()))).rejects.toMatchObject({
      status: 403,
      error: 'forbidden_op',
    })
    lose('group:delete')
    await through(deleteGroup(easemob, one, bulk()))
    await through(deleteGroup(easemob, one, bulk()))
    expect(await read(one, two)).toHaveLength(1)
  })

  it('[T109] they are listed, and by who is in', async () => {
    await ensure(ann, bob)
    const ids: string[] = []
    for (let i = 0; i < 45; i++) ids.push(await newGroup(i % 2 ? ann : bob, `${i}`))
    const first = await through(listGroups(easemob, null, 30, bulk()))
    const second = await through(listGroups(easemob, first.next, 30, bulk()))
    expect([...first.groups, ...second.groups].map(({ id }) => id)).toEqual(ids.toReversed())
    expect(second.next).toBeNull()
    expect(await through(joinedGroups(easemob, ann, bulk()))).toEqual(ids.filter((_, i) => i % 2))
    expect(await through(joinedGroups(easemob, bob, bulk()))).toHaveLength(23)
  })

  it('a group that somebody else has made has no key', async () => {
    const id = await newGroup()
    for (const custom of ['', '{', '{"dolores":1}', 'null']) {
      Object.assign(group(id) ?? {}, { custom })
      expect(await through(readGroups(easemob, [id], bulk()))).toMatchObject([{ key: null }])
    }
  })
})

describe('members', () => {
  it('are added and removed sixty at a time, whatever they were, without a notice', async () => {
    const all = accounts(1, 150)
    await ensure(...all)
    const id = await newGroup()
    const others = all.slice(1)
    await through(addMembers(easemob, id, others.slice(0, 30), bulk()))
    lose('group:add')
    expect(await through(addMembers(easemob, id, others, bulk()))).toEqual({ done: others, failed: [] })
    expect(await through(addMembers(easemob, id, others, bulk()))).toEqual({ done: others, failed: [] })
    expect(group(id)?.members.size).toBe(148)
    expect(calls(`POST /chatgroups/${id}/users`).every((call) => call.endsWith('?need_notify=false'))).toBe(
      true,
    )
    lose('group:remove')
    expect(await through(removeMembers(easemob, id, others.slice(10), bulk()))).toEqual({
      done: others.slice(10),
      failed: [],
    })
    expect(await through(removeMembers(easemob, id, others.slice(10), bulk()))).toMatchObject({ failed: [] })
    expect(await through(listMembers(easemob, id, bulk()))).toEqual([
      { name: ann, isOwner: true },
      ...others.slice(0, 10).map((name) => ({ name, isOwner: false })),
    ])
  })

  it('those without an account fail alone', async () => {
    const all = accounts(1, 101)
    await ensure(...all.filter((_, i) => i !== 17 && i !== 80))
    const id = await newGroup()
    const { done, failed } = await through(addMembers(easemob, id, all.slice(1), bulk()))
    expect(failed.map(({ item, failure }) => [item, failure.status])).toEqual([
      [all[17], 404],
      [all[80], 404],
    ])
    expect(done).toHaveLength(97)
    expect(group(id)?.members.size).toBe(97)
  })

  it('a group that is gone is asked for once and not once for each; one that is full says so; an owner stays', async () => {
    await ensure(...accounts(1, 61))
    const before = world.asked.length
    const gone = await through(addMembers(easemob, '17', accounts(1, 61), bulk()))
    expect(gone.failed).toHaveLength(60)
    expect(world.asked.length - before).toBe(2)
    const id = await newGroup()
    Object.assign(group(id) ?? {}, { mostMembers: 5 })
    const full = await through(addMembers(easemob, id, accounts(2, 61), bulk()))
    expect(full.failed[0]?.failure).toMatchObject({ reason: 'REFUSED', error: 'exceed_limit' })
    const owner = await through(removeMembers(easemob, id, [ann], bulk()))
    expect(owner.failed[0]?.failure).toMatchObject({ reason: 'REFUSED', error: 'forbidden_op' })
  })

  it('more than a page of them are listed', async () => {
    const all = accounts(1, 1201)
    await ensure(...all)
    const id = await through(
      createGroup(easemob, { key: 'k', name: 'All', description: '', owner: ann, mostMembers: 3000 }, bulk()),
    )
    await through(addMembers(easemob, id, all.slice(1), bulk()))
    expect(await through(listMembers(easemob, id, bulk()))).toHaveLength(1200)
  })
})

describe('messages', () => {
  const text = { id: 'dolores-1', from: ann, content: { type: 'txt', body: { msg: '你好' } } } as const

  it('go to people and groups in as few calls as may be, and carry our id', async () => {
    const to = accounts(10, 1250)
    const sent = await through(sendMessage(easemob, { ...text, audience: { kind: 'people', to } }, bulk()))
    expect(sent.done).toHaveLength(1240)
    expect(calls('POST /messages/users')).toHaveLength(3)
    const [first] = world.emulator.world.messages
    expect(first).toMatchObject({
      from: ann,
      to: to[0],
      chat: 'chat',
      body: { msg: '你好' },
      ext: { dolores_id: 'dolores-1' },
    })
    expect(sent.messageIds.get(to[0] ?? '')).toBe(first?.id)
    const rooms = await through(
      sendMessage(
        easemob,
        {
          ...text,
          isSilent: true,
          ext: { em_at_list: 'ALL' },
          audience: { kind: 'groups', to: ['1', '2', '3', '4'] },
        },
        world.how(),
      ),
    )
    expect([...rooms.messageIds.keys()]).toEqual(['1', '2', '3', '4'])
    expect(calls('POST /messages/chatgroups')).toHaveLength(2)
    expect(world.emulator.world.messages.at(-1)?.ext).toEqual({
      dolores_id: 'dolores-1',
      em_at_list: 'ALL',
      em_ignore_notification: true,
    })
  })

  it('are sent again under the same id when the answer is lost, and refused ones say why', async () => {
    lose('people')
    const audience = { kind: 'people', to: [bob] } as const
    await through(sendMessage(easemob, { ...text, audience }, world.how()))
    expect(world.emulator.world.messages.map(({ ext }) => ext['dolores_id'])).toEqual([
      'dolores-1',
      'dolores-1',
    ])
    const content = { type: 'txt', body: { msg: 'x'.repeat(6000) } } as const
    const sent = await through(sendMessage(easemob, { ...text, content, audience }, world.how()))
    expect(sent.failed).toMatchObject([
      { item: bob, failure: { reason: 'REFUSED', error: 'message_send_error' } },
    ])
  })

  it('are taken back; twice is once, and what was never there is a failure', async () => {
    const send = async () => {
      const sent = await through(
        sendMessage(easemob, { ...text, audience: { kind: 'people', to: [bob] } }, world.how()),
      )
      return sent.messageIds.get(bob) ?? ''
    }
    const recall = (messageId: string, isForced = false, isRepeated = false) =>
      through(
        recallMessage(
          easemob,
          { messageId, from: ann, to: bob, chat: 'chat', isForced },
          world.how('interactive', { isRepeated }),
        ),
      )
    const first = await send()
    lose('recall')
    await recall(first)
    expect(world.emulator.world.messages[0]?.isRecalled).toBe(true)
    const again: unknown = await recall(first).catch((error: unknown) => error)
    expect(isNothingToRecall(again)).toBe(true)
    await recall(first, false, true)
    const late = await send()
    await world.time.advance(130_000)
    const refused: unknown = await recall(late).catch((error: unknown) => error)
    expect(refused).toMatchObject({ reason: 'REFUSED', status: 403 })
    expect(isNothingToRecall(refused)).toBe(false)
    await recall(late, true)
    expect(world.emulator.world.messages.at(-1)?.isRecalled).toBe(true)
  })
})
