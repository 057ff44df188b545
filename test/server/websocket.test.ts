import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { systemClock } from '../../src/clock.ts'
import { AccessTokens } from '../../src/identity/access-tokens.ts'
import type { Authentication } from '../../src/identity/viewer.ts'
import { Wire } from '../support/wire.ts'
import { FOLLOW, SESSION, startTiny, type Tiny, type TinyOptions } from './tiny.ts'

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

describe('the upgrade', () => {
  it.each([
    'https://evil.example',
    'null',
    'http://127.0.0.1.evil.example',
    'https://people.example.com.evil.example',
    'http://people.example.com',
    'http://localhost.evil.example:1',
  ])('[T42] refuses a page of %s', async (origin) => {
    await start({ allowedOrigins: ['https://people.example.com'] })
    await expect(Wire.open(tiny.url, { headers: { origin } })).rejects.toThrow('401')
  })

  it('[T42] takes the allowed origin, its own, and clients that are no browsers', async () => {
    await start({ allowedOrigins: ['https://people.example.com'] })
    for (const origin of ['https://people.example.com', `http://127.0.0.1:${tiny.port}`]) {
      await (await Wire.open(tiny.url, { headers: { origin } })).close()
    }
    await (await Wire.open(tiny.url)).close()
  })

  it('[T42] is not fooled by a rebound name of the loopback address', async () => {
    await start()
    const host = `rebound.example:${tiny.port}`
    await expect(Wire.open(tiny.url, { headers: { host, origin: `http://${host}` } })).rejects.toThrow('401')
  })

  it('answers 404 on other paths and closes 4406 for another subprotocol', async () => {
    await start()
    await expect(Wire.open(`http://127.0.0.1:${tiny.port}/other`)).rejects.toThrow('404')
    const socket = connect(tiny.port, '127.0.0.1')
    socket.write(
      `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${tiny.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-ws\r\n\r\n',
    )
    let bytes = Buffer.alloc(0)
    while (!bytes.includes('Subprotocol not acceptable')) {
      const [chunk]: Buffer[] = await once(socket, 'data')
      bytes = Buffer.concat([bytes, chunk ?? Buffer.alloc(0)])
    }
    expect(bytes.includes(Buffer.from([4406 >> 8, 4406 & 0xff]))).toBe(true)
    socket.destroy()
  })

  it('[T44] ends a refused connection although the client does not', async () => {
    await start()
    const socket = connect({ port: tiny.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.resume()
    socket.write(
      'GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    await once(socket, 'end')
    const connections = () =>
      new Promise<number>((resolve, reject) =>
        tiny.server.getConnections((error, n) => (error ? reject(error) : resolve(n))),
      )
    await expect.poll(connections).toBe(0)
    socket.destroy()
  })

  it('[T44] answers 503 when there are too many sockets, and the old ones live', async () => {
    await start({ limits: { maxSockets: 2 } })
    const wires = [await signedIn(), await signedIn()]
    await expect(Wire.open(tiny.url)).rejects.toThrow('503')
    wires[0]?.send({ type: 'ping' })
    expect((await wires[0]?.next())?.type).toBe('pong')
  })

  it('[T44] closes 4429 over the number of sockets of one person, and of one address that has not signed in', async () => {
    await start({ limits: { maxSocketsPerStaff: 1, maxPendingPerAddress: 1 } })
    const first = await signedIn()
    const second = await Wire.open(tiny.url)
    const third = await Wire.open(tiny.url)
    expect((await third.closed).code).toBe(4429)
    second.send({ type: 'connection_init', payload: { authorization: `Bearer ${await tiny.token()}` } })
    expect((await second.closed).code).toBe(4429)
    first.send({ type: 'ping' })
    expect((await first.next()).type).toBe('pong')
  })
})

describe('the protocol', () => {
  it('[T43] closes 4408 without connection_init in time', async () => {
    await start({ limits: { initMs: 100 } })
    expect((await (await Wire.open(tiny.url)).closed).code).toBe(4408)
  })

  it('[T43] closes 4429 after a second connection_init', async () => {
    await start()
    const wire = await signedIn()
    wire.send({ type: 'connection_init' })
    expect((await wire.closed).code).toBe(4429)
  })

  it('[T43] closes 4401 when a subscription comes before the acknowledgement', async () => {
    await start()
    const wire = await Wire.open(tiny.url)
    wire.subscribe('1', FOLLOW, { since: 'a' })
    expect((await wire.closed).code).toBe(4401)
  })

  it.each([
    'not json',
    '{}',
    '[]',
    '{"type":"nothing"}',
    '{"type":"subscribe"}',
    `${'['.repeat(100)}${']'.repeat(100)}`,
    `{"type":"ping","payload":{"deep":${'['.repeat(100)}${']'.repeat(100)}}}`,
  ])('[T43] closes 4400 after %s', async (text) => {
    await start()
    const wire = await signedIn()
    wire.send(text)
    expect((await wire.closed).code).toBe(4400)
  })

  it('[T43] closes 4409 when an id is used twice', async () => {
    await start()
    const wire = await signedIn()
    wire.subscribe('1', FOLLOW, { since: 'a' })
    wire.subscribe('1', FOLLOW, { since: 'a' })
    expect((await wire.closed).code).toBe(4409)
    await expect.poll(() => tiny.hub.left.length).toBe(1)
  })

  it('[T45] closes 1009 after a frame over 256 KiB, whole or in fragments', async () => {
    await start()
    const whole = await signedIn()
    whole.send('x'.repeat(256 * 1024 + 1))
    expect((await whole.closed).code).toBe(1009)
    const pieces = await signedIn()
    for (let i = 0; i < 10; i++) pieces.ws.send('x'.repeat(30 * 1024), { fin: false })
    expect((await pieces.closed).code).toBe(1009)
  })

  it('[T45] closes 1008 after more than 16 fragments of a message: each keeps the bytes with which it came', async () => {
    await start()
    const wire = await signedIn()
    for (let i = 0; i < 17; i++) wire.ws.send('x', { fin: false })
    expect((await wire.closed).code).toBe(1008)
  })

  it('[T45] takes no compression, so that there is nothing to bomb with', async () => {
    await start()
    const ws = new WebSocket(tiny.url.replace('http', 'ws'), 'graphql-transport-ws', {
      perMessageDeflate: true,
    })
    await once(ws, 'open')
    expect(ws.extensions).toBe('')
    ws.terminate()
  })

  it.each([
    ['messages', (wire: Wire) => wire.send({ type: 'pong' })],
    ['pongs', (wire: Wire) => wire.ws.pong()],
  ])('[T45] closes 4429 after a flood of %s', async (_, send) => {
    await start()
    const wire = await signedIn()
    for (let i = 0; i < 1000; i++) send(wire)
    expect((await wire.closed).code).toBe(4429)
  })
})

describe('signing in', () => {
  it('closes 4401 without a token, with a broken one and with one that is no text', async () => {
    await start()
    for (const authorization of [undefined, 'nonsense', 'Bearer nonsense', 17, null, {}]) {
      const wire = await Wire.open(tiny.url)
      wire.send({ type: 'connection_init', payload: { authorization } })
      expect((await wire.closed).code).toBe(4401)
      expect(wire.waiting).toEqual([])
    }
  })

  it('[T48] closes 4403 at once when the token has expired already', async () => {
    await start()
    const past = new AccessTokens('a secret of the tests that is long enough', 'test', {
      now: () => systemClock.now() - 3_600_000,
    })
    const { token } = await past.sign('11111111-1111-4111-8111-111111111111', SESSION)
    const wire = await Wire.open(tiny.url)
    wire.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
    expect((await wire.closed).code).toBe(4403)
  })

  it('[T48] closes 4403 when the token expires, within a second', async () => {
    const expiresAt = Date.now() + 400
    const staffId = '11111111-1111-4111-8111-111111111111'
    const authentication: Authentication = {
      kind: 'viewer',
      viewer: { staffId, sessionId: SESSION, expiresAt },
    }
    await start({ authentication })
    const wire = await signedIn()
    expect((await wire.closed).code).toBe(4403)
    expect(Math.abs(Date.now() - expiresAt)).toBeLessThan(1000)
  })

  it('[T49] hears nothing more from a client that ignores the end of its session', async () => {
    await start()
    const wire = await signedIn()
    wire.ws.pause()
    tiny.sockets.endSession(SESSION)
    wire.subscribe('1', 'mutation { touch }')
    await expect.poll(() => wire.ws.bufferedAmount).toBe(0)
    wire.ws.resume()
    expect((await wire.closed).code).toBe(4401)
    expect(tiny.ran.touched).toBe(0)
  })

  it('[T49] closes 4401 when the session ends while it connects', async () => {
    await start()
    tiny.ended.add(SESSION)
    const wire = await Wire.open(tiny.url)
    wire.send({ type: 'connection_init', payload: { authorization: `Bearer ${await tiny.token()}` } })
    expect((await wire.closed).code).toBe(4401)
    expect(wire.waiting).toEqual([])
  })

  it('[T49] closes 4401 when the session ends, and only its sockets', async () => {
    await start()
    const wire = await signedIn()
    tiny.sockets.endSession('33333333-3333-4333-8333-333333333333')
    wire.send({ type: 'ping' })
    expect((await wire.next()).type).toBe('pong')
    tiny.sockets.endSession(SESSION)
    expect((await wire.closed).code).toBe(4401)
  })
})

describe('the end', () => {
  it('[T47] ends a socket that answers no ping', async () => {
    await start({ limits: { pingMs: 100 } })
    const wire = await signedIn()
    wire.ws.pause()
    await expect.poll(() => tiny.sockets.size).toBe(0)
    wire.ws.terminate()
  })

  it('keeps a silent socket that answers pings', async () => {
    await start({ limits: { pingMs: 200 } })
    const wire = await signedIn()
    for (let i = 0; i < 5; i++) await once(wire.ws, 'ping')
    wire.send({ type: 'ping' })
    expect((await wire.next()).type).toBe('pong')
  })

  it('[T57] closes 1012 when draining, and takes no new sockets', async () => {
    await start()
    const wire = await signedIn()
    await tiny.sockets.drain()
    expect((await wire.closed).code).toBe(1012)
    await expect(Wire.open(tiny.url)).rejects.toThrow('503')
  })
})
