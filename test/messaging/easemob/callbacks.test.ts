import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Intake, type Inbox } from '../../../src/messaging/easemob/callbacks/intake.ts'
import { hintOf, judge, type CallbackRow } from '../../../src/messaging/easemob/callbacks/hint.ts'
import { CallbackReceiver } from '../../../src/messaging/easemob/callbacks/receiver.ts'
import { isSigned, pathSecretOf } from '../../../src/messaging/easemob/callbacks/signature.ts'
import { securityOf } from '../../support/easemob/callbacks.ts'
import { APP_KEY, EasemobEmulator } from '../../support/easemob/emulator.ts'
import { StandInTime } from '../../support/easemob/stand-in-time.ts'

const SECRET = 'the secret of the rule'
const PATH_SECRET = pathSecretOf('a token secret')
const NOW = Date.UTC(2026, 10, 27, 10)

/** A table as whoever wires it will make one: of a callId the first stays. */
class MemoryInbox implements Inbox {
  readonly rows = new Map<string, CallbackRow>()
  puts = 0
  state: 'up' | 'away' | 'slow' = 'up'

  async put(rows: readonly CallbackRow[]): Promise<void> {
    this.puts++
    if (this.state === 'away') throw new Error('the database is away')
    if (this.state === 'slow') await new Promise(() => {})
    for (const row of rows) if (!this.rows.has(row.callId)) this.rows.set(row.callId, row)
  }
}

/** A callback with what is signed right, unless something else is given. */
function callback(over: Readonly<Record<string, unknown>> = {}): string {
  const callId = 'dolores#test_1'
  const timestamp = NOW
  const event = {
    chat_type: 'chat',
    from: 'a',
    to: 'b',
    msg_id: '17',
    payload: { bodies: [{ type: 'txt', msg: 'hi' }] },
  }
  return JSON.stringify({
    callId,
    timestamp,
    security: securityOf(callId, SECRET, timestamp),
    ...event,
    ...over,
  })
}

describe('[T105] who has sent a callback', () => {
  it('is known by the signature as Easemob makes it', () => {
    // md5('abc' + 'secret' + '1600060847294')
    const signed = { callId: 'abc', timestamp: 1600060847294, security: '70560dadbcd345009a79f6ccad59ebf9' }
    expect(isSigned(signed, 'secret')).toBe(true)
    for (const wrong of [
      { ...signed, callId: 'abd' },
      { ...signed, timestamp: signed.timestamp + 1 },
      { ...signed, security: signed.security.toUpperCase() },
      { ...signed, security: '' },
      { ...signed, security: `${signed.security}0` },
    ])
      expect(isSigned(wrong, 'secret')).toBe(false)
    expect(isSigned(signed, 'another')).toBe(false)
  })

  const stale = (ms: number) => ({
    timestamp: NOW + ms,
    security: securityOf('dolores#test_1', SECRET, NOW + ms),
  })
  it.each([
    ['one of now', 'taken', callback()],
    ['one of which the time is text', 'taken', callback({ timestamp: String(NOW) })],
    ['one that is nearly ten minutes late', 'taken', callback(stale(-599_000))],
    ['one of ten minutes ago', 'STALE', callback(stale(-601_000))],
    ['one of a clock that is a minute ahead', 'taken', callback(stale(60_000))],
    ['one of the future', 'STALE', callback(stale(121_000))],
    ['one that nobody signed', 'UNREADABLE', callback({ security: undefined })],
    [
      'one that somebody else signed',
      'FORGED',
      callback({ security: securityOf('dolores#test_1', 'guess', NOW) }),
    ],
    ['a replay under another id', 'FORGED', callback({ callId: 'dolores#test_2' })],
    ['a replay at another time', 'FORGED', callback({ timestamp: NOW + 1 })],
    ['an id that would forge a line of a log', 'UNREADABLE', callback({ callId: 'a\n{"level":"info"}' })],
    ['no JSON', 'UNREADABLE', '<xml/>'],
    ['nothing', 'UNREADABLE', ''],
    ['null', 'UNREADABLE', 'null'],
    ['a list', 'UNREADABLE', '[]'],
  ])('%s: %s', (_, result, text) => {
    const judged = judge(text, SECRET, NOW)
    expect(judged.kind === 'taken' ? 'taken' : judged.why).toBe(result)
  })
})

