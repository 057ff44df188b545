import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Poster } from '../../src/webhook/post.ts'
import { OK, Receiver, SILENCE, status } from './receiver.ts'

let receiver: Receiver
let port: string
const posters: Poster[] = []
beforeAll(async () => {
  receiver = await Receiver.start()
  port = new URL(receiver.url).port
})
afterAll(async () => {
  for (const poster of posters) poster.close()
  await receiver.close()
})
beforeEach(() => {
  receiver.answer = OK
  receiver.all.length = 0
})

function posterOf(o: Partial<ConstructorParameters<typeof Poster>[0]> = {}): Poster {
  const poster = new Poster({ networks: [], ...o })
  posters.push(poster)
  return poster
}
const post = (poster: Poster, url: string) => poster.post(url, {}, '{}', new AbortController().signal)
const NOT_ALLOWED = expect.stringContaining('WEBHOOK_NETWORKS')

describe('[T114] where a message may not go', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '127.0.0.53',
    '2130706433',
    '0x7f.0.0.1',
    '0x7f000001',
    '0177.0.0.1',
    '017700000001',
    '0',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '2852039166',
    '100.64.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    'localhost',
    'LOCALHOST',
    '１２７.０.０.１',
    '①②⑦.⓪.⓪.①',
  ])('%s: no connection is made, over http or https', async (host) => {
    const poster = posterOf()
    const before = receiver.connections
    for (const scheme of ['http', 'https']) {
      const outcome = await post(poster, `${scheme}://${host}:${port}/`)
      expect(outcome).toMatchObject({ status: null, problem: NOT_ALLOWED })
    }
    expect(receiver.connections).toBe(before)
  })

  it('a public address without TLS', async () => {
    expect(await post(posterOf(), 'http://203.0.114.1:9/')).toMatchObject({
      status: null,
      problem: NOT_ALLOWED,
    })
  })

  it('a name of which one address is inside, and one that says so only the second time', async () => {
    const before = receiver.connections
    const both = posterOf({
      lookup: (_name, _options, answer) =>
        answer(null, [
          { address: '203.0.114.1', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ]),
    })
    expect(await post(both, `https://public.example:${port}/`)).toMatchObject({ problem: NOT_ALLOWED })
    let asked = 0
    const rebinding = posterOf({
      timeoutMs: 200,
      lookup: (_name, _options, answer) =>
        answer(null, [{ address: asked++ === 0 ? '203.0.114.1' : '127.0.0.1', family: 4 }]),
    })
    // What was checked is what is connected to: the first time it goes nowhere, the second time nothing is made.
    await post(rebinding, `https://public.example:${port}/`)
    expect(asked).toBe(1)
    expect(await post(rebinding, `https://public.example:${port}/`)).toMatchObject({ problem: NOT_ALLOWED })
    expect(receiver.connections).toBe(before)
  })

  it('where a redirect leads', async () => {
    const inside = await Receiver.start()
    try {
      const poster = posterOf({ networks: ['127.0.0.1'] })
      for (const code of [301, 302, 303, 307, 308]) {
        receiver.answer = status(code, { location: inside.url })
        const problem = expect.stringContaining('Redirects are not followed')
        expect(await post(poster, receiver.url)).toMatchObject({ status: code, problem })
      }
      expect(inside.connections).toBe(0)
    } finally {
      await inside.close()
    }
  })

  it('networks of the operator are no way to any other', async () => {
    const before = receiver.connections
    const poster = posterOf({ networks: ['10.0.0.0/8', '127.0.0.2'] })
    expect(await post(poster, receiver.url)).toMatchObject({ problem: NOT_ALLOWED })
    expect(receiver.connections).toBe(before)
  })
})

describe('[T115] receivers', () => {
  it('a message is taken when the answer is 2xx, and only then', async () => {
    const poster = posterOf({ networks: ['127.0.0.0/8'] })
    for (const code of [200, 201, 202, 204, 299]) {
      receiver.answer = status(code)
      const outcome = await poster.post(
        receiver.url,
        { 'x-a': 'b' },
        '{"c":"é"}',
        new AbortController().signal,
      )
      expect(outcome).toMatchObject({ status: code, problem: null })
    }
    expect(receiver.all).toHaveLength(5)
    expect(receiver.all[0]).toMatchObject({ text: '{"c":"é"}', headers: { 'x-a': 'b' } })
  })

  it.each([400, 401, 404, 410, 429, 500, 503])('%i is a failure that says so', async (code) => {
    receiver.answer = status(code, { 'retry-after': '7' })
    const outcome = await post(posterOf({ networks: ['127.0.0.1'] }), receiver.url)
    expect(outcome).toMatchObject({
      status: code,
      problem: `The receiver has answered ${code}.`,
      retryAfterMs: 7000,
    })
  })

  it('one that does not answer, or whose head never ends, is left after the time limit', async () => {
    const poster = posterOf({ networks: ['127.0.0.1'], timeoutMs: 200 })
    const problem = 'There was no answer within 0.2 s.'
    receiver.answer = SILENCE
    expect(await post(poster, receiver.url)).toMatchObject({ status: null, problem })
    receiver.answer = (request) => void request.socket.write('HTTP/1.1 200 OK\r\nx-slow: ')
    expect(await post(poster, receiver.url)).toMatchObject({ status: null, problem })
  })

  it('the time limit holds under load, when memory is tidied up again and again', async () => {
    setFlagsFromString('--expose-gc')
    const collect: unknown = runInNewContext('gc')
    if (typeof collect !== 'function') throw new Error('nobody collects')
    receiver.answer = SILENCE
    let isOver = false
    const outcome = post(posterOf({ networks: ['127.0.0.1'], timeoutMs: 500 }), receiver.url).finally(
      () => (isOver = true),
    )
    while (!isOver) {
      collect()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await outcome).toMatchObject({ status: null, problem: 'There was no answer within 0.5 s.' })
  })

  it('a body without an end keeps nobody, and an answer that is not HTTP is a failure', async () => {
    const poster = posterOf({ networks: ['127.0.0.1'] })
    receiver.answer = (_, response) => {
      response.writeHead(200)
      const more = () =>
        void (response.write('x'.repeat(10_000)) ? setImmediate(more) : response.once('drain', more))
      response.on('close', () => response.removeAllListeners('drain'))
      more()
    }
    expect(await post(poster, receiver.url)).toMatchObject({ status: 200, problem: null })
    receiver.answer = (request) => void request.socket.end('no HTTP at all\r\n\r\n')
    expect(await post(poster, receiver.url)).toMatchObject({ status: null, problem: expect.any(String) })
  })

  it('a dead one is a failure, and who gives up in the middle gets an answer too', async () => {
    const dead = await Receiver.start()
    await dead.close()
    const poster = posterOf({ networks: ['127.0.0.1'] })
    expect(await post(poster, dead.url)).toMatchObject({
      status: null,
      problem: expect.stringContaining('ECONNREFUSED'),
    })
    receiver.answer = SILENCE
    const end = new AbortController()
    const answer = poster.post(receiver.url, {}, '{}', end.signal)
    end.abort()
    expect(await answer).toMatchObject({ status: null, problem: expect.any(String) })
  })
})
