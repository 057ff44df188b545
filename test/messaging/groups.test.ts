import { afterAll, beforeAll, expect, it } from 'vitest'
import { startMessagingWorld, type MessagingWorld, type Speaker } from './world.ts'

let world: MessagingWorld
let hr: Speaker
let staff: Speaker
let third: Speaker
beforeAll(async () => {
  world = await startMessagingWorld()
  hr = await world.speaker('hr')
  staff = await world.speaker('staff')
  third = await world.speaker(world.otherLogin())
}, 120_000)
afterAll(() => world?.close())

it('begins with its owner and whom they name, and says so in it', async () => {
  const group = await hr.group('  新  产品 ', staff)
  expect(group).toMatchObject({
    kind: 'GROUP',
    name: '新 产品',
    ownerId: hr.id,
    peerId: null,
    unreadCount: 0,
  })
  expect([...group.memberIds].sort()).toEqual([hr.id, staff.id].sort())
  expect(await staff.messages(group.id)).toMatchObject([
    {
      kind: 'NOTICE',
      notice: 'CREATED',
      senderId: hr.id,
      noticeStaffIds: [staff.id],
      noticeName: '新 产品',
      text: null,
    },
  ])
  for (const name of ['', ' \u200b', 'x'.repeat(51)])
    expect(await hr.tryGroup({ name, staffIds: [] })).toMatchObject({ code: 'INVALID_INPUT' })
})

it('whoever comes in later has what comes later, whoever goes has nothing', async () => {
  const { id } = await hr.group('History', staff)
  const early = await hr.say(id, 'before they came')
  await staff.update({ id, addStaffIds: [third.id, staff.id] })
  await staff.say(id, 'welcome')
  const theirs = await third.messages(id)
  expect(theirs?.map(({ text, notice }) => text ?? notice)).toEqual(['ADDED', 'welcome'])
  expect((await third.changed(id, 0))?.map(({ text, notice }) => text ?? notice)).toEqual([
    'ADDED',
    'welcome',
  ])
  expect(await third.trySay(id, 'what was that?', { quotedId: early.id })).toMatchObject({ path: 'quotedId' })
  expect(await third.conversation(id)).toMatchObject({ unreadCount: 2 })
  await hr.update({ id, removeStaffIds: [third.id] })
  expect(await third.conversation(id)).toBeNull()
  expect(await third.trySay(id, 'I am still here')).toMatchObject({ code: 'NOT_FOUND' })
  // Whoever comes back has nothing of the time before.
  await hr.update({ id, addStaffIds: [third.id] })
  expect((await third.messages(id))?.map(({ notice }) => notice)).toEqual(['ADDED'])
})

it('its owner alone removes people and hands it over, and does not leave it without one', async () => {
  const { id } = await hr.group('Owned', staff, third)
  for (const input of [{ removeStaffIds: [third.id] }, { ownerId: staff.id }])
    expect(await staff.update({ id, ...input })).toMatchObject({ code: 'OWNER_ONLY' })
  expect(await staff.update({ id, name: 'Everybody may rename' })).toMatchObject({
    conversation: { name: 'Everybody may rename' },
  })
  expect(await hr.leave(id)).toMatchObject({ code: 'OWNER_STAYS' })
  expect(await hr.update({ id, removeStaffIds: [hr.id] })).toMatchObject({ code: 'OWNER_STAYS' })
  expect(await hr.update({ id, ownerId: hr.client.url })).toMatchObject({
    code: 'NOT_FOUND',
    path: 'ownerId',
  })
  await hr.update({ id, ownerId: staff.id })
  expect(await hr.leave(id)).toMatchObject({ __typename: 'ConversationLeft' })
  expect(await hr.conversation(id)).toBeNull()
  expect((await staff.messages(id))?.map(({ notice }) => notice)).toEqual([
    'CREATED',
    'RENAMED',
    'OWNER',
    'LEFT',
  ])
})

it('[7] is made once with one key, and a change is made once', async () => {
  const input = { name: 'Once', staffIds: [staff.id], idempotencyKey: crypto.randomUUID() }
  const [one, two] = await Promise.all([hr.tryGroup(input), hr.tryGroup(input)])
  expect(one).toEqual(two)
  expect(await hr.tryGroup({ ...input, name: 'Another' })).toMatchObject({ code: 'KEY_REUSED' })
  const { id } = await hr.group('Twice')
  const rename = { id, name: 'Renamed', idempotencyKey: crypto.randomUUID() }
  await hr.update(rename)
  await hr.update(rename)
  expect((await hr.messages(id))?.map(({ notice }) => notice)).toEqual(['CREATED', 'RENAMED'])
})

it('is listed where somebody wrote last, after the pinned ones', async () => {
  const first = await third.group('First', hr)
  const second = await third.group('Second', hr)
  const names = async () => (await third.conversations()).slice(0, 2).map(({ name }) => name)
  await third.say(first.id, 'x')
  expect(await names()).toEqual(['First', 'Second'])
  await hr.say(second.id, 'y')
  expect(await names()).toEqual(['Second', 'First'])
  await third.mark({ id: first.id, isPinned: true, isMuted: true })
  expect(await names()).toEqual(['First', 'Second'])
  expect(await hr.conversation(first.id)).toMatchObject({ isPinned: false, isMuted: false })
})
