import type { IncomingMessage } from 'node:http'

/** Bodies end at 1 MB, JSON at 64 levels: nothing a client of ours sends comes near (T9, T10). */
export const MAX_BODY_BYTES = 1_000_000
/** Of whoever is not known: enough to sign in. */
export const MAX_ANONYMOUS_BYTES = 64_000
export const MAX_JSON_DEPTH = 64

export type BodyResult =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'refused'; readonly status: 413 | 415; readonly message: string }
  | { readonly kind: 'aborted' }

/** Reads a body and stops at the limit, whatever Content-Length says or does not say. Compressed bodies are refused. */
export function readBody(request: IncomingMessage, limit = MAX_BODY_BYTES): BodyResult | Promise<BodyResult> {
  if (request.destroyed) return { kind: 'aborted' }
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    return { kind: 'refused', status: 415, message: 'Send the body without Content-Encoding.' }
  }
  const tooLarge: BodyResult = {
    kind: 'refused',
    status: 413,
    message: `The body is larger than ${limit} bytes.`,
  }
  if (Number(request.headers['content-length'] ?? 0) > limit) return tooLarge
  // Whatever came in one packet with its headers is there by now, and need not be waited for.
  if (request.complete) {
    const bytes: Buffer = request.read() ?? Buffer.alloc(0)
    return bytes.length > limit ? tooLarge : { kind: 'body', bytes }
  }
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else {
        request.pause()
        resolve(tooLarge)
      }
    })
    request.on('end', () => resolve({ kind: 'body', bytes: joined(chunks) }))
    // A request that breaks off ends with an error as long as somebody listens for it.
    request.on('error', () => resolve({ kind: 'aborted' }))
  })
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [first, second] = chunks
  return first && !second ? first : Buffer.concat(chunks)
}

export type JsonResult =
  | { readonly kind: 'json'; readonly value: object }
  | { readonly kind: 'bad'; readonly message: string }

/** Parses a GraphQL request: an object, or a list of them (a batch). The depth is counted before anything recurses over it. */
export function parseJsonBody(text: string): JsonResult {
  if (jsonDepth(text, MAX_JSON_DEPTH) > MAX_JSON_DEPTH) {
    return { kind: 'bad', message: `The JSON is nested deeper than ${MAX_JSON_DEPTH} levels.` }
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'bad', message: 'The body is not valid JSON.' }
  }
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    return { kind: 'bad', message: 'The body must be a JSON object with a `query`.' }
  }
  return { kind: 'json', value }
}

/** How deep brackets nest outside of strings; counting ends as soon as `enough` is exceeded. Linear, without recursion. */
export function jsonDepth(text: string, enough: number): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length && deepest <= enough; i++) {
    const c = text.charCodeAt(i)
    if (inString) {
      if (c === 0x5c) i++
      else if (c === 0x22) inString = false
    } else if (c === 0x22) inString = true
    else if (c === 0x7b || c === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (c === 0x7d || c === 0x5d) depth--
  }
  return deepest
}

/** Types that a page of any origin may send without asking first (CORS "simple" requests), and no type at all. */
const SIMPLE_TYPES = new Set(['', 'text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded'])

/** Why a POST of this Content-Type is not taken, or null when it is: only JSON makes a browser ask first (T15). */
export function refuseContentType(
  contentType: string | undefined,
): { status: 403 | 415; message: string } | null {
  if (contentType === 'application/json') return null
  const media = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (media === 'application/json') return null
  return {
    status: SIMPLE_TYPES.has(media) ? 403 : 415,
    message: 'Send GraphQL as a POST with Content-Type: application/json.',
  }
}
