import type { IncomingMessage, ServerResponse } from 'node:http'
import { bearerToken, type Authentication } from '../identity/viewer.ts'
import { MAX_BODY_BYTES, parseJsonBody, readBody, refuseContentType } from './body.ts'
import type { AuthenticatedCall } from './call.ts'
import { answerCompiled } from './compiled-answer.ts'
import type { CompiledOperations } from './compiled-operations.ts'
import { graphiqlPage, GRAPHIQL_POLICY } from './graphiql.ts'
import type { Graphql } from './graphql.ts'
import { sendError, type Exchange, type Route } from './http.ts'
import { acceptsGzip, mediaTypeOf, type MediaType } from './negotiate.ts'

export interface GraphqlRouteOptions {
  readonly graphql: Graphql
  readonly authenticate: (token: string) => Promise<Authentication>
  readonly compiled: Pick<CompiledOperations, 'find'>
  /** What resolvers are given; the same as `graphql` gives them. */
  readonly context: (call: AuthenticatedCall) => object
  /** Whether GET shows GraphiQL. */
  readonly graphiql: boolean
}

interface AuthenticatedExchange extends Exchange {
  readonly call: AuthenticatedCall
}

/** POST asks; GET shows GraphiQL to browsers and answers no operation, so that nothing can be done by a link (T14). */
export function graphqlRoute(o: GraphqlRouteOptions): Route {
  return {
    methods: o.graphiql ? ['GET', 'POST'] : ['POST'],
    handle: (exchange) => (exchange.request.method === 'POST' ? ask(o, exchange) : showGraphiql(exchange)),
  }
}

async function ask(o: GraphqlRouteOptions, { request, response, call, path }: Exchange): Promise<void> {
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
  await answer(o, { request, response, path, call: { ...call, authentication } }, parsed.value)
}

/** Answers what is compiled by itself, and leaves everything else to Yoga; nobody can tell which of the two it was. */
async function answer(o: GraphqlRouteOptions, exchange: AuthenticatedExchange, body: object): Promise<void> {
  const { request, response, call } = exchange
  const mediaType = mediaTypeOf(request.headers.accept)
  const isSignedIn = call.authentication.kind === 'viewer'
  const question = isSignedIn && mediaType ? o.compiled.find(body) : null
  if (!question || !mediaType) {
    await o.graphql(withBody(request, body), response, { call })
    return
  }
  const takesGzip = acceptsGzip(request.headers['accept-encoding'])
  const answer = await answerCompiled(question, o.context(call), takesGzip)
  switch (answer.kind) {
    case 'bytes':
      sendBytes(response, mediaType, answer.bytes)
      return
    case 'blocks':
      // No cache keeps it, so that nothing has to be said of Accept-Encoding in Vary.
      if (answer.isGzip) response.setHeader('content-encoding', 'gzip')
      sendBytes(response, mediaType, answer.bytes)
      return
    case 'failed':
      await o.graphql(withBody(request, body), response, { call, settled: answer.result })
      return
    case 'none':
      await o.graphql(withBody(request, body), response, { call })
  }
}

function sendBytes(response: ServerResponse, mediaType: MediaType, bytes: Buffer): void {
  response.writeHead(200, {
    'content-type': `${mediaType}; charset=utf-8`,
    'content-length': bytes.length,
  })
  response.end(bytes)
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
