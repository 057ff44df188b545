import { afterEach, describe, expect, it } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { Wire } from '../support/wire.ts'
import { delta, FOLLOW, startTiny, type Tiny, type TinyOptions } from './tiny.ts'

let tiny: Tiny
afterEach(() => tiny.close())

async function start(options: TinyOptions = {}): Promise<Tiny> {
  tiny = await startTiny(options)
  return tiny
}

/** Opens a socket that is signed in. */
async function signedIn(): Promise<Wire> {
  return Wire.connect(tiny.url, await tiny.token())
}

/** A subscription that the hub has. */
async function following(wire: Wire, id = '1', since = 'a') {
  const before = tiny.hub.joined.length
  wire.subscribe(id, FOLLOW, { since })
  // The answer to a ping comes after the subscription was handled.
  wire.send({ type: 'ping' })
  await wire.next()
  const subscriber = tiny.hub.joined[before]
  if (!subscriber) throw new Error('The subscription did not reach the hub')
  return subscriber
}

async function push(subscriber: Awaited<ReturnType<typeof following>>, to: string): Promise<boolean> {
  return subscriber.write(subscriber.frame(await subscriber.channel.encode(delta(to))))
}

describe('operations', () => {
  it('[T45] of one id and in one go leave nothing behind: a newer one ends the older, and the socket all of them', async () => {
    await start()
    const wire = await signedIn()
    const joined = () => tiny.hub.joined.length - new Set(tiny.hub.left).size
    wire.inOneGo(() => {
      for (let n = 0; n < 90; n++) {
        wire.subscribe('a', FOLLOW, { since: 'a' })
        wire.send({ id: 'a', type: 'complete' })
      }
      wire.subscribe('a', FOLLOW, { since: 'a' })
      wire.send({ type: 'ping' })
    })
    for (let message = await wire.next(); message.type !== 'pong';) message = await wire.next()
    expect(tiny.hub.joined.length).toBe(91)
    expect(joined()).toBeLessThanOrEqual(1)
    await wire.close()
    await expect.poll(joined).toBe(0)
  })

  it('[T45] are at most 100 at a time on a socket', async () => {
    await start()
    const wire = await signedIn()
    for (let n = 0; n < 101; n++) wire.subscribe(String(n), FOLLOW, { since: 'a' })
    expect(await wire.next()).toMatchObject({
      id: '100',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    })
    expect(tiny.hub.joined.length).toBe(100)
    wire.send({ id: '7', type: 'complete' })
    wire.subscribe('again', FOLLOW, { since: 'a' })
    await expect.poll(() => tiny.hub.joined.length).toBe(101)
  })

  it('runs queries and mutations', async () => {
    await start()
    const wire = await signedIn()
    wire.subscribe('1', '{ hello who }')
    expect(await wire.next()).toEqual({
      id: '1',
      type: 'next',
      payload: { data: { hello: 'world', who: '11111111-1111-4111-8111-111111111111' } },
    })
    expect(await wire.next()).toEqual({ id: '1', type: 'complete' })
    wire.subscribe('2', 'mutation { touch }')
    expect((await wire.next()).payload).toEqual({ data: { touch: true } })
  })

  it('[T13] masks bugs here as well', async () => {
    await start()
    const wire = await signedIn()
    wire.subscribe('1', '{ fail(how: "crash") }')
    const text = JSON.stringify(await wire.next())
    expect(text).toContain('Unexpected error.')
    expect(text).not.toContain('SELECT')
  })

  it.each([
    '{',
    '{ nothing }',
    'subscription { changes(since: "a") }',
    'subscription { changes(since: 1) { to } }',
  ])('answers an error to %s, and the socket lives', async (query) => {
    await start()
    const wire = await signedIn()
    wire.subscribe('1', query)
    const message = await wire.next()
    expect(message).toMatchObject({
      id: '1',
      type: 'error',
      payload: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    })
    expect(JSON.stringify(message)).not.toContain('http')
    wire.send({ type: 'ping' })
    expect((await wire.next()).type).toBe('pong')
  })

  it('[P1] writes what the hub sends, byte for byte, under the id of each subscription', async () => {
    await start()
    const wires = [await signedIn(), await signedIn()]
    const ids = ['a', 'an "odd" id, 汉字']
    for (const [i, wire] of wires.entries()) {
      const subscriber = await following(wire, ids[i])
      expect(await push(subscriber, 'v1')).toBe(true)
      expect(await wire.next()).toEqual({
        id: ids[i],
        type: 'next',
        payload: { data: { changes: { from: 'a', to: 'v1' } } },
      })
    }
  })

  it.each([10, 125, 126, 16_000, 65_535, 65_536, 300_000])(
    '[P1] frames a payload of %i bytes',
    async (size) => {
      await start()
      const wire = await signedIn()
      const subscriber = await following(wire)
      const payload = { text: 'x'.repeat(size) }
      const frame = subscriber.frame(Buffer.from(JSON.stringify(payload)))
      for (let i = 0; i < 3; i++) subscriber.write(frame)
      for (let i = 0; i < 3; i++) expect((await wire.next()).payload).toEqual(payload)
    },
  )

  it('[P1] shares a channel whatever `since` is, and only then', async () => {
    await start()
    const wire = await signedIn()
    const channelOf = async (id: string, query: string, variables: Record<string, unknown>) => {
      wire.subscribe(id, query, variables)
      wire.send({ type: 'ping' })
      await wire.next()
      return tiny.hub.joined.at(-1)?.channel ?? null
    }
    const one = await channelOf('1', FOLLOW, { since: 'a' })
    expect(await channelOf('2', FOLLOW, { since: 'b' })).toBe(one)
    const named = 'subscription ($v: String!, $c: Boolean) { x: changes(since: $v, compact: $c) { to } }'
    const compact = await channelOf('3', named, { v: 'a', c: true })
    expect(compact).not.toBe(one)
    expect(await channelOf('4', named, { v: 'b', c: true })).toBe(compact)
    expect(await channelOf('5', named, { v: 'b', c: false })).not.toBe(compact)
    expect(tiny.hub.since).toEqual(['a', 'b', 'a', 'b', 'b'])
    expect(tiny.hub.joined.map((s) => s.channel.compact)).toEqual([false, false, true, true, false])
  })

  it('leaves the hub on complete and when the socket is gone', async () => {
    await start()
    const wire = await signedIn()
    await following(wire, '1')
    wire.send({ id: '1', type: 'complete' })
    wire.send({ type: 'ping' })
    await wire.next()
    expect(tiny.hub.left).toHaveLength(1)
    await following(wire, '2')
    wire.ws.terminate()
    await expect.poll(() => tiny.hub.left.length).toBe(2)
    await expect.poll(() => tiny.sockets.size).toBe(0)
  })

  it('tells complete when the hub ends the operation, after what was sent before', async () => {
    await start()
    const wire = await signedIn()
    const subscriber = await following(wire)
    await push(subscriber, 'v1')
    subscriber.complete()
    expect((await wire.next()).type).toBe('next')
    expect(await wire.next()).toEqual({ id: '1', type: 'complete' })
  })

  it('tells the error when the hub cannot begin', async () => {
    await start()
    tiny.hub.failure = new AppError('UNAVAILABLE', 'Try again.')
    const wire = await signedIn()
    wire.subscribe('1', FOLLOW, { since: 'a' })
    expect(await wire.next()).toMatchObject({
      id: '1',
      type: 'error',
      payload: [{ message: 'Try again.', extensions: { code: 'UNAVAILABLE' } }],
    })
  })

  it('[P2] closes 1013 a socket that asks and asks and reads no answer', async () => {
    await start({ limits: { maxBacklog: 64 * 1024 } })
    const wire = await signedIn()
    wire.ws.pause()
    const text = 'x'.repeat(120_000)
    // Beyond what the kernel buffers, in no more messages than a socket may send at once.
    for (let i = 0; i < 150; i++)
      wire.subscribe(`q${i}`, 'query ($text: String!) { echo(text: $text) }', { text })
    await expect.poll(() => tiny.sockets.size, { timeout: 8000 }).toBe(0)
    wire.ws.resume()
    expect((await wire.closed).code).not.toBe(1000)
  })

  it('[T45] refuses an id of an operation that is longer than ids are', async () => {
    await start()
    const wire = await signedIn()
    wire.subscribe('i'.repeat(129), FOLLOW, { since: 'a' })
    expect(await wire.next()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    })
    expect(tiny.hub.joined).toEqual([])
  })

  it('[P2] refuses more than the backlog of a reader that reads nothing, and closes it 1013', async () => {
    await start({ limits: { maxBacklog: 64 * 1024 } })
    const wire = await signedIn()
    const subscriber = await following(wire)
    wire.ws.pause()
    const frame = subscriber.frame(Buffer.from(JSON.stringify('x'.repeat(50_000))))
    let sent = 0
    while (subscriber.write(frame) && sent < 10_000) sent++
    expect(sent).toBeLessThan(10_000)
    subscriber.close(1013, 'Too slow')
    wire.ws.resume()
    expect((await wire.closed).code).toBe(1013)
  })
})