describe('[T105] what a callback hints at', () => {
  const message = { chat_type: 'chat', from: 'a', to: 'b', msg_id: '17' }
  const group = { ...message, group_id: '99', to: 'b' }
  const toGroup = { kind: 'message', chat: 'group', messageId: '17', from: 'a', to: '99' }
  const muc = { muc_id: 'dolores#test_99@conference.easemob.com', operation: 'kick', is_chatroom: false }
  const user = 'dolores#test_s_abc@easemob.com/ios_1'
  it.each([
    [
      'a message to a person',
      message,
      { kind: 'message', chat: 'person', messageId: '17', from: 'a', to: 'b' },
    ],
    ['one to a group', { ...group, chat_type: 'groupchat' }, toGroup],
    ['one to a group, as the older documents have it', { ...group, chat_type: 'group' }, toGroup],
    ['one without the group apart', { ...message, to: '99', chat_type: 'groupchat' }, toGroup],
    ['a recall', { ...message, chat_type: 'recall', recall_id: '16' }, { kind: 'recall', messageId: '16' }],
    [
      'a recall that names it as an acknowledgement',
      { chat_type: 'recall', payload: { ack_message_id: '16' } },
      { kind: 'recall', messageId: '16' },
    ],
    [
      'a change of a group',
      { chat_type: 'muc', payload: muc },
      { kind: 'group', groupId: '99', operation: 'kick' },
    ],
    [
      'a change of a chat room',
      { chat_type: 'muc', payload: { ...muc, is_chatroom: true } },
      { kind: 'other' },
    ],
    ['somebody coming', { user, status: 'online' }, { kind: 'presence', account: 's_abc', isOnline: true }],
    [
      'somebody going',
      { user, status: 'offline', reason: 'logout' },
      { kind: 'presence', account: 's_abc', isOnline: false },
    ],
    [
      'a receipt',
      { ...message, chat_type: 'read_ack', payload: { ack_message_id: '16' } },
      { kind: 'other' },
    ],
    ['something new', { chat_type: 'telepathy' }, { kind: 'other' }],
    ['names that are none', { ...message, from: 'a\u0000' }, { kind: 'other' }],
  ])('%s', (_, body, hint) => {
    expect(hintOf(body)).toEqual(hint)
  })
})

