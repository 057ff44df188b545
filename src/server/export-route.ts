import { Administration } from '../access/administration.ts'
import { Authority } from '../access/authority.ts'
import type { Layout } from '../directory/names.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { SignedIn } from '../model/signed-in.ts'
import type { State } from '../model/state.ts'
import { HEADER_LANGUAGES } from '../transfer/export-csv.ts'
import { isField } from '../transfer/headers.ts'
import { exported, type ExportRequest } from '../transfer/export.ts'
import type { Format } from '../transfer/options.ts'
import { fromOf } from './call.ts'
import type { Callers } from './callers.ts'
import { sendError, type Exchange, type Route } from './http.ts'
import { sendText } from './send-text.ts'
import { queryOf, sendBusy, sendNothing, sendUnauthenticated } from './send-picture.ts'

export interface ExportOptions {
  readonly callers: Callers
  readonly state: () => State
  readonly layout: Layout
  readonly audit: Pick<AuditLog, 'write'>
  readonly log: Logger
}

export const EXPORT_PATH = /^\/export\.(csv|json|ldif)$/

const TYPES: Record<Format, string> = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
  ldif: 'application/ldif; charset=utf-8',
}
const USAGE =
  'Ask with ?kind= staff or department, ?departmentId= the id of one of them, for CSV ?columns= fields separated by commas and ?headers= en or zh, and for LDIF ?ids= none to leave ids out.'
/** Exports that an instance writes at a time. */
const MAX_RUNNING = 8
const MAX_COLUMNS = 300
/** Of a field, in characters. */
const MAX_NAME = 100

/**
 * What the caller administers, as a file (T35): written page by page as fast as it is read, and each page as it may be seen when
 * it is written: with the session or the last ability it ends, cut off in the middle (T40).
 */
export function exportRoute(o: ExportOptions): Route {
  let running = 0
  return {
    methods: ['GET'],
    async handle(exchange) {
      const { request, response, path } = exchange
      const authentication = await o.callers.of(request)
      if (authentication.kind !== 'viewer') return sendUnauthenticated(response, authentication)
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
        await send(o, asked, authentication.viewer, exchange)
      } finally {
        running--
      }
    },
  }
}

async function send(
  o: ExportOptions,
  asked: ExportRequest,
  by: SignedIn,
  { request, response, call }: Exchange,
): Promise<void> {
  const { format, kind, columns } = asked
  const { staffId } = by
  const { requestId } = call
  await o.audit.write({
    actorId: staffId,
    action: 'directory.export',
    subject: null,
    from: fromOf(call, by),
    detail: {
      format,
      kind: kind ?? 'all',
      departmentId: asked.departmentId ?? '',
      ...(columns ? { columns: columns.join(',') } : {}),
    },
  })
  response.writeHead(200, {
    'content-type': TYPES[format],
    'content-disposition': `attachment; filename="${kind ?? 'directory'}.${format}"`,
  })
  if (request.method === 'HEAD') return void response.end()
  const administration = async () => {
    const still = await o.callers.of(request)
    const now = new Administration(new Authority(o.state(), staffId))
    if (still.kind !== 'viewer' || !now.authority.hasAny) throw new Error('It may not be read any more')
    return now
  }
  try {
    await sendText(response, exported(asked, { layout: o.layout, administration }))
  } catch (error) {
    o.log.info({ requestId, problem: messageOf(error) }, 'An export was not finished')
  }
}

function askedIn(path: string, query: URLSearchParams): ExportRequest | null {
  const named = EXPORT_PATH.exec(path)?.[1]
  const format = (['csv', 'json', 'ldif'] as const).find((one) => one === named)
  const kind = query.get('kind') ?? (format === 'csv' ? 'staff' : null)
  const ids = query.get('ids') ?? 'all'
  if (!format || (kind !== null && kind !== 'staff' && kind !== 'department')) return null
  if (ids !== 'all' && ids !== 'none') return null
  const columns = query.get('columns')?.split(',') ?? null
  const isTable = kind !== null && format === 'csv'
  const isColumn = (one: string) => one.length <= MAX_NAME && kind !== null && isField(kind, one)
  if (columns && !(isTable && columns.length <= MAX_COLUMNS && columns.every(isColumn))) return null
  const headers = HEADER_LANGUAGES.find((one) => one === (query.get('headers') ?? 'en'))
  if (!headers) return null
  return { format, kind, departmentId: query.get('departmentId'), columns, headers, withIds: ids === 'all' }
}
