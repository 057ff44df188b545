import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { rowsOf } from '../support/apply.ts'
import { Client } from '../support/client.ts'
import { Device, operation } from '../support/device.ts'
import { oracleDigest } from '../support/oracle-digest.ts'
import { clientFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'
import { Wire } from '../support/wire.ts'

/** A middle box of the bad sort: it hands an answer on only when it has all of it, and knows nothing of upgrades. */
let server: TestServer
let box: Server
let url: string
/** Answers that the box could hand on. */
let handedOn = 0

beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  const { port } = new URL(server.url)
  box = createServer((incoming, outgoing) => {
    const { method = 'GET', url: path = '/' } = incoming
    const { upgrade: _, connection: __, ...headers } = incoming.headers
    const forward = httpRequest({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
      void whole(answer).then((body) => {
        handedOn++
        const { 'transfer-encoding': ___, ...kept } = answer.headers
        outgoing.writeHead(answer.statusCode ?? 502, { ...kept, 'content-length': body.length }).end(body)
      })
    })
    incoming.pipe(forward)
  })
  // Upgrades come as plain requests, as through a proxy that drops hop-by-hop headers.
  box.on('upgrade', (incoming: IncomingMessage, socket) => {
    const forward = httpRequest({ port, host: '127.0.0.1', path: incoming.url ?? '/' }, (answer) => {
      socket.end(
        `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      )
      answer.resume()
    })
    forward.end()
  })
  box.listen(0, '127.0.0.1')
  await once(box, 'listening')
  const { port: own } = box.address() as AddressInfo
  url = `http://127.0.0.1:${own}`
})
afterAll(async () => {
  box?.closeAllConnections()
  box?.close()
  await server?.close()
})

async function whole(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A client that knows nothing but the box. */
async function behind(login: string): Promise<Client> {
  const client = new Client(url)
  client.tokens = (await clientFor(server, login)).tokens
  return client
}

describe('[T56] behind a proxy that buffers and knows no upgrades', () => {
  it('a web socket is refused at once, with a status that says that it is the way and not the session', async () => {
    await expect(Wire.open(`${url}/graphql`)).rejects.toThrow('405')
  })

  it.each([
    'text/event-stream',
    'multipart/mixed;subscriptionSpec=1.0, application/json',
    'application/json',
  ])(
    'a subscription over HTTP that accepts %s gets a whole answer that says what to do, and nothing is held open',
    async (accept) => {
      const client = await behind('hr')
      const before = handedOn
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          accept,
          'content-type': 'application/json',
          authorization: `Bearer ${client.tokens?.accessToken}`,
        },
        body: JSON.stringify({ query: operation('Changes'), variables: { since: 'x' } }),
      })
      const text = await response.text()
      expect(response.status).toBe(400)
      expect(text).toContain('Subscriptions go over the web socket on the same path')
      expect(text).toContain('BAD_USER_INPUT')
      expect(handedOn).toBe(before + 1)
    },
  )

  it('asking for events by GET starts nothing either', async () => {
    const response = await fetch(`${url}/graphql?query=subscription`, {
      headers: { accept: 'text/event-stream' },
    })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
  })

  it('[D9] polling changesSince keeps a copy exactly as the socket would', async () => {
    const polling = new Device(await behind('hr'))
    const pushed = new Device(await clientFor(server, 'hr'))
    await Promise.all([polling.load(), pushed.load()])
    await pushed.follow()
    for (const title of ['One', 'Two', 'Three']) {
      await server.slapd.ldapmodify(
        `dn: uid=staff,ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: ${title}\n`,
      )
      await pushed.next()
      await polling.catchUp(1)
      expect(polling.copy).toEqual(pushed.copy)
    }
    expect(polling.copy.digest).toBe(oracleDigest(rowsOf(polling.copy)))
    // Nothing new: the answer says so at once instead of waiting for something.
    expect(await polling.catchUp()).toMatchObject([{ changes: [], hasMore: false }])
    await pushed.close()
  })

  it('nothing that is asked for is a stream: every answer ends by itself or tells proxies not to gather it', async () => {
    const client = await behind('hr')
    const asked = [
      ['{ snapshot(first: 5000) { ... on SnapshotPage { staff { id name } } } }'],
      ['{ departments { totalCount } }'],
      [operation('ChangesSince'), { version: 'x' }],
    ] as const
    for (const [query, variables] of asked) {
      for (const accept of [
        '*/*',
        'text/event-stream, application/json',
        'multipart/mixed, application/json',
      ]) {
        const response = await fetch(`${server.url}/graphql`, {
          method: 'POST',
          headers: {
            accept,
            'content-type': 'application/json',
            authorization: `Bearer ${client.tokens?.accessToken}`,
          },
          body: JSON.stringify({ query, variables }),
        })
        const type = response.headers.get('content-type') ?? ''
        const isStream = /event-stream|multipart/.test(type)
        if (isStream) expect(response.headers.get('x-accel-buffering')).toBe('no')
        expect(JSON.parse(await response.text())).toHaveProperty('data')
      }
    }
  })
})
