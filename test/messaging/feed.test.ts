import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Feed, type FeedEvent } from '../../src/messaging/feed.ts'
import { startServer } from '../support/server.ts'
import { Speaker, startMessagingWorld, type MessagingWorld } from './world.ts'

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

describe('who is online', () => {
  it('is told each message once and in order, on every device of everybody in the conversation, and nobody else is', async () => {
    const { id } = await hr.group('Live', staff)
    const [desk, phone, mine, outside] = await Promise.all(
      [staff, staff, hr, third].map((who) => who.listen()),
    )
    const sent = []
    for (let n = 0; n < 20; n++) sent.push((await (n % 2 ? hr : staff).say(id, `line ${n}`)).id)
    for (const ear of [desk, phone, mine]) {
      const told = await ear!.texts(sent.length)
      expect(told.map((m) => m.id)).toEqual(sent)
    }
    await third.mark({ id: (await third.group('Own')).id, isPinned: true })
    // What comes first there is of their own doing.
    expect((await outside!.next('ConversationTold')).conversation.name).toBe('Own')
    for (const ear of [desk, phone, mine, outside]) ear!.close()
  })

  it('is told of what was taken back, of a first message with its conversation, and of marks on their own devices alone', async () => {
    const ear = await third.listen()
    const { id } = await hr.open(third.id)
    await hr.say(id, 'hello')
    expect((await ear.next('ConversationTold')).conversation).toMatchObject({
      id,
      peerId: hr.id,
      unreadCount: 1,
    })
    expect((await ear.next('MessagesTold')).messages).toMatchObject([{ text: 'hello' }])
    const { id: messageId } = await hr.say(id, 'oops')
    await ear.next('MessagesTold')
    await hr.recall(id, messageId)
    expect((await ear.next('MessagesTold')).messages).toMatchObject([
      { id: messageId, kind: 'RECALLED', text: null },
    ])
    await hr.mark({ id, isMuted: true })
    await third.mark({ id, readSeq: 1 })
    expect((await ear.next('ConversationTold')).conversation).toMatchObject({ readSeq: 1, isMuted: false })
    ear.close()
  })

  it('[T49] whoever is removed is told to let go, and hears nothing of it from then on', async () => {
    const { id } = await hr.group('Soon smaller', staff, third)
    const ear = await third.listen()
    await hr.update({ id, removeStaffIds: [third.id] })
    // That the group was made may still be on its way.
    expect((await ear.until('ConversationGone')).conversationId).toBe(id)
    await staff.say(id, 'they are gone')
    const other = await hr.group('After', third)
    expect((await ear.next('ConversationTold')).conversation.id).toBe(other.id)
    ear.close()
  })

  it('[T39] is nobody who looks at the directory as somebody else', async () => {
    const { id } = await hr.open(staff.id)
    await hr.say(id, 'private')
    const { viewAs } = await hr.client.query(
      `mutation { viewAs(id: "${staff.id}") { __typename ... on LookingAs { accessToken } } }`,
    )
    const looking = world.server.client({
      authorization: `Bearer ${(viewAs as { accessToken: string }).accessToken}`,
    })
    const answer = await looking.ask(`{ conversations { id } }`)
    expect(answer.errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' })
    expect(answer.data).toBeNull()
  })
})

describe('word that is lost', () => {
  it('costs time alone: when the line to the database broke, devices ask again and miss nothing', async () => {
    const { id } = await hr.group('Broken line', staff)
    const ear = await staff.listen()
    const { event } = await hr.say(id, 'heard')
    await ear.texts(1)
    await world.server.database.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'dolores listener' AND datname = current_database()`)
    await hr.say(id, 'not heard of')
    await ear.next('FeedOpened')
    expect((await staff.changed(id, event))?.map(({ text }) => text)).toContain('not heard of')
    await hr.say(id, 'heard again')
    expect((await ear.texts(1)).at(-1)?.text).toBe('heard again')
    ear.close()
  })

  it('reaches devices at another server as well', async () => {
    const { slapd, database } = world.server
    const second = await startServer({ slapd, database })
    const there = new Speaker(await second.login('staff', 'dolores'), staff.id)
    const ear = await there.listen()
    const { id } = await hr.group('Two servers', staff)
    expect((await ear.next('ConversationTold')).conversation.id).toBe(id)
    await ear.next('MessagesTold')
    await hr.say(id, 'from the first')
    expect((await ear.next('MessagesTold')).messages).toMatchObject([{ text: 'from the first' }])
    ear.close()
    await second.closeInstance()
  })

  it('[P2] a reader that falls behind is told to ask again, and keeps nothing waiting', async () => {
    const feed = new Feed('somebody', () => {})
    const gone = (n: number): FeedEvent => ({ kind: 'GONE', conversationId: `c${n}` })
    for (let n = 0; n < 1000; n++) feed.push(gone(n))
    const read: FeedEvent[] = []
    for (let n = 0; n < 1000; n++) feed.push(gone(1000 + n))
    feed.push(gone(9999))
    for await (const event of feed) {
      read.push(event)
      if (event.kind === 'GONE' && event.conversationId === 'c9999') break
    }
    expect(read[0]).toEqual({ kind: 'OPENED' })
    expect(read.length).toBeLessThan(300)
    // Between two calls to ask again nothing is left out.
    const numbers = read
      .flatMap((e) => (e.kind === 'GONE' ? [Number(e.conversationId.slice(1))] : []))
      .slice(0, -1)
    for (const [i, n] of numbers.entries()) if (i > 0) expect(n).toBe((numbers[i - 1] ?? 0) + 1)
  })
})
