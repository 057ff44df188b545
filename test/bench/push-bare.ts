import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { z } from 'zod'
import { frameHeader } from '../../src/server/frame.ts'
import { serveParent } from './child.ts'
import { LoadMeter } from './load-meter.ts'

/** The yardstick: bare web sockets to which one message is written, with nothing else around it. */
const question = z.discriminatedUnion('do', [
  z.object({ do: z.literal('port') }),
  z.object({ do: z.literal('usage') }),
  z.object({ do: z.literal('settled') }),
  z.object({
    do: z.literal('publish'),
    /** A ready frame into each connection, or the message to each `ws.send`. */
    how: z.enum(['frame', 'send']),
    text: z.string(),
  }),
])
/** Writes of one turn of the event loop. */
const SLICE = 500

const parent = serveParent(z.object({}))
const meter = new LoadMeter()
const sockets = new Map<WebSocket, Duplex>()
const server = createServer()
const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false })
server.on('upgrade', (request, raw, head) =>
  wss.handleUpgrade(request, raw, head, (ws) => {
    sockets.set(ws, raw)
    ws.on('error', () => {})
    ws.on('close', () => sockets.delete(ws))
  }),
)
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo

parent.answer(async (message) => {
  const asked = question.parse(message)
  switch (asked.do) {
    case 'port':
      return { port }
    case 'usage':
      return meter.read()
    case 'settled':
      return { rss: await meter.settledRss() }
    case 'publish': {
      const at = performance.timeOrigin + performance.now()
      const payload = Buffer.from(asked.text)
      const frame = Buffer.concat([frameHeader(payload.length), payload])
      let n = 0
      for (const [ws, raw] of sockets) {
        if (asked.how === 'frame') raw.write(frame)
        else ws.send(asked.text)
        if (++n % SLICE === 0) await new Promise(setImmediate)
      }
      return { at }
    }
  }
})
