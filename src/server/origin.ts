import type { IncomingHttpHeaders } from 'node:http'

/** Which web pages may call the API (T15, T16, T42). Origins are compared exactly; no wildcard, suffix or `null`. */
export interface OriginPolicy {
  readonly allowed: ReadonlySet<string>
  /** The address that the server listens on: on loopback only loopback names are its own (DNS rebinding). */
  readonly host: string
  /** Whether a reverse proxy in front is believed (TRUST_PROXY > 0). */
  readonly proxied: boolean
}

/** The part of a request that decides. */
export interface OriginRequest {
  readonly headers: IncomingHttpHeaders
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/
const HOST_HEADER = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i

export function originPolicy(allowed: readonly string[], host: string, trustProxy: number): OriginPolicy {
  return { allowed: new Set(allowed.map((o) => o.toLowerCase())), host, proxied: trustProxy > 0 }
}

/** Whether a page of this origin may call; a request without Origin does not come from another page and may. */
export function originAllowed(policy: OriginPolicy, request: OriginRequest): boolean {
  const origin = request.headers.origin
  return origin === undefined || policy.allowed.has(origin) || origin === ownOrigin(policy, request)
}

/** The origin under which the caller reached this server, or null when that cannot be told or must not be believed. */
export function ownOrigin(policy: OriginPolicy, request: OriginRequest): string | null {
  const host = hostOf(request)
  if (host === null) return null
  if (!policy.proxied && LOOPBACK.test(policy.host) && !LOOPBACK.test(host.name)) return null
  const forwarded = request.headers['x-forwarded-proto']
  const secure = policy.proxied && typeof forwarded === 'string' && lastOf(forwarded) === 'https'
  return `${secure ? 'https' : 'http'}://${host.name}${host.port}`
}

function hostOf(request: OriginRequest): { name: string; port: string } | null {
  const match = HOST_HEADER.exec(request.headers.host ?? '')
  return match ? { name: (match[1] ?? '').toLowerCase(), port: match[2] ?? '' } : null
}

/** Headers that let an allowed page of another origin read the answer, names and values in turn; for others there are none. */
export function corsHeaders(policy: OriginPolicy, request: OriginRequest): readonly string[] {
  const { origin } = request.headers
  if (origin === undefined || !originAllowed(policy, request)) return NO_CORS
  return [
    ...NO_CORS,
    'access-control-allow-origin',
    origin,
    'access-control-expose-headers',
    'x-request-id, retry-after',
  ]
}

const NO_CORS = ['vary', 'Origin']

/** The answer to a preflight, beside those; browsers may keep it for ten minutes. */
export function preflightHeaders(policy: OriginPolicy, request: OriginRequest): Record<string, string> {
  if (request.headers.origin === undefined || !originAllowed(policy, request)) return {}
  return {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization, content-type, dolores-protocol',
    'access-control-max-age': '600',
  }
}

/**
 * The address of the client, for back-off and sessions: behind n trusted proxies the n-th entry of X-Forwarded-For from the
 * right, which the outermost of them wrote; whatever stands further left the client may have made up.
 */
export function clientAddress(
  remote: string | undefined,
  forwardedFor: string | undefined,
  trustProxy: number,
): string {
  const claimed = trustProxy > 0 ? (forwardedFor ?? '').split(',').at(-trustProxy)?.trim() : undefined
  const address = claimed !== undefined && claimed !== '' ? claimed : (remote ?? '')
  return (address.startsWith('::ffff:') ? address.slice(7) : address).slice(0, 64)
}

function lastOf(list: string): string {
  return (list.split(',').at(-1) ?? '').trim().toLowerCase()
}
