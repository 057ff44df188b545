import type { IncomingMessage } from 'node:http'
import { isTooOld, PROTOCOL_HEADER } from '../../schema/protocol.ts'
import { MAX_ANONYMOUS_BYTES, MAX_BODY_BYTES, parseJsonBody, readBody, refuseContentType } from './body.ts'
import type { AuthenticatedCall } from './call.ts'
import type { Callers } from './callers.ts'
import { answerCompiled } from './compiled-answer.ts'
import type { CompiledOperations } from './compiled-operations.ts'
import { graphiqlPage, GRAPHIQL_POLICY } from './graphiql.ts'
import type { Graphql, ServerContext } from './graphql.ts'
import { sendError, setHeaders, type Exchange, type Route } from './http.ts'
import { isLookingAs, READABLE_AS_OTHERS } from './view-as.ts'
import type { Traffic } from '../vitals/traffic.ts'
import { mediaTypeOf, type MediaType } from './negotiate.ts'

export interface GraphqlRouteOptions {
  readonly graphql: Graphql
  readonly callers: Callers
  readonly compiled: Pick<CompiledOperations, 'find'>
  /** What resolvers are given; the same as `graphql` gives them. */
  readonly context: (call: AuthenticatedCall) => object
  /** Told how long compiled operations took; absent: nobody asks. */
  readonly traffic?: Pick<Traffic, 'executed'>
  /** Whether GET shows GraphiQL. */
  readonly graphiql: boolean
}

/** POST asks; GET shows GraphiQL to browsers and answers no operation, so that nothing can be done by a link (T14). */
export function graphqlRoute(o: GraphqlRouteOptions): Route {
  return {
    methods: o.graphiql ? ['GET', 'POST'] : ['POST'],
    putsHeaders: true,
    handle: (exchange) => (exchange.request.method === 'POST' ? ask(o, exchange) : showGraphiql(exchange)),
  }
}

async function ask(o: GraphqlRouteOptions, exchange: Exchange): Promise<void> {
  const { request } = exchange
  const refused = refuseContentType(request.headers['content-type'])
  if (refused) return refuse(exchange, refused.status, refused.message)
  if (isTooOld(request.headers[PROTOCOL_HEADER]))
    return refuse(exchange, 426, 'This client is too old: update it.', 'TOO_OLD')
  // Before anything is read: strangers may not make us hold much (T44).
  const authentication = await o.callers.of(request, 'reading')
  const body = await readBody(
    request,
    authentication.kind === 'viewer' ? MAX_BODY_BYTES : MAX_ANONYMOUS_BYTES,
  )
  if (body.kind === 'aborted') return
  if (body.kind === 'refused') {
    exchange.response.setHeader('connection', 'close')
    return refuse(exchange, body.status, body.message)
  }
  const mediaType = mediaTypeOf(request.headers.accept)
  const found = authentication.kind === 'viewer' && mediaType ? o.compiled.find(body.bytes) : null
  // What may not be asked as somebody else is refused where everything is.
  const question =
    found && (!isLookingAs(authentication) || READABLE_AS_OTHERS.has(found.info.fieldName)) ? found : null
  const { requestId, address, userAgent } = exchange.call
  const call: AuthenticatedCall = { requestId, address, userAgent, authentication }
  if (!question || !mediaType) return askYoga(o, exchange, body.bytes, { call })
  const startedAt = performance.now()
  const answer = await answerCompiled(question, o.context(call), request.headers['accept-encoding'])
  const isAnswered = answer.kind === 'bytes' || answer.kind === 'gzip'
  const { operation } = question.compiled
  if (isAnswered) o.traffic?.executed(operation.name?.value, null, performance.now() - startedAt)
  switch (answer.kind) {
    case 'failed':
      return askYoga(o, exchange, body.bytes, { call, settled: answer.result })
    case 'none':
      return askYoga(o, exchange, body.bytes, { call })
    case 'bytes':
      writeHead(exchange, mediaType, answer.bytes.length, [])
      exchange.response.end(answer.bytes)
      return
    case 'gzip': {
      const { pieces, length } = answer.compressed
      writeHead(exchange, mediaType, length, ['content-encoding', 'gzip'])
      exchange.response.cork()
      for (const piece of pieces) exchange.response.write(piece)
      exchange.response.end()
    }
  }
}

/** Answers everything that is not compiled; nobody can tell which of the two it was. */
async function askYoga(
  o: GraphqlRouteOptions,
  exchange: Exchange,
  bytes: Buffer,
  context: ServerContext,
): Promise<void> {
  const parsed = parseJsonBody(bytes.toString('utf8'))
  if (parsed.kind === 'bad') return refuse(exchange, 400, parsed.message)
  setHeaders(exchange.response, exchange.headers)
  await o.graphql(withBody(exchange.request, parsed.value), exchange.response, context)
}

function refuse(
  { response, headers }: Exchange,
  status: number,
  message: string,
  code = 'BAD_USER_INPUT',
): void {
  setHeaders(response, headers)
  sendError(response, status, code, message)
}

/** No cache keeps it, so that nothing has to be said of Accept-Encoding in Vary. */
function writeHead(
  { response, headers }: Exchange,
  mediaType: MediaType,
  length: number,
  others: readonly string[],
): void {
  // All at once, because headers that are set one by one cost more than to find the answer.
  const type = CONTENT_TYPES[mediaType]
  response.writeHead(200, [...headers, 'content-type', type, 'content-length', String(length), ...others])
}

const CONTENT_TYPES: Record<MediaType, string> = {
  'application/json': 'application/json; charset=utf-8',
  'application/graphql-response+json': 'application/graphql-response+json; charset=utf-8',
}

/** Yoga takes a parsed body from where body parsers put it, and then does not read the stream. */
function withBody(request: IncomingMessage, body: object): IncomingMessage {
  return Object.assign(request, { body })
}

async function showGraphiql({ request, response, headers }: Exchange): Promise<void> {
  setHeaders(response, headers)
  if (request.headers.accept?.includes('text/html') !== true) {
    response.setHeader('allow', 'POST')
    sendError(response, 405, 'BAD_USER_INPUT', 'Send GraphQL as a POST.')
    return
  }
  response.setHeader('content-security-policy', GRAPHIQL_POLICY)
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  response.end(await graphiqlPage())
}
