import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { schema } from '../../schema/schema.ts'
import { Keep } from '../../src/encode/keep.ts'
import type { Authentication, RefusalReason } from '../../src/identity/viewer.ts'
import { createLogger } from '../../src/log.ts'
import type { AuthenticatedCall } from '../../src/server/call.ts'
import { Callers } from '../../src/server/callers.ts'
import { CompiledOperations } from '../../src/server/compiled-operations.ts'
import { contextOf } from '../../src/server/context.ts'
import { cacheByText, createGraphql } from '../../src/server/graphql.ts'
import { graphqlRoute, type GraphqlRouteOptions } from '../../src/server/graphql-route.ts'
import { createHttp } from '../../src/server/http.ts'
import { limitsPlugin } from '../../src/server/limits.ts'
import { originPolicy } from '../../src/server/origin.ts'
import type { World } from '../schema/world.ts'

/** An answer as it came over the wire, without what differs between any two answers. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Twins = Awaited<ReturnType<typeof startTwins>>

/** Two servers over one world: one answers compiled operations by itself, the other leaves everything to Yoga. */
export async function startTwins(world: World) {
  const keep = new Keep()
  const operations = new CompiledOperations({ schema, parsed: cacheByText(), keep })
  const found = { count: 0 }
  const find = (body: Buffer) => {
    const question = operations.find(body)
    if (question) found.count++
    return question
  }
  const fast = await listen(world, { find })
  const slow = await listen(world, { find: () => null })
  return {
    keep,
    /** Requests that were compiled. */
    found,
    fast: (body: unknown, headers: Record<string, string>) => post(fast.url, body, headers),
    slow: (body: unknown, headers: Record<string, string>) => post(slow.url, body, headers),
    url: fast.url,
    close: () => Promise.all([fast.close(), slow.close()]),
  }
}

async function listen(world: World, compiled: GraphqlRouteOptions['compiled']) {
  const log = createLogger('silent')
  const context = (call: AuthenticatedCall) => contextOf(world.services, call)
  const limits = limitsPlugin(
    ({ call }: { call: AuthenticatedCall }) => call.authentication.kind !== 'viewer',
  )
  const graphql = createGraphql({ schema, plugins: [limits], context, log })
  const callers = new Callers({ authenticate, recheck: (viewer) => ({ kind: 'viewer', viewer }) })
  const route = graphqlRoute({ graphql, callers, compiled, context, graphiql: false })
  const server = createHttp({
    route: () => route,
    origins: originPolicy(['https://people.example.com'], '127.0.0.1', 0),
    trustProxy: 0,
    log,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const REFUSALS: readonly RefusalReason[] = ['expired', 'ended', 'invalid']

/** A token is the id of the person, or the reason why it is refused. */
async function authenticate(token: string): Promise<Authentication> {
  const reason = REFUSALS.find((r) => r === token)
  return reason
    ? { kind: 'refused', reason }
    : { kind: 'viewer', viewer: { staffId: token, sessionId: 's', expiresAt: Infinity } }
}

async function post(url: string, body: unknown, headers: Record<string, string>): Promise<Reply> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-encoding': 'identity', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const { 'x-request-id': id = '', date: _, ...others } = Object.fromEntries(response.headers)
  const text = await response.text()
  return { status: response.status, headers: others, body: text.replaceAll(id, 'THE-ID') }
}
