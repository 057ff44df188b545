import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buildSchema, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { systemClock } from '../../src/clock.ts'
import { AppError } from '../../src/errors.ts'
import { AccessTokens } from '../../src/identity/access-tokens.ts'
import type { Authentication } from '../../src/identity/viewer.ts'
import { createLogger } from '../../src/log.ts'
import type { AuthenticatedCall } from '../../src/server/call.ts'
import { Callers } from '../../src/server/callers.ts'
import { Keep } from '../../src/encode/keep.ts'
import { CompiledOperations } from '../../src/server/compiled-operations.ts'
import { cacheByText, createGraphql } from '../../src/server/graphql.ts'
import { graphqlRoute } from '../../src/server/graphql-route.ts'
import { createHttp } from '../../src/server/http.ts'
import { Live } from '../../src/server/live.ts'
import { originPolicy } from '../../src/server/origin.ts'
import { createProtocol } from '../../src/server/protocol.ts'
import { SOCKET_LIMITS, WebSockets, type SocketLimits } from '../../src/server/websocket.ts'
import type { Subscriber } from '../../src/push/subscriber.ts'
import type { Delta } from '../../src/sync/results.ts'

const SDL = /* GraphQL */ `
  type Query {
    hello: String!
    echo(text: String!): String!
    fail(how: String!): String
    many: [Int!]!
    who: String
  }
  type Mutation {
    login(login: String!): String!
    touch: Boolean!
  }
  type Subscription {
    changes(since: String!, compact: Boolean = false): Delta!
    broken: Int
  }
  type Delta {
    from: String!
    to: String!
  }
`

const STAFF = '11111111-1111-4111-8111-111111111111'
export const SESSION = '22222222-2222-4222-8222-222222222222'
const SECRET = 'a secret of the tests that is long enough'

export const FOLLOW = 'subscription ($since: String!) { changes(since: $since) { from to } }'

/** Stands for the hub: it holds what joined, and the test pushes. */
class FakeHub {
  readonly joined: Subscriber[] = []
  readonly since: string[] = []
  readonly left: Subscriber[] = []
  failure: Error | null = null

  join(subscriber: Subscriber, since: string): void {
    this.joined.push(subscriber)
    this.since.push(since)
    if (this.failure) subscriber.fail(this.failure)
  }

  leave(subscriber: Subscriber): void {
    this.left.push(subscriber)
  }
}

export function delta(to: string): Delta {
  return {
    kind: 'Delta',
    from: 'a',
    to,
    changes: [],
    revoked: null,
    departmentTypes: null,
    staffTypes: null,
    fields: null,
    viewerChanged: false,
    hasMore: false,
    digest: '0'.repeat(32),
  }
}

export interface TinyOptions {
  readonly limits?: Partial<SocketLimits>
  readonly allowedOrigins?: readonly string[]
  readonly plugins?: readonly Plugin<{ call: AuthenticatedCall }>[]
  /** What `authenticate` answers instead of looking at the token. */
  readonly authentication?: Authentication
}

export type Tiny = Awaited<ReturnType<typeof startTiny>>

/** Both transports over a schema of a few fields and no directory: for what belongs to the transports alone. */
export async function startTiny(o: TinyOptions = {}) {
  const lines: string[] = []
  const log = createLogger('trace', { write: (line) => void lines.push(line) })
  const tokens = new AccessTokens(SECRET, 'test', systemClock)
  const authenticate = async (token: string): Promise<Authentication> => {
    if (o.authentication) return o.authentication
    const verified = await tokens.verify(token)
    return verified.kind === 'valid'
      ? { kind: 'viewer', viewer: verified.claims }
      : { kind: 'refused', reason: verified.kind }
  }
  const schema = buildSchema(SDL)
  const ran = { touched: 0 }
  resolvers(schema, ran)
  const graphql = createGraphql({ schema, plugins: o.plugins ?? [], context: (call) => ({ call }), log })
  const origins = originPolicy(o.allowedOrigins ?? [], '127.0.0.1', 0)
  const compiled = new CompiledOperations({ schema, parsed: cacheByText(), keep: new Keep() })
  const route = graphqlRoute({
    graphql,
    callers: new Callers({ authenticate, recheck: (viewer) => ({ kind: 'viewer', viewer }) }),
    compiled,
    context: (call) => ({ call }),
    graphiql: true,
  })
  const server = createHttp({
    route: (path) => (path === '/graphql' ? route : null),
    origins,
    trustProxy: 0,
    log,
  })
  const hub = new FakeHub()
  const ended = new Set<string>()
  const live = new Live({ hub, channelContext: {}, keep: new Keep(), log })
  const protocol = createProtocol({
    graphql,
    authenticate,
    hasEnded: (sessionId) => ended.has(sessionId),
    follow: (f) => live.follow(f),
    log,
  })
  const sockets = new WebSockets(server, {
    protocol,
    origins,
    trustProxy: 0,
    limits: { ...SOCKET_LIMITS, ...o.limits },
    clock: systemClock,
    log,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/graphql`
  return {
    url,
    port,
    server,
    hub,
    /** Sessions that end while somebody connects. */
    ended,
    sockets,
    ran,
    lines,
    token: async () => (await tokens.sign(STAFF, SESSION)).token,
    async post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
      return fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
    },
    async close(): Promise<void> {
      sockets.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function resolvers(schema: ReturnType<typeof buildSchema>, ran: { touched: number }): void {
  const fields = { ...schema.getQueryType()?.getFields(), ...schema.getMutationType()?.getFields() }
  const set = (
    name: string,
    resolve: (args: Record<string, unknown>, context: AuthenticatedCall) => unknown,
  ) => {
    const field = fields[name]
    if (field)
      field.resolve = (_: unknown, args, context: { call: AuthenticatedCall }) => resolve(args, context.call)
  }
  set('hello', () => 'world')
  set('echo', ({ text }) => text)
  set('who', (_, { authentication }) =>
    authentication.kind === 'viewer' ? authentication.viewer.staffId : null,
  )
  set('fail', ({ how }) => fail(String(how)))
  set('many', () => [1, 2, 3])
  set('login', () => 'in')
  set('touch', () => ++ran.touched > 0)
  const changes = schema.getSubscriptionType()?.getFields()['changes']
  if (changes) changes.resolve = (result: unknown) => result
}

function fail(how: string): never {
  switch (how) {
    case 'app':
      throw new AppError('UNAVAILABLE', 'The directory cannot be reached: try again later.', {
        cause: new Error('connect ECONNREFUSED cn=secret,dc=example'),
      })
    case 'graphql':
      throw new GraphQLError('Not like this.', { extensions: { code: 'FORBIDDEN' } })
    default:
      throw new Error('SELECT * FROM session failed at /srv/x.ts for uid=hr,ou=people')
  }
}
