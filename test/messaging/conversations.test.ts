import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMessagingWorld, type MessagingWorld, type Speaker } from './world.ts'

let world: MessagingWorld
let hr: Speaker
let staff: Speaker
let guest: Speaker
beforeAll(async () => {
  world = await startMessagingWorld()
  hr = await world.speaker('hr')
  staff = await world.speaker('staff')
  guest = await world.speaker('guest')
}, 120_000)
afterAll(() => world?.close())

const MISSING = '00000000-0000-4000-8000-000000000000'
const key = () => crypto.randomUUID()
const nameOf = (id: string) => world.server.instance.replica.state.get('staff', id)?.name ?? ''
const texts = async (who: Speaker, id: string) => (await who.messages(id))?.map(({ text }) => text)

describe('a conversation of two', () => {
  it('is one, whoever opens it and how often', async () => {
    const all = await Promise.all([hr.open(staff.id), staff.open(hr.id), hr.open(staff.id)])
    expect(new Set(all.map(({ id }) => id)).size).toBe(1)
    expect(all[0]).toMatchObject({ kind: 'DIRECT', peerId: staff.id, ownerId: null })
    expect(all[1]).toMatchObject({ peerId: hr.id })
  })

  it('has what both said, in one order, and counts what one has not read', async () => {
    const { id } = await hr.open(staff.id)
    await hr.say(id, '你好')
    await staff.say(id, 'Hello')
    await hr.say(id, 'How are you?')
    expect(await texts(hr, id)).toEqual(['你好', 'Hello', 'How are you?'])
    expect(await texts(staff, id)).toEqual(['你好', 'Hello', 'How are you?'])
    const before = await staff.conversation(id)
    // Whoever answers has read what stands above.
    expect(before).toMatchObject({ unreadCount: 1, lastMessage: { text: 'How are you?' } })
    await staff.mark({ id, readSeq: before?.head ?? 0 })
    expect(await staff.conversation(id)).toMatchObject({ unreadCount: 0, readSeq: before?.head })
    await staff.mark({ id, readSeq: 1 })
    expect((await staff.conversation(id))?.readSeq).toBe(before?.head)
  })

  it('is paged backwards without a gap, and a device that was away gets what it missed', async () => {
    const { id } = await staff.open(hr.id)
    const { seq, event } = await staff.say(id, 'first of many')
    for (let n = 0; n < 7; n++) await hr.say(id, `line ${n}`)
    const newest = (await staff.messages(id, 3)) ?? []
    expect(newest.map(({ text }) => text)).toEqual(['line 4', 'line 5', 'line 6'])
    const older = (await staff.messages(id, 5, newest[0]?.seq ?? 0)) ?? []
    expect(older.map(({ text }) => text)).toEqual(['first of many', 'line 0', 'line 1', 'line 2', 'line 3'])
    expect(older[0]?.seq).toBe(seq)
    const missed = (await staff.changed(id, event, 4)) ?? []
    const rest = (await staff.changed(id, missed.at(-1)?.event ?? 0, 4)) ?? []
    expect([...missed, ...rest].map(({ text }) => text)).toEqual(
      Array.from({ length: 7 }, (_, n) => `line ${n}`),
    )
  })

  it('[7] a message that is sent again with its key is written down once, also at the same time', async () => {
    const { id } = await hr.open(staff.id)
    const idempotencyKey = key()
    const sent = await Promise.all(Array.from({ length: 5 }, () => hr.say(id, 'once', { idempotencyKey })))
    expect(new Set(sent.map((m) => m.id)).size).toBe(1)
    expect((await texts(staff, id))?.filter((text) => text === 'once')).toHaveLength(1)
    expect(await hr.trySay(id, 'something else', { idempotencyKey })).toMatchObject({ code: 'KEY_REUSED' })
    // The key is the sender's.
    expect((await staff.say(id, 'mine', { idempotencyKey })).text).toBe('mine')
  })

  it('takes back within two minutes what the caller has said: the words are nowhere any more', async () => {
    const { id } = await hr.open(staff.id)
    const { event: known } = await hr.say(id, 'before')
    const secret = await hr.say(id, 'a password, sent to the wrong person')
    expect(await staff.recall(id, secret.id)).toMatchObject({ code: 'NOT_YOURS' })
    expect(await hr.recall(id, secret.id)).toMatchObject({ sent: { kind: 'RECALLED', text: null } })
    expect(await hr.recall(id, secret.id)).toMatchObject({ sent: { kind: 'RECALLED' } })
    expect(await staff.changed(id, known)).toMatchObject([
      { id: secret.id, seq: secret.seq, kind: 'RECALLED' },
    ])
    const [{ dump } = { dump: '' }] = await world.server.database.sql<{ dump: string }>(
      'SELECT string_agg(m::text, chr(10)) AS dump FROM message m',
    )
    expect(dump).not.toContain('wrong person')
    await world.server.database.sql(`UPDATE message SET sent_at = sent_at - interval '3 minutes'`)
    const old = (await hr.messages(id))?.find(({ text }) => text === 'before')
    expect(await hr.recall(id, old?.id ?? '')).toMatchObject({ code: 'TOO_LATE' })
  })

  it('quotes what stands there and mentions who is there, nothing else', async () => {
    const { id } = await hr.open(staff.id)
    const quoted = await staff.say(id, 'to be quoted')
    const sent = await hr.say(id, 'yes', { quotedId: quoted.id, mentionIds: [staff.id], mentionsAll: true })
    expect(sent).toMatchObject({ quotedId: quoted.id, mentionIds: [staff.id], mentionsAll: true })
    expect(await hr.trySay(id, 'x', { mentionIds: [staff.id, guest.id] })).toMatchObject({
      code: 'NOT_FOUND',
      path: 'mentionIds.1',
    })
    expect(await hr.trySay(id, 'x', { quotedId: MISSING })).toMatchObject({ path: 'quotedId' })
  })

  it('[T19] [T110] keeps text as text: controls and direction overrides go, markup stays as it was typed', async () => {
    const { id } = await hr.open(staff.id)
    const typed = ' <img src=x onerror=alert(1)>\u202e \u0000[a](javascript:1)\r\nsecond line '
    expect((await hr.say(id, typed)).text).toBe('<img src=x onerror=alert(1)> [a](javascript:1)\nsecond line')
    for (const bad of ['', ' \u200b\n', 'x'.repeat(5001)])
      expect(await hr.trySay(id, bad)).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: 'text' }] })
  })
})

