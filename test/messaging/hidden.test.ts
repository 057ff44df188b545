import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/changelog/database.ts'
import { ConversationStore } from '../../src/messaging/store.ts'
import { SearchMessagesDocument } from '../../web/generated/graphql.ts'
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

const open = () => world.server.instance.courier.size

describe('[V9] what is not theirs', () => {
  it('is not read through a conversation that was theirs a moment ago, as an answer or an event on its way has it', async () => {
    const db = await openDatabase(world.server.database.url)
    const store = new ConversationStore(db)
    const { id } = await hr.group('A moment ago', third)
    const { id: early } = await hr.say(id, 'while they were there')
    const held = await store.one(third.id, id)
    expect(held && (await store.before(held, 1000, 10)).map((m) => m.id)).toContain(early)
    await hr.update({ id, removeStaffIds: [third.id] })
    const { id: late, sentAt } = await hr.say(id, 'after they went')
    const ask = async () =>
      held && [
        await store.before(held, 1000, 10),
        await store.after(held, 0, 10),
        await store.message(held, late),
        await store.placeAt(held, new Date(sentAt)),
      ]
    expect(await ask()).toEqual([[], [], null, null])
    await db.close()
  })

  it('[T49] is named to a device that was away while they went and came back: it lets go of what it has', async () => {
    const { id } = await hr.group('Away', third)
    const early = await hr.say(id, 'a device has this')
    await hr.update({ id, removeStaffIds: [third.id] })
    await hr.recall(id, early.id)
    await hr.update({ id, addStaffIds: [third.id] })
    const [added] = (await third.messages(id)) ?? []
    const { sinceSeq } = (await third.conversation(id)) ?? { sinceSeq: 0 }
    expect(sinceSeq).toBeGreaterThanOrEqual(early.seq)
    expect(sinceSeq).toBeLessThan(added?.seq ?? 0)
    expect((await hr.conversation(id))?.sinceSeq).toBe(0)
  })

  it('cannot be dated by asking for what is older', async () => {
    const { id } = await hr.group('Dated', staff)
    const foreign = await hr.say(id, 'theirs')
    const own = await third.group('Own')
    await third.say(own.id, 'dating')
    await world.server.database.sql(`UPDATE message SET sent_at = now() + interval '1 hour' WHERE id = $1`, [
      foreign.id,
    ])
    const older = async (beforeId: string) =>
      (await third.ask(SearchMessagesDocument, { query: 'dating', beforeId })).searchMessages
    expect(await older(foreign.id)).toEqual([])
  })

  it('is not told by the time of a conversation: when somebody last wrote before they came', async () => {
    const { id } = await hr.group('Long ago', staff)
    await hr.say(id, 'x')
    await world.server.database.sql(`UPDATE conversation SET last_at = '2020-01-02' WHERE id = $1`, [id])
    await world.server.database.sql(`UPDATE message SET sent_at = '2020-01-01' WHERE conversation_id = $1`, [
      id,
    ])
    await hr.update({ id, addStaffIds: [third.id] })
    const [added] = (await third.messages(id)) ?? []
    expect((await third.conversation(id))?.lastAt).toBe(added?.sentAt)
    // And so it stands where somebody who was just added looks for it.
    expect((await third.conversations())[0]?.id).toBe(id)
    expect((await staff.conversation(id))?.lastAt).toMatch(/^2020/)
  })

  it('that somebody has looked at the conversation with them, and written nothing', async () => {
    const { id } = await hr.open(third.id)
    const listed = async (who: Speaker) => (await who.conversations()).some((c) => c.id === id)
    expect(await listed(hr)).toBe(true)
    expect(await listed(third)).toBe(false)
    await hr.say(id, 'hello')
    expect(await listed(third)).toBe(true)
  })
})

