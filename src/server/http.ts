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
}

export interface Route {
  readonly methods: readonly ('GET' | 'POST')[]
  handle(exchange: Exchange): Promise<void> | void
}

export interface HttpOptions {
  /** Finds the route of a path; null: there is none. */
  readonly route: (path: string) => Route | null
  readonly origins: OriginPolicy
  readonly trustProxy: number
  readonly log: Logger
}

/** On every answer; routes that serve pages or pictures set their own policy over it. */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const

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
      const path = pathOf(request)
      answer(o, { request, response, call, path }).catch((error: unknown) => {
        o.log.error({ requestId: call.requestId, err: error, path }, 'A request failed')
        if (response.headersSent) response.destroy()
        else sendError(response, 500, 'INTERNAL', 'Unexpected error.', { requestId: call.requestId })
      })
    },
  )
  return server
}

async function answer(o: HttpOptions, exchange: Exchange): Promise<void> {
  const { request, response, call, path } = exchange
  const startedAt = performance.now()
  response.once('close', () => {
    const ms = Math.round(performance.now() - startedAt)
    const { method } = request
    o.log.debug({ requestId: call.requestId, method, path, status: response.statusCode, ms }, 'Request')
  })
  setHeaders(response, { ...SECURITY_HEADERS, 'x-request-id': call.requestId })
  if (request.method === 'OPTIONS') {
    response.writeHead(204, preflightHeaders(o.origins, request)).end()
    return
  }
  setHeaders(response, corsHeaders(o.origins, request))
  // A page whose name was rebound to us may read the answer without CORS: nothing is run for it (T15).
  if (request.method === 'POST' && !originAllowed(o.origins, request)) {
    sendError(
      response,
      403,
      'FORBIDDEN',
      'Pages of this origin may not call the API: name it in ALLOWED_ORIGINS.',
    )
    return
  }
  const route = o.route(path)
  if (!route) {
    sendError(response, 404, 'BAD_USER_INPUT', 'There is nothing here.')
    return
  }
  const method = request.method === 'HEAD' ? 'GET' : request.method
  if (!route.methods.some((m) => m === method)) {
    response.setHeader('allow', route.methods.join(', '))
    sendError(response, 405, 'BAD_USER_INPUT', `Use ${route.methods.join(' or ')}.`)
    return
  }
  await route.handle(exchange)
}

/** The path without its query; nothing of ours stands in a query, and a token that was put there must not reach a log. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?')[0] ?? '/'
}

export function setHeaders(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
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
