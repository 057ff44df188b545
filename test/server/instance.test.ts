import { createClient } from 'graphql-ws'
import { buildSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Client } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { startSlapd, TEST_BASE } from '../support/slapd.ts'

const LDIF = [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('')
const FOLLOW =
  'subscription ($since: Version!) { changes(since: $since) { ... on Delta { to changes { action id staff { title } } } ... on Resync { reason } } }'

let server: TestServer
let hr: Client
beforeAll(async () => {
  server = await startServer({ ldif: LDIF })
  hr = await server.login('hr', 'dolores')
})
afterAll(() => server?.close())

async function version(client: Client): Promise<string> {
  const { snapshot } = await client.query('{ snapshot(first: 1) { ... on SnapshotPage { version } } }')
  const page = snapshot as { version: string }
  return page.version
}

async function health(path: string, at: TestServer = server): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${at.url}${path}`)
  return { status: response.status, body: await response.json() }
}

describe('an instance', () => {
  it('is alive and ready, with everything up', async () => {
    expect(await health('/healthz')).toEqual({ status: 200, body: { status: 'alive' } })
    expect(await health('/readyz')).toEqual({
      status: 200,
      body: {
        status: 'ready',
        database: 'up',
        replica: 'current',
        directory: 'up',
        worstStallMs: expect.any(Number),
      },
    })
  })

  it('[T11] publishes its schema', async () => {
    const response = await fetch(`${server.url}/schema.graphql`)
    const text = await response.text()
    expect(response.status).toBe(200)
    expect(buildSchema(text).getSubscriptionType()?.getFields()['changes']).toBeDefined()
  })

  it('shows GraphiQL in the demo only', async () => {
    const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } })
    expect(page.status).toBe(405)
  })

  it('answers 404 to paths that it does not have', async () => {
    for (const path of ['/', '/graphql/', '/avatars', '/avatars/x/y', '/.well-known/', '/%00']) {
      expect((await fetch(`${server.url}${path}`)).status).toBe(404)
    }
  })

  it('tells an edit by plain ldapmodify to an open subscription', async () => {
    const wire = await hr.socket()
    wire.subscribe('1', FOLLOW, { since: await version(hr) })
    expect(await wire.next()).toMatchObject({ type: 'next', payload: { data: { changes: { changes: [] } } } })
    await server.slapd.ldapmodify(
      `dn: uid=staff,ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: Chief Tester\n`,
    )
    expect(await wire.next()).toMatchObject({
      type: 'next',
      payload: { data: { changes: { changes: [{ action: 'UPDATE', staff: { title: 'Chief Tester' } }] } } },
    })
    await wire.close()
  })

  it('speaks with the stock client of graphql-ws', async () => {
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${hr.tokens?.accessToken}` },
      retryAttempts: 0,
    })
    const results = client.iterate({ query: FOLLOW, variables: { since: await version(hr) } })
    const first = await results.next()
    expect(first.value?.data?.['changes']).toMatchObject({ changes: [] })
    await results.return?.()
    await client.dispose()
  })

  it('ends an operation after a Resync', async () => {
    const wire = await hr.socket()
    wire.subscribe('1', FOLLOW, { since: 'forged' })
    expect(await wire.next()).toMatchObject({ payload: { data: { changes: { reason: 'DIVERGED' } } } })
    expect(await wire.next()).toEqual({ id: '1', type: 'complete' })
    await wire.close()
  })

  it('[T10][T18][T21] refuses bad requests of the real schema with a code', async () => {
    const bad = [
      { query: '{ node(id: "x") { id } }', variables: '[['.repeat(10) },
      { query: 'query A { __typename } query B { __typename }' },
      { query: 'subscription { changes(since: "x") { __typename } }' },
      { query: '{ viewer { staff { name } } ... @defer { viewer { staff { name } } } }' },
    ]
    for (const body of bad) {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${hr.tokens?.accessToken}` },
        body: JSON.stringify(body),
      })
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('BAD_USER_INPUT')
    }
  })

  it('[T11] lets signed-in callers introspect, and nobody else', async () => {
    const query = '{ __schema { queryType { name } } }'
    expect((await hr.query(query))['__schema']).toEqual({ queryType: { name: 'Query' } })
    const { status, errors } = await server.client().ask(query)
    expect(status).toBe(401)
    expect(errors[0]?.extensions['code']).toBe('UNAUTHENTICATED')
  })
})

describe('without a directory', () => {
  it('is not ready before the directory was read once: the log knows nobody yet', async () => {
    const slapd = await startSlapd()
    await slapd.kill9()
    const own = await startServer({ slapd })
    expect(await health('/readyz', own)).toMatchObject({ status: 503, body: { replica: 'empty' } })
    await slapd.restart()
    await expect.poll(async () => (await health('/readyz', own)).status, { timeout: 20_000 }).toBe(200)
    await own.close()
    await slapd.stop()
  })

  it('[T62] starts, answers what the log knows, and says so', async () => {
    const own = await startServer({ ldif: LDIF })
    const client = await own.login('hr', 'dolores')
    await own.closeInstance()
    await own.slapd.kill9()
    const again = await startServer({ slapd: own.slapd, database: own.database })
    const reader = again.client()
    reader.tokens = client.tokens
    expect((await reader.query('{ viewer { staff { login } } }'))['viewer']).toEqual({
      staff: { login: 'hr' },
    })
    expect((await health('/readyz', again)).body).toMatchObject({ status: 'ready', directory: 'down' })
    expect((await health('/healthz', again)).status).toBe(200)
    const { errors } = await again
      .client()
      .ask('mutation { login(input: { login: "hr", password: "dolores" }) { __typename } }')
    expect(errors[0]?.extensions['code']).toBe('UNAVAILABLE')
    expect(errors[0]?.message).not.toContain('dc=')
    await own.slapd.restart()
    await expect
      .poll(async () => (await health('/readyz', again)).body, { timeout: 10_000 })
      .toMatchObject({ directory: 'up' })
    await expect
      .poll(
        async () =>
          (
            await again
              .client()
              .ask('mutation { login(input: { login: "hr", password: "dolores" }) { __typename } }')
          ).data,
        { timeout: 10_000 },
      )
      .toEqual({ login: { __typename: 'Session' } })
    await again.closeInstance()
    await own.close()
  })
})

describe('draining', () => {
  it('[T57] tells sockets 1012, lets requests that run finish, and takes no new ones', async () => {
    const own = await startServer({ slapd: server.slapd, database: server.database, loginFloorMs: 1000 })
    const client = await own.login('hr', 'dolores')
    const sockets = [await client.socket(), await client.socket()]
    await server.database.sql('DELETE FROM login_attempt')
    // A refused sign-in takes the least time; the drain begins while it runs.
    const running = own.client().tryLogin('staff', 'wrong')
    const counted = () => server.database.sql('SELECT FROM login_attempt')
    await expect.poll(async () => (await counted()).length).toBeGreaterThan(0)
    const closing = own.closeInstance()
    for (const socket of sockets) expect((await socket.closed).code).toBe(1012)
    await expect(fetch(`${own.url}/healthz`)).rejects.toThrow()
    expect((await running).__typename).toBe('InvalidCredentials')
    await closing
  })

  it('[T62][T78] answers reads without directory and database, says that it is not ready, and closes in bounded time', async () => {
    const own = await startServer({ ldif: LDIF })
    const client = await own.login('hr', 'dolores')
    await own.slapd.kill9()
    await own.database.drop()
    await expect.poll(async () => (await health('/readyz', own)).status, { timeout: 10_000 }).toBe(503)
    expect((await health('/healthz', own)).status).toBe(200)
    expect((await client.ask('{ departments { totalCount } }')).errors).toEqual([])
    const startedAt = performance.now()
    await own.closeInstance()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    await own.slapd.stop()
  })
})
