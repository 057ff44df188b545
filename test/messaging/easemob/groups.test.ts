import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureAccounts } from '../../../src/messaging/easemob/accounts.ts'
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
import { type AccountId } from '../../../src/messaging/easemob/ids.ts'
import { addMembers, listMembers, removeMembers } from '../../../src/messaging/easemob/members.ts'
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
const group = (id: string) => world.emulator.world.groups.get(id)
const newGroup = async (owner = ann, key = 'key') => {
  if (!users().has(owner)) await ensure(owner)
  const made = { key, name: 'Team', description: '', owner, mostMembers: 500 }
  return await through(createGroup(easemob, made, bulk()))
}

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
    for (const most of [1000, 100]) {
      world.emulator.world.plan.membersPerPage = most
      const listed = await through(listMembers(easemob, id, bulk()))
      expect(new Set(listed.map(({ name }) => name)).size).toBe(1200)
    }
  })
})
