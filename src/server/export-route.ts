import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Administration } from '../access/administration.ts'
import { Authority } from '../access/authority.ts'
import type { Layout } from '../directory/names.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { State } from '../model/state.ts'
import { exported, type ExportRequest } from '../transfer/export.ts'
import type { Format } from '../transfer/options.ts'
import type { Callers } from './callers.ts'
import { sendError, type Route } from './http.ts'
import { queryOf, sendBusy, sendNothing, sendUnauthenticated } from './send-picture.ts'

export interface ExportOptions {
  readonly callers: Callers
  readonly state: () => State
  readonly layout: Layout
  readonly audit: Pick<AuditLog, 'write'>
}

export const EXPORT_PATH = /^\/export\.(csv|json|ldif)$/

const TYPES: Record<Format, string> = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
  ldif: 'application/ldif; charset=utf-8',
}
const USAGE =
  'Ask with ?kind= staff or department, ?departmentId= the id of one of them, and for LDIF ?ids= none to leave ids out.'
/** Exports that an instance writes at a time. */
const MAX_RUNNING = 8
/** A reader who takes nothing for so long is left, in milliseconds. */
const STALLED_MS = 60_000

/**
 * What the caller administers, as a file (T35): written page by page as fast as it is read, and each page as it may be seen when
 * it is written: with the session or the last ability it ends, cut off in the middle (T40).
 */
export function exportRoute(o: ExportOptions): Route {
  let running = 0
  return {
    methods: ['GET'],
    async handle({ request, response, path }) {
      const authentication = await o.callers.of(request)
      if (authentication.kind !== 'viewer') return sendUnauthenticated(response)
      const { staffId } = authentication.viewer
      const asked = askedIn(path, queryOf(request))
      if (!asked) return sendError(response, 400, 'BAD_USER_INPUT', USAGE)
      const now = new Administration(new Authority(o.state(), staffId))
      const { departmentId } = asked
      const isShown = departmentId === null || now.department(departmentId) !== null
      if (!now.authority.hasAny || !isShown) return sendNothing(response)
      if (running >= MAX_RUNNING)
        return sendBusy(response, 'Too many exports at a time: try again in a moment.')
      running++
      try {
        await send(o, asked, staffId, { request, response })
      } finally {
        running--
      }
    },
  }
}

async function send(
  o: ExportOptions,
  asked: ExportRequest,
  staffId: string,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const { format, kind } = asked
  await o.audit.write({
    actorId: staffId,
    action: 'export',
    subject: null,
    detail: { format, kind: kind ?? 'all', departmentId: asked.departmentId ?? '' },
  })
  response.writeHead(200, {
    'content-type': TYPES[format],
    'content-disposition': `attachment; filename="${kind ?? 'directory'}.${format}"`,
  })
  if (request.method === 'HEAD') return void response.end()
  const administration = async () => {
    const still = await o.callers.of(request)
    const now = new Administration(new Authority(o.state(), staffId))
    if (still.kind !== 'viewer' || !now.authority.hasAny) throw new Over()
    return now
  }
  try {
    for await (const { text } of exported(asked, { layout: o.layout, administration })) {
      if (!response.write(text)) await drained(response)
      // Where the system takes all at once, a drain comes in the same turn: others have theirs between two pages.
      await new Promise(setImmediate)
      if (response.destroyed) throw new Over()
    }
    response.end()
  } catch (error) {
    // Whoever reads sees that it is not whole.
    response.destroy()
    if (!(error instanceof Over)) throw error
  }
}

/** The export ends before its end. */
class Over extends Error {}

async function drained(response: ServerResponse): Promise<void> {
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(STALLED_MS)])
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })])
  } catch {
    throw new Over()
  } finally {
    over.abort()
  }
}

function askedIn(path: string, query: URLSearchParams): ExportRequest | null {
  const named = EXPORT_PATH.exec(path)?.[1]
  const format = (['csv', 'json', 'ldif'] as const).find((one) => one === named)
  const kind = query.get('kind') ?? (format === 'csv' ? 'staff' : null)
  const ids = query.get('ids') ?? 'all'
  if (!format || (kind !== null && kind !== 'staff' && kind !== 'department')) return null
  if (ids !== 'all' && ids !== 'none') return null
  return { format, kind, departmentId: query.get('departmentId'), withIds: ids === 'all' }
}
