import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Authority } from '../access/authority.ts'
import { AppError } from '../errors.ts'
import type { State } from '../model/state.ts'
import type { Uploads } from '../transfer/uploads.ts'
import type { Callers } from './callers.ts'
import { sendError, sendJson, type Exchange, type Route } from './http.ts'
import { queryOf, sendNothing, sendUnauthenticated } from './send-picture.ts'

export interface UploadOptions {
  readonly callers: Callers
  readonly uploads: Uploads
  readonly state: () => State
}

export const UPLOAD_PATH = /^\/uploads(?:\/([0-9a-f-]{36}))?$/

/**
 * Files for imports, by whoever may edit people or departments. POST /uploads takes one and answers `{ id, size }`; POST
 * /uploads/<id>?offset=<size> goes on with one that broke off, and GET /uploads/<id> tells how far it came. Nothing is read
 * from strangers (T44); what comes is written as fast as the database takes it, and not beyond the limit.
 */
export function uploadRoute(o: UploadOptions): Route {
  return {
    methods: ['GET', 'POST'],
    async handle(exchange) {
      const { request, response, path } = exchange
      const authentication = await o.callers.of(request)
      if (authentication.kind !== 'viewer') {
        response.setHeader('connection', 'close')
        return sendUnauthenticated(response, authentication)
      }
      const { staffId } = authentication.viewer
      const authority = new Authority(o.state(), staffId)
      if (!authority.has('staff.write') && !authority.has('department.write')) {
        response.setHeader('connection', 'close')
        return sendError(response, 403, 'FORBIDDEN', 'Your administration does not cover imports.')
      }
      const [, named = null] = UPLOAD_PATH.exec(path) ?? []
      if (request.method === 'POST') return await take(o.uploads, exchange, staffId, named)
      const size = named === null ? null : await o.uploads.size(named, staffId)
      return size === null ? sendNothing(response) : sendJson(response, 200, { id: named, size })
    },
  }
}

async function take(
  uploads: Uploads,
  { request, response }: Exchange,
  staffId: string,
  named: string | null,
): Promise<void> {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    response.setHeader('connection', 'close')
    return sendError(response, 415, 'BAD_USER_INPUT', 'Send the file without Content-Encoding.')
  }
  const offset = named === null ? '0' : (queryOf(request).get('offset') ?? '')
  if (!/^\d{1,15}$/.test(offset))
    return sendError(response, 400, 'BAD_USER_INPUT', 'Say with ?offset= where it goes on.')
  const id = named ?? randomUUID()
  try {
    if (named === null) await uploads.create(id, staffId)
    const appended = await uploads.append(id, staffId, Number(offset), request)
    switch (appended.kind) {
      case 'appended':
        return sendJson(response, named === null ? 201 : 200, { id, size: appended.size })
      case 'missing':
        response.setHeader('connection', 'close')
        return sendNothing(response)
      case 'elsewhere':
        response.setHeader('connection', 'close')
        return sendError(response, 409, 'CONFLICT', `It goes on at ${appended.size}.`, { id })
      case 'tooLarge':
        response.setHeader('connection', 'close')
        await uploads.delete(id, staffId)
        return sendError(response, 413, 'BAD_USER_INPUT', `The file is larger than ${appended.limit} bytes.`)
    }
  } catch (error) {
    if (hasBroken(request)) return
    if (!(error instanceof AppError)) throw error
    response.setHeader('connection', 'close')
    sendError(response, error.code === 'RATE_LIMITED' ? 429 : 503, error.code, error.message)
  }
}

/** The client is gone. */
function hasBroken(request: IncomingMessage): boolean {
  return request.errored !== null || request.aborted
}
