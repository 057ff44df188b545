import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Mode } from '../config.ts'
import { sendError, type Exchange, type Route } from './http.ts'

/** The app as it was built, by path: `/index.html`, `/assets/…`. */
export type Pages = ReadonlyMap<string, Page>

export interface Page {
  readonly type: string
  readonly bytes: Buffer
  /** By the name of the encoding; none where it would not be smaller. */
  readonly encoded: ReadonlyMap<string, Buffer>
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
  webmanifest: 'application/manifest+json',
}
const START = '/index.html'
/** Names in here change with what they hold. */
const HASHED = /^\/assets\//
/** Nothing inline, nothing from elsewhere, and no text becomes code (T110, T118). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types dolores',
].join('; ')

/** Reads what the build has left in a folder; null when there is nothing. In demo mode the first page says so to the app. */
export async function readPages(folder: string, mode: Mode): Promise<Pages | null> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const pages = new Map<string, Page>()
  for (const entry of names.filter((e) => e.isFile())) {
    const file = join(entry.parentPath, entry.name)
    const path = `/${relative(folder, file).split(sep).join('/')}`
    const type = TYPES[entry.name.slice(entry.name.lastIndexOf('.') + 1)]
    if (type === undefined) continue
    const bytes = await readFile(file)
    pages.set(path, await pageOf(type, path === START ? marked(bytes, mode) : bytes))
  }
  return pages.has(START) ? pages : null
}

/** The route of a path: a file of the app, or for whatever looks like a page of it the first page, which finds out by itself. */
export function pageRoutes(pages: Pages): (path: string) => Route | null {
  return (path) => {
    const page = pages.get(path)
    if (page) return { methods: ['GET'], handle: (exchange) => send(exchange, page, HASHED.test(path)) }
    const start = pages.get(START)
    if (!start || /\.\w+$/.test(path)) return null
    return {
      methods: ['GET'],
      handle: (exchange) => {
        // Programs that ask for what is not there are told so.
        if (exchange.request.headers.accept?.includes('text/html') === true || path === '/')
          return send(exchange, start, false)
        sendError(exchange.response, 404, 'BAD_USER_INPUT', 'There is nothing here.')
      },
    }
  }
}

function send({ request, response }: Exchange, page: Page, isForever: boolean): void {
  const accepted = (request.headers['accept-encoding'] ?? '').toString().split(',')
  const names = accepted.map((part) => part.split(';')[0]?.trim() ?? '')
  const encoding = ['br', 'gzip'].find((name) => names.includes(name) && page.encoded.has(name))
  const bytes = encoding === undefined ? page.bytes : (page.encoded.get(encoding) ?? page.bytes)
  response.setHeader('content-security-policy', POLICY)
  response.setHeader('cross-origin-opener-policy', 'same-origin')
  response.setHeader('permissions-policy', 'camera=(), geolocation=(), microphone=()')
  response.setHeader('cache-control', isForever ? 'public, max-age=31536000, immutable' : 'no-cache')
  response.setHeader('vary', 'Origin, Accept-Encoding')
  if (encoding !== undefined) response.setHeader('content-encoding', encoding)
  response.writeHead(200, { 'content-type': page.type, 'content-length': bytes.length })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

async function pageOf(type: string, bytes: Buffer): Promise<Page> {
  const packed = await Promise.all([
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
    promisify(gzip)(bytes, { level: 9 }),
  ])
  const encoded = new Map(['br', 'gzip'].map((name, i) => [name, packed[i] ?? bytes] as const))
  for (const [name, smaller] of encoded) if (smaller.length >= bytes.length) encoded.delete(name)
  return { type, bytes, encoded }
}

function marked(bytes: Buffer, mode: Mode): Buffer {
  return Buffer.from(bytes.toString().replace('<html ', `<html data-mode="${mode}" `))
}
