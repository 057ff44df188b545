import { z } from 'zod'
import { Administration } from '../access/administration.ts'
import { Authority } from '../access/authority.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Audits } from '../audit/audits.ts'
import { FORMATS, type Format } from '../audit/export.ts'
import type { AuditFilter } from '../audit/reader.ts'
import { OUTCOMES } from '../audit/record.ts'
import { AppError, messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { SignedIn } from '../model/signed-in.ts'
import type { State } from '../model/state.ts'
import { fromOf } from './call.ts'
import type { Callers } from './callers.ts'
import { sendError, type Exchange, type Route } from './http.ts'
import { queryOf, sendBusy, sendUnauthenticated } from './send-picture.ts'
import { sendText } from './send-text.ts'

export interface AuditRouteOptions {
  readonly callers: Callers
  readonly state: () => State
  readonly audits: Pick<Audits, 'page'>
  readonly audit: Pick<AuditLog, 'write'>
  readonly log: Logger
}

const PAGE_ROWS = 500
/** Exports at once on this instance. */
const MOST = 3

const uuid = z.guid().nullish().default(null)
const moment = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .nullish()
  .default(null)
const text = z.string().min(1).max(100).nullish().default(null)
const querySchema = z.strictObject({
  subjectId: uuid,
  actorId: uuid,
  batchId: uuid,
  action: text,
  outcome: z.enum(OUTCOMES).nullish().default(null),
  from: moment,
  to: moment,
  text,
})

const USAGE =
  'Ask with ?subjectId=, actorId=, batchId=, action=, outcome=, text=, and from= and to= as RFC 3339 in UTC, or without any.'

/**
 * The audit log as a file, newest first, as far as whoever asks may read it: looked at anew with every page, and that it was
 * taken is in the log itself. It is made as fast as it is read, and ends without its end when the right to it does.
 */
export function auditRoutes(o: AuditRouteOptions): (format: Format) => Route {
  let running = 0
  return (format) => ({
    methods: ['GET'],
    async handle(exchange) {
      const { request, response } = exchange
      const authentication = await o.callers.of(request)
      if (authentication.kind !== 'viewer') return sendUnauthenticated(response, authentication)
      const { staffId } = authentication.viewer
      const { data: filter } = querySchema.safeParse(Object.fromEntries(queryOf(request)))
      if (!filter) return sendError(response, 400, 'BAD_USER_INPUT', USAGE)
      if (!authorityOf(o, staffId).has('audit.read'))
        return sendError(response, 403, 'FORBIDDEN', 'You have no ability to read the audit log.')
      if (running >= MOST) return sendBusy(response, 'Others are taking the audit log just now.')
      running++
      try {
        await send(o, exchange, { by: authentication.viewer, format, filter })
      } finally {
        running--
      }
    },
  })
}

interface Asked {
  readonly by: SignedIn
  readonly format: Format
  readonly filter: AuditFilter
}

async function send(
  o: AuditRouteOptions,
  { request, response, call }: Exchange,
  asked: Asked,
): Promise<void> {
  const { by, format } = asked
  response.setHeader('content-type', FORMATS[format].type)
  response.setHeader('content-disposition', `attachment; filename="audit.${format}"`)
  response.setHeader('vary', 'Origin, Authorization')
  if (request.method === 'HEAD') return void response.end()
  try {
    await o.audit.write({
      actorId: by.staffId,
      action: 'audit.export',
      subject: { kind: 'audit', id: null, label: null },
      from: fromOf(call, by),
      detail: { format, ...wordsOf(asked.filter) },
    })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return sendError(response, 503, error.code, error.message)
  }
  const ended = async () => {
    const again = await o.callers.of(request)
    return again.kind === 'refused' && again.reason !== 'expired'
  }
  try {
    await sendText(response, lines(o, asked, ended))
  } catch (error) {
    // The client sees that the answer was cut off.
    o.log.info(
      { requestId: call.requestId, problem: messageOf(error) },
      'An export of the audit log was not finished',
    )
  }
}

async function* lines(
  o: AuditRouteOptions,
  { by, format, filter }: Asked,
  ended: () => Promise<boolean>,
): AsyncGenerator<string> {
  const { head, line } = FORMATS[format]
  if (head !== '') yield head
  let before: string | null = null
  for (;;) {
    if (await ended()) throw new Error('The session has ended')
    const authority = authorityOf(o, by.staffId)
    if (!authority.has('audit.read')) throw new Error('The ability to read the audit log was taken away')
    const page = await o.audits.page(new Administration(authority), filter, PAGE_ROWS, before)
    // One piece: the records of a page came together, and are let go of together.
    if (page.records.length > 0) yield page.records.map(line).join('')
    before = page.last
    if (!page.hasNext || before === null) return
  }
}

function authorityOf({ state }: AuditRouteOptions, staffId: string): Authority {
  return new Authority(state(), staffId)
}

function wordsOf(filter: AuditFilter): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filter).flatMap(([key, value]) => {
      if (value === null) return []
      return [[key, value instanceof Date ? value.toISOString() : String(value)]]
    }),
  )
}
