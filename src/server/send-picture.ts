import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authentication } from '../identity/viewer.ts'
import type { Picture } from '../picture/pictures.ts'
import { READING_ONLY } from './callers.ts'
import { sendError, type Exchange } from './http.ts'
import { LOOKING } from './view-as.ts'

/** Opened as a page, an SVG runs nothing, loads nothing and has no origin (T73, T110). */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

/** For one person: to be kept, and asked about each time, so that what was revoked is not shown from a cache (T40). */
export function sendPicture(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  { type, bytes }: Picture,
): void {
  const etag = `"${hash('sha256', bytes, 'base64url').slice(0, 22)}"`
  response.setHeader('etag', etag)
  response.setHeader('cache-control', 'private, no-cache')
  response.setHeader('vary', 'Origin, Authorization')
  response.setHeader('content-security-policy', POLICY)
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end()
    return
  }
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length })
  response.end(bytes)
}

/** One answer to hidden, missing and malformed ids (T40). */
export function sendNothing(response: ServerResponse): void {
  sendError(response, 404, 'BAD_USER_INPUT', 'There is nothing here.')
}

export function sendUnauthenticated(response: ServerResponse, authentication: Authentication): void {
  if (authentication.kind === 'refused' && authentication.reason === 'looking')
    return sendError(response, 403, 'FORBIDDEN', LOOKING)
  if (authentication.kind === 'refused' && authentication.reason === 'scope')
    return sendError(response, 403, 'FORBIDDEN', READING_ONLY)
  if (authentication.kind === 'refused' && authentication.reason === 'away')
    return sendError(response, 503, 'UNAVAILABLE', 'The access token cannot be checked now: try again.')
  response.setHeader('www-authenticate', 'Bearer')
  sendError(response, 401, 'UNAUTHENTICATED', 'Send `Authorization: Bearer <accessToken>`.')
}

/** Too much is being drawn: the same will be answered in a moment. */
export function sendBusy(response: ServerResponse, message: string): void {
  response.setHeader('retry-after', '1')
  sendError(response, 503, 'UNAVAILABLE', message)
}

/** What stands after the question mark. For pictures only: no token may stand there, and it is never logged. */
export function queryOf({ url = '/' }: IncomingMessage): URLSearchParams {
  const start = url.indexOf('?')
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1))
}
