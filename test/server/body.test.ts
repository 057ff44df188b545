import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { readBody, type BodyResult } from '../../src/server/body.ts'

const read: Promise<BodyResult>[] = []
const server = createServer((request) => {
  read.push(readBody(request))
  server.emit('reading')
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const HALF = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"query":'

it.each<[string, (socket: Socket) => unknown]>([
  ['is reset', (socket) => socket.resetAndDestroy()],
  ['is closed', (socket) => socket.end()],
  ['is ended by the server', () => server.closeAllConnections()],
])('a body whose connection %s in the middle is waited for no longer', async (_, breakOff) => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const socket = connect({ port: typeof address === 'object' ? (address?.port ?? 0) : 0, host: '127.0.0.1' })
  socket.on('error', () => {})
  const reading = once(server, 'reading')
  socket.write(HALF)
  await reading
  breakOff(socket)
  expect(await read.at(-1)).toEqual({ kind: 'aborted' })
})