describe('who may write to whom', () => {
  it('[V9] follows the view: whom one does not see is not found, hidden or missing alike', async () => {
    const { replica, sync } = world.server.instance
    const view = sync.view(guest.id)
    const hidden = [...replica.state.all('staff')].find(
      ({ id, status }) => status === 'ACTIVE' && view.staff(id) === null,
    )
    const answers = await Promise.all(
      [hidden?.id ?? '', MISSING, 'nonsense', guest.id].map((id) => guest.tryOpen(id)),
    )
    expect(hidden).toBeDefined()
    for (const answer of answers) expect(answer).toEqual(answers[1])
    expect(answers[1]).toMatchObject({ code: 'NOT_FOUND', path: 'staffId' })
    expect(await guest.tryGroup({ name: 'x', staffIds: [hidden?.id ?? ''] })).toMatchObject({
      code: 'NOT_FOUND',
      path: 'staffIds.0',
    })
  })

  it('[V9] [T49] ends with the view: what was said stays, and nothing more can be said', async () => {
    const { id } = await staff.open(hr.id)
    await staff.say(id, 'still')
    const { people } = world.server.slapd.layout
    const roles = (login: string) =>
      [...world.server.instance.replica.state.all('staff')].find((s) => s.login === login)?.roleIds ?? []
    const before = roles('staff')
    await world.server.slapd.ldapmodify(`dn: uid=staff,${people}\nchangetype: modify\ndelete: dlrRole\n`)
    await world.server.until(() => roles('staff').length === 0)
    expect(await staff.trySay(id, 'too late')).toMatchObject({ code: 'NOT_REACHABLE' })
    expect((await staff.messages(id))?.at(-1)?.text).toBe('still')
    const shown = await staff.client.query(
      `{ conversation(id: "${id}") { peerId peer { name } messages(first: 1) { senderId sender { name } } } }`,
    )
    // What remains of whom one does not see is an id.
    expect(shown['conversation']).toMatchObject({ peerId: hr.id, peer: null })
    expect(JSON.stringify(shown)).not.toContain(nameOf(hr.id))
    await world.server.slapd.ldapmodify(
      `dn: uid=staff,${people}\nchangetype: modify\nadd: dlrRole\n${before.map((role) => `dlrRole: ${role}`).join('\n')}\n`,
    )
    await world.server.until(() => roles('staff').length > 0)
    expect((await staff.say(id, 'again')).text).toBe('again')
  })

  it('shows a conversation to nobody but its members, by whatever question', async () => {
    const { id } = await hr.open(staff.id)
    const message = await hr.say(id, 'between us')
    expect(await guest.conversation(id)).toBeNull()
    expect(await guest.messages(id)).toBeNull()
    expect(await guest.changed(id, 0)).toBeNull()
    expect((await guest.conversations()).map((c) => c.id)).not.toContain(id)
    const [theirs, missing] = await Promise.all([id, MISSING].map((it) => guest.trySay(it, 'let me in')))
    expect(theirs).toEqual(missing)
    expect(await guest.recall(id, message.id)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await guest.mark({ id, isPinned: true })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await guest.update({ id, name: 'Ours' })).toMatchObject({ code: 'NOT_FOUND' })
  })
})
