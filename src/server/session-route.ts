import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { cleanText, passwordSchema } from '../../schema/text-input.ts'
import type { InvalidCredentials, TooManyAttempts } from '../identity/failures.ts'
import type { Identity, IssuedSession } from '../identity/identity.ts'
import type { Device } from '../identity/sessions.ts'
import { MAX_ANONYMOUS_BYTES, parseJsonBody, readBody, refuseContentType } from './body.ts'
import { sendError, sendJson, type Exchange, type Route } from './http.ts'
import { ownOrigin, type OriginPolicy } from './origin.ts'

export interface SessionRouteOptions {
  readonly identity: Pick<Identity, 'login' | 'refresh' | 'endOf'>
  readonly origins: OriginPolicy
  /** How long a device may open its copy without having reached the server (K2). */
  readonly copyLeaseSeconds: number
}

export const SESSION_PATH = /^\/session(?:\/(refresh|end))?$/

const COOKIE = 'dolores_session'
const MAX_AGE_SECONDS = 30 * 86_400
const loginSchema = z.object({ login: cleanText(256), password: passwordSchema })

/**
 * Sessions of browsers: the refresh token is in a cookie that no script can read, and that goes to this path alone (T110).
 * POST /session with `{ login, password }` signs in, POST /session/refresh gives a new access token, POST /session/end signs
 * out. The first two answer `{ accessToken, expiresAt, staffId, sessionId, copyLeaseSeconds }`. Pages of other origins cannot
 * ask: the cookie is SameSite=Strict, and only JSON is taken.
 */
export function sessionRoute(o: SessionRouteOptions): Route {
  return {
    methods: ['POST'],
    async handle(exchange) {
      const { request, response, call, path } = exchange
      const refused = refuseContentType(request.headers['content-type'])
      if (refused) return sendError(response, refused.status, 'BAD_USER_INPUT', refused.message)
      const body = await readBody(request, MAX_ANONYMOUS_BYTES)
      if (body.kind === 'aborted') return
      if (body.kind === 'refused') {
        response.setHeader('connection', 'close')
        return sendError(response, body.status, 'BAD_USER_INPUT', body.message)
      }
      const device: Device = { address: call.address, userAgent: call.userAgent }
      const [, step = 'login'] = SESSION_PATH.exec(path) ?? []
      if (step === 'refresh') return await refresh(o, exchange, device)
      if (step === 'end') return await end(o, exchange)
      return await login(o, exchange, body.bytes, device)
    },
  }
}

async function login(
  o: SessionRouteOptions,
  exchange: Exchange,
  bytes: Buffer,
  device: Device,
): Promise<void> {
  const parsed = parseJsonBody(bytes.toString('utf8'))
  const input = parsed.kind === 'json' ? loginSchema.safeParse(parsed.value) : null
  if (!input?.success)
    return sendError(exchange.response, 400, 'BAD_USER_INPUT', 'Send `{ "login": …, "password": … }`.')
  const { login, password } = input.data
  answer(o, exchange, await o.identity.login(login, password, device))
}

async function refresh(o: SessionRouteOptions, exchange: Exchange, device: Device): Promise<void> {
  const token = cookieOf(exchange.request)
  if (token === null) return sendNoSession(exchange.response)
  answer(o, exchange, await o.identity.refresh(token, device))
}

async function end(o: SessionRouteOptions, { request, response }: Exchange): Promise<void> {
  const token = cookieOf(request)
  if (token !== null) await o.identity.endOf(token)
  setCookie(o, request, response, '')
  sendJson(response, 200, {})
}

function answer(
  o: SessionRouteOptions,
  { request, response }: Exchange,
  outcome: IssuedSession | InvalidCredentials | TooManyAttempts,
): void {
  if (!(outcome instanceof Error)) {
    setCookie(o, request, response, outcome.refreshToken)
    const { accessToken, expiresAt, staffId, sessionId } = outcome
    return sendJson(response, 200, {
      accessToken,
      expiresAt,
      staffId,
      sessionId,
      copyLeaseSeconds: o.copyLeaseSeconds,
    })
  }
  if ('retryAfterSeconds' in outcome) {
    response.setHeader('retry-after', outcome.retryAfterSeconds)
    return sendError(response, 429, outcome.code, outcome.message)
  }
  setCookie(o, request, response, '')
  sendError(response, 401, outcome.code, outcome.message)
}

function sendNoSession(response: ServerResponse): void {
  sendError(response, 401, 'UNAUTHENTICATED', 'Nobody is signed in here: sign in first.')
}

/** Empty: it is taken away. Secure wherever the page came by https. */
function setCookie(
  o: SessionRouteOptions,
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
): void {
  const isSecure = ownOrigin(o.origins, request)?.startsWith('https:') === true
  const age = token === '' ? 0 : MAX_AGE_SECONDS
  const parts = [`${COOKIE}=${token}`, 'Path=/session', 'HttpOnly', 'SameSite=Strict', `Max-Age=${age}`]
  response.setHeader('set-cookie', [...parts, ...(isSecure ? ['Secure'] : [])].join('; '))
}

/** Only what a refresh token can consist of. */
function cookieOf({ headers }: IncomingMessage): string | null {
  const [, token = null] = /(?:^|;\s*)dolores_session=([\w-]{1,200})(?:;|$)/.exec(headers.cookie ?? '') ?? []
  return token
}
