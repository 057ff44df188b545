import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  answerInTime,
  questionOf,
  type Objection,
  type Question,
} from '../../../src/messaging/easemob/callbacks/pre-send.ts'
import { EasemobEmulator } from '../../support/easemob/emulator.ts'
import { StandInTime } from '../../support/easemob/stand-in-time.ts'

const SECRET = 'the secret of the rule'
const message = { from: 'a', to: 'b', chat: 'chat', type: 'txt', body: { msg: 'hi' }, ext: {} } as const

describe('[T108] whether a message may be sent', () => {
  let time: StandInTime
  let emulator: EasemobEmulator
  let decide: (question: Question) => Promise<Objection>
  let close: () => void
  let asked: Question[]
  beforeEach(async () => {
    asked = []
    time = new StandInTime()
    emulator = await EasemobEmulator.start({ time })
    const server = createServer((request, response) => {
      void text(request).then(async (body) => {
        const question = questionOf(body, SECRET, time.now())
        if (!question) return response.writeHead(403).end()
        asked.push(question)
        return response.end(JSON.stringify(await answerInTime(() => decide(question), time)))
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
    emulator.world.callbacks.askAt({ url, secret: SECRET })
    close = () => {
      server.closeAllConnections()
      server.close()
    }
  })
  afterEach(async () => {
    close()
    await emulator.close()
  })

  it('is asked with who and to whom, and an objection is what the sender is shown', async () => {
    decide = ({ to }) => Promise.resolve(to === 'b' ? 'Not you two.' : null)
    expect(await emulator.sendAsClient(message)).toBe('Not you two.')
    expect(emulator.world.messages).toHaveLength(0)
    expect(await emulator.sendAsClient({ ...message, to: '99', chat: 'groupchat' })).toBeNull()
    expect(emulator.world.messages).toHaveLength(1)
    expect(asked).toEqual([
      { from: 'a', to: 'b', chat: 'person' },
      { from: 'a', to: '99', chat: 'group' },
    ])
  })

  it('it passes when we fail, are late, or are not there: a courtesy, no guard', async () => {
    decide = () => Promise.reject(new Error('no'))
    expect(await emulator.sendAsClient(message)).toBeNull()
    decide = () => new Promise(() => {})
    const late = emulator.sendAsClient(message)
    while (asked.length < 2) await time.advance(0)
    const before = time.now()
    await time.advance(150)
    expect(await late).toBeNull()
    // Ours was the answer, and not the end of Easemob's patience.
    expect(time.now() - before).toBeLessThan(200)
    close()
    expect(await emulator.sendAsClient(message)).toBeNull()
    expect(emulator.world.messages).toHaveLength(3)
  })

  it('a question that somebody else asks has no answer', async () => {
    decide = () => Promise.resolve('no')
    for (const body of [
      '',
      'null',
      '{}',
      JSON.stringify({ callId: 'a', timestamp: time.now(), security: 'x' }),
    ])
      expect(questionOf(body, SECRET, time.now())).toBeNull()
    const { callbacks } = emulator.world
    callbacks.postTo({ url: 'http://127.0.0.1:9/', secret: SECRET })
    await emulator.sendAsClient({ ...message, to: 'c' })
    callbacks.askAt(null)
    await emulator.sendAsClient(message)
    await callbacks.settled()
    const [body = ''] = callbacks.posted
    expect(questionOf(body, SECRET, time.now())).toMatchObject({ to: 'b' })
    expect(questionOf(body, SECRET, time.now() + 11 * 60_000)).toBeNull()
    expect(questionOf(body, 'another', time.now())).toBeNull()
  })
})
