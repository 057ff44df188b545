import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { demoLdif } from '../../src/local/demo/company.ts'
import { DirectoryClient } from '../../web/sdk/client.ts'
import { DirectoryError } from '../../web/sdk/error.ts'
import { MemoryStore } from '../../web/sdk/store.ts'
import { Transport } from '../../web/sdk/transport.ts'
import { SnapshotDocument } from '../../web/generated/graphql.ts'
import type { Client } from '../support/client.ts'
import { Device } from '../support/device.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

const PATIENCE = { timeout: 20_000, interval: 20 }

let server: TestServer
let people: Client
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  people = await server.login('staff', 'dolores')
})
afterAll(async () => await server?.close())

function transportOf(at: TestServer, token: () => Promise<string>): Transport {
  return new Transport({ url: at.url, token, webSocket: WebSocket })
}
const clientOf = (transport: Transport, store = new MemoryStore()) =>
  new DirectoryClient({ transport, store, copyLeaseSeconds: 3600 })
const titles = (client: DirectoryClient) =>
  [...(client.status.copy?.outline.people() ?? [])].map((s) => s.title ?? '')
const retitle = (at: TestServer, title: string) =>
  at.slapd.ldapmodify(
    `dn: uid=staff,${at.slapd.layout.people}\nchangetype: modify\nreplace: title\ntitle: ${title}\n`,
  )

async function expectSame(client: DirectoryClient, as: Client): Promise<void> {
  const fresh = await new Device(as).load()
  expect(new Map([...(client.status.copy?.outline.people() ?? [])].map((s) => [s.id, s]))).toEqual(
    new Map(fresh.staff),
  )
}

it('[K1] [D1] [P3] follows over real sockets, through a restart of the server, until the session ends', async () => {
  const { slapd, database } = server
  let at = await startServer({ slapd, database })
  const port = new URL(at.url).port
  const session = await at.login('staff', 'dolores')
  const token = async () => session.tokens?.accessToken ?? ''
  const client = clientOf(transportOf(at, token))
  try {
    await vi.waitFor(() => expect(client.status.state).toBe('live'), PATIENCE)
    await expectSame(client, session)
    await retitle(at, 'Before')
    await vi.waitFor(() => expect(titles(client)).toContain('Before'), PATIENCE)
    await at.closeInstance()
    await vi.waitFor(() => expect(client.status.state).toBe('paused'), PATIENCE)
    expect(titles(client)).toContain('Before')
    await retitle(at, 'Meanwhile')
    at = await startServer({ slapd, database, settings: { PORT: port } })
    await vi.waitFor(() => {
      client.wake()
      expect(client.status.state).toBe('live')
    }, PATIENCE)
    await vi.waitFor(() => expect(titles(client)).toContain('Meanwhile'), PATIENCE)
    await expectSame(client, session)
    await session.query('mutation { logout }')
    await vi.waitFor(() => expect(client.status.state).toBe('ended'), PATIENCE)
  } finally {
    await client.close()
    await at.closeInstance()
  }
})

it('[2] says what went wrong in codes', async () => {
  const tokenOf = (token: string) => async () => token
  const codeOf = async (transport: Transport) =>
    await transport.ask(SnapshotDocument, { first: 1 }).then(
      () => 'answered',
      (error: unknown) => (error instanceof DirectoryError ? error.code : error),
    )
  expect(await codeOf(transportOf(server, tokenOf(people.tokens?.accessToken ?? '')))).toBe('answered')
  expect(await codeOf(transportOf(server, tokenOf('nonsense')))).toBe('UNAUTHENTICATED')
  const nowhere = new Transport({ url: 'http://127.0.0.1:9', token: tokenOf('x') })
  expect(await codeOf(nowhere)).toBe('NETWORK')
  const elsewhere = new Transport({
    url: 'http://proxy.example',
    token: tokenOf('x'),
    fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502 }),
  })
  expect(await codeOf(elsewhere)).toBe('PROTOCOL')
})

it('[2] [P4] with a token that does not count it ends, and does not knock again and again', async () => {
  const asked = vi.fn(async () => 'nonsense')
  const client = clientOf(transportOf(server, asked))
  await vi.waitFor(() => expect(client.status.state).toBe('ended'), PATIENCE)
  expect(asked).toHaveBeenCalledTimes(1)
  await client.close()
})

it('[W1] a server that does not speak with it any more ends it, over HTTP and on the socket, and says why', async () => {
  const token = async () => people.tokens?.accessToken ?? ''
  const old = (init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    headers.set('dolores-protocol', '0')
    return { ...init, headers }
  }
  const byHttp = clientOf(
    new Transport({
      url: server.url,
      token,
      webSocket: WebSocket,
      fetch: (url, init) => fetch(url, old(init)),
    }),
  )
  await vi.waitFor(() => expect(byHttp.status).toMatchObject({ state: 'ended', isTooOld: true }), PATIENCE)
  await byHttp.close()
  class OldSocket extends WebSocket {
    override send(data: string): void {
      super.send(data.replace('"protocol":1', '"protocol":0'))
    }
  }
  const bySocket = clientOf(new Transport({ url: server.url, token, webSocket: OldSocket }))
  await vi.waitFor(() => expect(bySocket.status).toMatchObject({ state: 'ended', isTooOld: true }), PATIENCE)
  await bySocket.close()
})