describe('callbacks on their way into the table', () => {
  let time: StandInTime
  let inbox: MemoryInbox
  let end: AbortController
  let intake: Intake
  let receiver: CallbackReceiver
  let emulator: EasemobEmulator
  let server: Server
  let url: string
  beforeEach(async () => {
    time = new StandInTime(NOW)
    inbox = new MemoryInbox()
    end = new AbortController()
    intake = new Intake({ inbox, time, random: () => 0, signal: end.signal, most: 1500 })
    receiver = new CallbackReceiver({ intake, secret: SECRET, pathSecret: PATH_SECRET, clock: time })
    emulator = await EasemobEmulator.start({ time })
    server = createServer((request, response) => {
      void receiver.handle(request.url?.slice(1) ?? '', request, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/${PATH_SECRET}`
    emulator.world.callbacks.postTo({ url, secret: SECRET })
  })
  afterEach(async () => {
    end.abort()
    server.closeAllConnections()
    server.close()
    await emulator.close()
  })

  const post = (body: string, to = url) => fetch(to, { method: 'POST', body }).then(({ status }) => status)
  const send = (n = 0) =>
    emulator.sendAsClient({
      from: 'a',
      to: `b${n}`,
      chat: 'chat',
      type: 'txt',
      body: { msg: `${n}` },
      ext: {},
    })
  const row = (n: number): CallbackRow => ({ callId: `c${n}`, at: NOW, hint: { kind: 'other' }, body: '' })

  it('what Easemob posts is kept once', async () => {
    await send()
    await emulator.world.callbacks.settled()
    expect([...inbox.rows.values()]).toEqual([
      {
        callId: expect.stringContaining(APP_KEY),
        at: NOW,
        hint: {
          kind: 'message',
          chat: 'person',
          messageId: emulator.world.messages[0]?.id,
          from: 'a',
          to: 'b0',
        },
        body: emulator.world.callbacks.posted[0],
      },
    ])
    expect(receiver.counts).toEqual({ taken: 1, full: 0, unreadable: 0, forged: 0, stale: 0 })
  })

  it('[T106] one that comes twice, late or with another body is the first one, in whatever order', async () => {
    const again = [callback(), callback({ to: 'somebody-else' }), callback({ payload: { bodies: [] } })]
    for (const body of again) expect(await post(body)).toBe(200)
    await intake.flushed()
    expect([...inbox.rows.values()].map(({ hint, body }) => ({ hint, body }))).toEqual([
      { hint: expect.objectContaining({ to: 'b' }), body: again[0] },
    ])
  })

  it('[T105] a forged one changes nothing, and the address is not to be guessed', async () => {
    expect(await post(callback({ security: 'x' }))).toBe(403)
    expect(await post(callback({ timestamp: 1, security: securityOf('dolores#test_1', SECRET, 1) }))).toBe(
      403,
    )
    expect(await post(callback(), url.slice(0, -1))).toBe(404)
    expect(await post('{')).toBe(400)
    expect(await post('x'.repeat(70_000))).toBe(413)
    expect((await fetch(url)).status).toBe(405)
    expect(inbox.puts).toBe(0)
    expect(receiver.counts).toEqual({ taken: 0, full: 0, unreadable: 2, forged: 1, stale: 1 })
  })

  it('[T107] a thousand are answered within 50 ms while nobody sees to them and the table is slow', async () => {
    inbox.state = 'slow'
    for (let i = 0; i < 1000; i++) await send(i)
    const settled = emulator.world.callbacks.settled()
    while (intake.depth().waiting < 1000) await time.advance(0)
    expect(intake.depth()).toEqual({ waiting: 1000, oldestMs: 0 })
    await time.advance(40)
    await settled
    expect(time.now() - NOW).toBeLessThan(50)
    expect(emulator.world.callbacks.posted).toHaveLength(1000)
    expect(emulator.world.callbacks.isBanned).toBe(false)
    expect(emulator.world.callbacks.dropped).toBe(0)
  })

  it('[T107] while the database is away they are taken, and kept when it is back, many in one go', async () => {
    inbox.state = 'away'
    for (let i = 0; i < 200; i++) await send(i)
    const settled = emulator.world.callbacks.settled()
    while (intake.depth().waiting < 200) await time.advance(0)
    await time.advance(10_000)
    await settled
    expect(intake.depth()).toEqual({ waiting: 200, oldestMs: 10_000 })
    const before = inbox.puts
    inbox.state = 'up'
    await time.advance(5000)
    await intake.flushed()
    expect(inbox.rows.size).toBe(200)
    expect(inbox.puts - before).toBe(1)
    expect(emulator.world.callbacks.dropped).toBe(0)
  })

  it('[T107] those that find no room are refused, so that Easemob posts them again', async () => {
    inbox.state = 'away'
    const taking = Array.from({ length: 1500 }, (_, i) => intake.take(row(i)))
    expect(await intake.take(row(9999))).toBe(false)
    // One that waits already needs none.
    const known = intake.take(row(3))
    expect(await post(callback())).toBe(503)
    await time.advance(40)
    expect(new Set(await Promise.all([...taking, known]))).toEqual(new Set([true]))
  })

  it('when we end nothing is waited for', async () => {
    inbox.state = 'away'
    const taking = intake.take(row(1))
    await time.advance(40)
    expect(await taking).toBe(true)
    end.abort()
    await intake.flushed()
    expect(await intake.take(row(2))).toBe(false)
  })

  it('[T107] Easemob posts once more, then drops; after 90 failures it blocks the rule, longer each time', async () => {
    server.close()
    server.closeAllConnections()
    const { callbacks } = emulator.world
    await send()
    await callbacks.settled()
    expect(callbacks.posted).toHaveLength(2)
    expect(callbacks.posted[1]).toBe(callbacks.posted[0])
    expect(callbacks.dropped).toBe(1)
    for (const minutes of [5, 10]) {
      for (let i = 0; i < 45; i++) await send(i)
      await callbacks.settled()
      expect(callbacks.isBanned).toBe(true)
      const posted = callbacks.posted.length
      await send()
      await callbacks.settled()
      expect(callbacks.posted).toHaveLength(posted)
      await time.advance(minutes * 60_000 - 1)
      expect(callbacks.isBanned).toBe(true)
      await time.advance(1)
      expect(callbacks.isBanned).toBe(false)
    }
  })
})
