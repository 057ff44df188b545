import type { IncomingMessage } from 'node:http'
import { bearerToken, type Authentication } from '../identity/viewer.ts'
import { MAX_BODY_BYTES, parseJsonBody, readBody, refuseContentType } from './body.ts'
import { graphiqlPage, GRAPHIQL_POLICY } from './graphiql.ts'
import type { Graphql } from './graphql.ts'
import { sendError, type Exchange, type Route } from './http.ts'

export interface GraphqlRouteOptions {
  readonly graphql: Graphql
  readonly authenticate: (token: string) => Promise<Authentication>
  /** Whether GET shows GraphiQL. */
  readonly graphiql: boolean
}

/** POST asks; GET shows GraphiQL to browsers and answers no operation, so that nothing can be done by a link (T14). */
export function graphqlRoute(o: GraphqlRouteOptions): Route {
  return {
    methods: o.graphiql ? ['GET', 'POST'] : ['POST'],
    handle: (exchange) => (exchange.request.method === 'POST' ? ask(o, exchange) : showGraphiql(exchange)),
  }
}

async function ask(o: GraphqlRouteOptions, { request, response, call }: Exchange): Promise<void> {
  const refused = refuseContentType(request.headers['content-type'])
  if (refused) {
    sendError(response, refused.status, 'BAD_USER_INPUT', refused.message)
    return
  }
  const body = await readBody(request, MAX_BODY_BYTES)
  if (body.kind === 'aborted') return
  if (body.kind === 'refused') {
    response.setHeader('connection', 'close')
    sendError(response, body.status, 'BAD_USER_INPUT', body.message)
    return
  }
  const parsed = parseJsonBody(body.bytes.toString('utf8'))
  if (parsed.kind === 'bad') {
    sendError(response, 400, 'BAD_USER_INPUT', parsed.message)
    return
  }
  const authentication = await authenticateHeader(o.authenticate, request)
  await o.graphql(withBody(request, parsed.value), response, { call: { ...call, authentication } })
}

/** Yoga takes a parsed body from where body parsers put it, and then does not read the stream. */
function withBody(request: IncomingMessage, body: object): IncomingMessage {
  return Object.assign(request, { body })
}

export async function authenticateHeader(
  authenticate: (token: string) => Promise<Authentication>,
  request: IncomingMessage,
): Promise<Authentication> {
  const { authorization } = request.headers
  if (authorization === undefined) return { kind: 'anonymous' }
  const token = bearerToken(authorization)
  return token === null ? { kind: 'refused', reason: 'invalid' } : authenticate(token)
}

async function showGraphiql({ request, response }: Exchange): Promise<void> {
  if (request.headers.accept?.includes('text/html') !== true) {
    response.setHeader('allow', 'POST')
    sendError(response, 405, 'BAD_USER_INPUT', 'Send GraphQL as a POST.')
    return
  }
  response.setHeader('content-security-policy', GRAPHIQL_POLICY)
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  response.end(await graphiqlPage())
}
