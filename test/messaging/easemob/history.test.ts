import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  filesOfHour,
  messageOf,
  readHistory,
  type PastMessage,
} from '../../../src/messaging/easemob/history.ts'
import { sendMessage } from '../../../src/messaging/easemob/messages.ts'
import { account, EasemobWorld } from './world.ts'

const HOUR = 3_600_000
const [ann, bob] = [account(1), account(2)]

describe('[T107] what callbacks have missed stands in the history', () => {
  let world: EasemobWorld
  beforeEach(async () => {
    world = await EasemobWorld.start()
  })
  afterEach(() => world.stop())

  it('the messages of an hour are read, when its file is made and as long as it is kept', async () => {
    const easemob = world.client()
    const hour = new Date(world.time.now())
    const files = () => world.through(filesOfHour(easemob, hour, world.how('bulk')))
    world.emulator.world.callbacks.mode = 'dead'
    for (let i = 0; i < 3; i++)
      await world.emulator.sendAsClient({
        from: ann,
        to: bob,
        chat: 'chat',
        type: 'txt',
        body: { msg: `你好 ${i}` },
        ext: {},
      })
    const message = { id: 'ours', from: ann, content: { type: 'txt', body: { msg: 'x' } } } as const
    await world.through(
      sendMessage(easemob, { ...message, audience: { kind: 'groups', to: ['7'] } }, world.how()),
    )
    expect(await files()).toEqual([])
    await world.time.advance(2 * HOUR)
    const [url = ''] = await files()
    const found: PastMessage[] = []
    const tally = await readHistory(url, (past) => void found.push(past), world.signal)
    expect(tally).toEqual({ messages: 4, others: 0 })
    expect(found.map(({ messageId }) => messageId)).toEqual(world.emulator.world.messages.map(({ id }) => id))
    expect(found[2]).toMatchObject({
      from: ann,
      to: bob,
      chat: 'person',
      bodies: [{ type: 'txt', msg: '你好 2' }],
    })
    expect(found[3]).toMatchObject({ to: '7', chat: 'group', ext: { dolores_id: 'ours' } })
    await world.time.advance(72 * HOUR)
    await expect(files()).rejects.toMatchObject({ reason: 'REFUSED', status: 400 })
  })
})

describe('files of the history', () => {
  let server: Server
  let url: string
  let answer: (response: ServerResponse) => void
  let authorization: string | undefined
  beforeEach(async () => {
    server = createServer((request, response) => {
      authorization = request.headers.authorization
      answer(response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const line = (id: number, over: object = {}) =>
    JSON.stringify({
      msg_id: `${id}`,
      timestamp: '1795773600000',
      from: ann,
      to: bob,
      chat_type: 'chat',
      payload: { bodies: [{ type: 'txt', msg: '汉字'.repeat(id % 50) }], ext: {} },
      ...over,
    })
  const read = async (signal = new AbortController().signal) => {
    const ids: string[] = []
    const tally = await readHistory(url, ({ messageId }) => void ids.push(messageId), signal)
    return { ids, tally }
  }

  it('are read zipped or not, whatever the pieces in which they come, and end with or without a line break', async () => {
    const ids = Array.from({ length: 500 }, (_, i) => `${i}`)
    const text = ids.map((id) => line(Number(id))).join('\n')
    for (const bytes of [Buffer.from(text), Buffer.from(`${text}\r\n\n`), gzipSync(text)]) {
      answer = (response) => {
        response.write(bytes.subarray(0, 1))
        for (let at = 1; at < bytes.length; at += 777) response.write(bytes.subarray(at, at + 777))
        response.end()
      }
      expect(await read()).toEqual({ ids, tally: { messages: 500, others: 0 } })
    }
    answer = (response) => void response.end()
    expect(await read()).toEqual({ ids: [], tally: { messages: 0, others: 0 } })
    expect(authorization).toBeUndefined()
  })

  it('lines that are no messages are passed over and counted', async () => {
    const lines = [
      line(1),
      '{',
      'null',
      line(2, { chat_type: 'chatroom' }),
      line(3, { payload: null }),
      line(4, { timestamp: 1 }),
    ]
    answer = (response) => void response.end(lines.join('\n'))
    expect(await read()).toEqual({ ids: ['1', '4'], tally: { messages: 2, others: 4 } })
    expect(messageOf(line(1))).toMatchObject({ at: 1_795_773_600_000 })
  })

  it.each([
    ['a file that is gone', (r: ServerResponse) => void r.writeHead(404).end(), 'REFUSED'],
    [
      'a redirect',
      (r: ServerResponse) => void r.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
      'UNAVAILABLE',
    ],
    ['a line without an end', (r: ServerResponse) => void r.end('x'.repeat(600_000)), 'UNREADABLE'],
    [
      'a zipped file that is cut off',
      (r: ServerResponse) => void r.end(gzipSync(line(1).repeat(99)).subarray(0, 60)),
      'UNAVAILABLE',
    ],
    [
      'a connection that breaks',
      (r: ServerResponse) => void r.write('{"a":', () => r.destroy()),
      'UNAVAILABLE',
    ],
  ])('%s is a failure', async (_, how, reason) => {
    answer = how
    await expect(read()).rejects.toMatchObject({ reason })
  })

  it('whoever does not want it any more is not kept', async () => {
    const end = new AbortController()
    answer = (response) => void response.write(`${line(1)}\n`, () => end.abort())
    await expect(read(end.signal)).rejects.toMatchObject({ reason: 'ENDED' })
  })
})
