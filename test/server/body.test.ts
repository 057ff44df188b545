import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readBody } from '../../src/server/body.ts'

const server = createServer()
let socket: Socket

beforeEach(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  socket = connect({ port: typeof address === 'object' ? (address?.port ?? 0) : 0, host: '127.0.0.1' })
  socket.on('error', () => {})
})

afterEach(() => {
  socket.destroy()
  server.removeAllListeners('request')
  server.closeAllConnections()
  server.close()
})

/** Sends bytes, and begins to read the body when `until` says so. */
async function reading(text: string, until: (request: IncomingMessage) => unknown, limit?: number) {
  const coming = once(server, 'request')
  socket.write(text)
  const [request]: IncomingMessage[] = await coming
  if (!request) throw new Error('No request came')
  await until(request)
  return readBody(request, limit)
}

const atOnce = () => null
/** As a route does that has to look somebody up before: all that came in the same packet is there by then. */
const whole = async (request: IncomingMessage) => {
  while (!request.complete) await new Promise(setImmediate)
}

describe('a body whose connection breaks in the middle is waited for no longer', () => {
  it.each<[string, () => unknown]>([
    ['reset', () => socket.resetAndDestroy()],
    ['closed', () => socket.end()],
    ['ended by the server', () => server.closeAllConnections()],
  ])('%s', async (_, breakOff) => {
    const half = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"query":'
    server.once('request', () => setImmediate(breakOff))
    expect(await reading(half, atOnce)).toEqual({ kind: 'aborted' })
  })
})

describe.each([
  ['while it comes', atOnce],
  ['when all of it is there', whole],
])('read %s', (_, until) => {
  const chunked = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'

  it.each([
    ['with its length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"a":"b"}'],
    ['in chunks', `${chunked}4\r\n{"a"\r\n5\r\n:"b"}\r\n0\r\n\r\n`],
  ])('a body %s is all of it', async (_, text) => {
    const body = await reading(text, until)
    expect(body.kind === 'body' && String(body.bytes)).toBe('{"a":"b"}')
  })

  it('no body is an empty one', async () => {
    const body = await reading('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n', until)
    expect(body.kind === 'body' && body.bytes).toHaveLength(0)
  })

  it.each([
    [8, 'refused'],
    [9, 'body'],
  ])(
    'chunks of 9 bytes where %i may come: %s, though no header tells how many there are [T9]',
    async (limit, kind) => {
      const text = `${chunked}4\r\n{"a"\r\n5\r\n:"b"}\r\n0\r\n\r\n`
      expect((await reading(text, until, limit)).kind).toBe(kind)
    },
  )

  it('the next request of the connection is read as well', async () => {
    server.on('request', (request, response) => {
      request.once('end', () => response.end('ok'))
    })
    const text = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"a":"b"}'
    await reading(text, until)
    await once(socket, 'data')
    expect((await reading(text, until)).kind).toBe('body')
  })
})
