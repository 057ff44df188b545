import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from './server-child.ts'

/** The yardstick: node:http that reads the body and answers ready bytes, by path. */
interface Ready {
  readonly bytes: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

const answers = new Map<string, { bytes: Buffer; headers: Readonly<Record<string, string | number>> }>()

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const answer = answers.get(request.url ?? '')
    Buffer.concat(chunks)
    response.writeHead(answer ? 200 : 404, answer?.headers)
    response.end(answer?.bytes)
  })
})
server.keepAliveTimeout = 65_000
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo

serve({ port }, (message) => {
  const { path, bytes, headers } = message as unknown as Ready & { path: string }
  answers.set(path, {
    bytes: Buffer.from(bytes),
    headers: { ...headers, 'content-length': bytes.byteLength },
  })
  return {}
})