it('what is said stands in no log', async () => {
  const secret = 'nobody logs this'
  const { id } = await hr.group(secret, staff)
  const message = await hr.say(id, secret)
  await hr.trySay(id, secret, { quotedId: 'nonsense' })
  await hr.ask(SearchMessagesDocument, { query: secret })
  await hr.recall(id, message.id)
  expect(world.server.lines.join('\n')).not.toContain(secret)
})

describe('what a device opens', () => {
  const events = 'subscription { conversationEvents { __typename } }'

  it('[T49] [P2] is let go of at once when it ends, also before it has begun and under an id that is used again', async () => {
    const wire = await hr.client.socket()
    for (let n = 0; n < 20; n++)
      wire.inOneGo(() => {
        wire.subscribe('same', events)
        wire.send({ id: 'same', type: 'complete' })
        wire.subscribe('same', events)
        wire.send({ id: 'same', type: 'complete' })
      })
    wire.subscribe('last', events)
    await expect.poll(async () => (await wire.next()).id).toBe('last')
    await expect.poll(open).toBe(1)
    wire.send({ id: 'last', type: 'complete' })
    await expect.poll(open).toBe(0)
    wire.inOneGo(() => {
      wire.subscribe('again', events)
      wire.send({ id: 'again', type: 'complete' })
      wire.subscribe('again', events)
    })
    await expect.poll(open).toBe(1)
    wire.ws.terminate()
    await expect.poll(open).toBe(0)
  })

  it('[T48] [P4] ends with the session', async () => {
    const other = await world.speaker('staff')
    const ear = await other.listen()
    await expect.poll(open).toBe(1)
    await other.client.query('mutation { logout }')
    expect((await ear.wire.closed).code).toBe(4401)
    await expect.poll(open).toBe(0)
  })
})

describe('what costs much', () => {
  it('[T8] is not asked for many conversations at once', async () => {
    for (const field of ['messages(first: 1) { id }', 'changedMessages(afterEvent: 0, first: 1) { id }'])
      expect((await hr.client.ask(`{ conversations { ${field} } }`)).errors[0]?.message).toMatch('too large')
    const times = Array.from({ length: 5 }, (_, n) => `t${n}: placeAt(at: "2026-01-01T00:00:00Z")`).join(' ')
    expect((await hr.client.ask(`{ conversations { ${times} } }`)).errors[0]?.message).toMatch('too large')
  })

  it('[T19] is bounded where it is written: marks that pile up, half characters, mentions, people', async () => {
    const { id } = await hr.group('Bounds', staff)
    const piled = await hr.say(id, `a${'\u0301'.repeat(4999)}`)
    expect(piled.text?.length).toBeLessThan(20)
    expect((await hr.say(id, '\ud800x\udc00')).text).toBe('x')
    const mentions = Array.from({ length: 51 }, () => staff.id)
    expect(await hr.trySay(id, 'x', { mentionIds: mentions })).toMatchObject({ code: 'INVALID_INPUT' })
    const crowd = Array.from({ length: 10_000 }, () => crypto.randomUUID())
    expect(await hr.tryGroup({ name: 'Crowd', staffIds: crowd })).toMatchObject({ code: 'NOT_FOUND' })
  })
})

it('[10] what a newer server has written is shown as unknown, and hides nothing else', async () => {
  const { id } = await hr.group('Newer', staff)
  const { id: newer } = await hr.say(id, 'x')
  const ear = await staff.listen()
  await world.server.database.sql(`UPDATE message SET body = '{"kind":"POLL","choices":[]}' WHERE id = $1`, [
    newer,
  ])
  expect((await staff.conversation(id))?.lastMessage).toMatchObject({ kind: 'UNKNOWN', text: null })
  await hr.say(id, 'y')
  expect((await staff.messages(id))?.map(({ kind, text }) => text ?? kind)).toEqual([
    'NOTICE',
    'UNKNOWN',
    'y',
  ])
  await world.server.database.sql(`SELECT next_event($1)`, [id])
  expect((await ear.texts(1))[0]?.text).toBe('y')
  ear.close()
})
