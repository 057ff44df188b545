import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from '../log.ts'
import { callOf, type Call } from './call.ts'
import { corsHeaders, originAllowed, preflightHeaders, type OriginPolicy } from './origin.ts'

/** One request on its way to a route. The route ends the response. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly call: Call
  readonly path: string
  /** What every answer carries, for CORS and for the safety of browsers: names and values in turn. */
  readonly headers: readonly string[]
}

export interface Route {
  readonly methods: readonly ('GET' | 'POST')[]
  /** Whether it puts the headers of the exchange on the response by itself; otherwise they are there before it is asked. */
  readonly putsHeaders?: boolean
  handle(exchange: Exchange): Promise<void> | void
}

export interface HttpOptions {
  /** Finds the route of a path; null: there is none. */
  readonly route: (path: string) => Route | null
  readonly origins: OriginPolicy
  readonly trustProxy: number
  /** Told of each answer when it has ended: the path, without its query, as the client has sent it. */
  readonly onAnswered?: (path: string, method: string | undefined, status: number, ms: number) => void
  readonly log: Logger
}

/** On every answer, names and values in turn; routes that serve pages or pictures set their own policy over it. */
const SECURITY_HEADERS = [
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['cache-control', 'no-store'],
].flat()

const REQUEST_TIMEOUT_MS = 30_000
const HEADERS_TIMEOUT_MS = 10_000
/** Longer than the idle time of the usual load balancers (60 s), so that it is never we who close under a request. */
const KEEP_ALIVE_MS = 65_000

/** The HTTP side: routing, CORS, headers and limits that hold for every route. Upgrades are wired by the web socket side. */
export function createHttp(o: HttpOptions): Server {
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      const call = callOf(request, o.trustProxy)
      const headers = [
        ...SECURITY_HEADERS,
        'x-request-id',
        call.requestId,
        ...corsHeaders(o.origins, request),
      ]
      const exchange = { request, response, call, path: pathOf(request), headers }
      if (o.log.isLevelEnabled('debug')) logWhenDone(o.log, exchange)
      if (o.onAnswered) tellWhenDone(o.onAnswered, exchange)
      answer(o, exchange).catch((error: unknown) => {
        const { path } = exchange
        o.log.error({ requestId: call.requestId, err: error, path }, 'A request failed')
        if (response.headersSent) {
          response.destroy()
          return
        }
        setHeaders(response, headers)
        sendError(response, 500, 'INTERNAL', 'Unexpected error.', { requestId: call.requestId })
      })
    },
  )
  return server
}

function tellWhenDone(
  tell: NonNullable<HttpOptions['onAnswered']>,
  { request, response, path }: Exchange,
): void {
  const startedAt = performance.now()
  const { method } = request
  response.once('close', () => tell(path, method, response.statusCode, performance.now() - startedAt))
}

function logWhenDone(log: Logger, { request, response, call, path }: Exchange): void {
  const startedAt = performance.now()
  response.once('close', () => {
    const ms = Math.round(performance.now() - startedAt)
    const { method } = request
    log.debug({ requestId: call.requestId, method, path, status: response.statusCode, ms }, 'Request')
  })
}

async function answer(o: HttpOptions, exchange: Exchange): Promise<void> {
  const { request, response, path, headers } = exchange
  const route = o.route(path)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  // A page whose name was rebound to us may read the answer without CORS: nothing is run for it (T15).
  const isRefused = method === 'POST' && !originAllowed(o.origins, request)
  const isTaken = !isRefused && route?.methods.some((m) => m === method) === true
  if (route?.putsHeaders !== true || !isTaken) setHeaders(response, headers)
  if (method === 'OPTIONS') response.writeHead(204, preflightHeaders(o.origins, request)).end()
  else if (isRefused) {
    const message = 'Pages of this origin may not call the API: name it in ALLOWED_ORIGINS.'
    sendError(response, 403, 'FORBIDDEN', message)
  } else if (!route) sendError(response, 404, 'BAD_USER_INPUT', 'There is nothing here.')
  else if (!isTaken) {
    response.setHeader('allow', route.methods.join(', '))
    sendError(response, 405, 'BAD_USER_INPUT', `Use ${route.methods.join(' or ')}.`)
  } else await route.handle(exchange)
}

/** The path without its query; nothing of ours stands in a query, and a token that was put there must not reach a log. */
function pathOf(request: IncomingMessage): string {
  const { url = '/' } = request
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

/** Sets headers that stand in a list, names and values in turn. */
export function setHeaders(response: ServerResponse, headers: readonly string[]): void {
  for (let i = 0; i < headers.length; i += 2) response.setHeader(headers[i] ?? '', headers[i + 1] ?? '')
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
  })
  response.end(bytes)
}

/** An error in the form of GraphQL, which is the form of all our errors. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  extensions: Readonly<Record<string, string>> = {},
): void {
  sendJson(response, status, { errors: [{ message, extensions: { code, ...extensions } }] })
}
