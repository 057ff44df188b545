import { AppError } from '../errors.ts'

/** Prisma: not reached, timed out, closed, no free connection in time, transaction not started or gone. */
const PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2037'])
/** Of @prisma/adapter-pg. */
const KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'])
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])
/** Connection exceptions, no resources (disk, connections), read-only, shutdowns and recovery (SQLSTATE). */
const SQLSTATE = /^(08\w{3}|53\w{3}|25006|57P0[1235])$/
/** What pg says without a code. */
const TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/

/**
 * Runs work on the database; that it is away becomes AppError UNAVAILABLE. Other failures are passed on as they are.
 * After UNAVAILABLE it is not known whether the work was committed.
 */
export async function reaching<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError || !isAway(error)) throw error
    throw new AppError('UNAVAILABLE', 'The database does not answer. Try again in a moment.', {
      cause: error,
    })
  }
}

/** Whether a failure means that the database cannot be used now, and not that the question was wrong. */
export function isAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if (error instanceof AppError) return error.code === 'UNAVAILABLE'
  const { code, kind, message, cause, meta } = fieldsOf(error)
  if (typeof code === 'string' && (PRISMA_CODES.has(code) || SOCKET_CODES.has(code) || SQLSTATE.test(code)))
    return true
  if (typeof kind === 'string' && KINDS.has(kind)) return true
  if (typeof message === 'string' && TEXT.test(message)) return true
  const { driverAdapterError } = fieldsOf(typeof meta === 'object' && meta !== null ? meta : {})
  return isAway(cause) || isAway(driverAdapterError) || isAnyAway(fieldsOf(error)['errors'])
}

/** Of an AggregateError, one for each address of a host. */
function isAnyAway(errors: unknown): boolean {
  return Array.isArray(errors) && errors.some(isAway)
}

function fieldsOf(
  error: object,
): Readonly<
  Record<'code' | 'kind' | 'message' | 'cause' | 'meta' | 'errors' | 'driverAdapterError', unknown>
> {
  const pick = (name: string): unknown => Reflect.get(error, name)
  return {
    code: pick('code'),
    kind: pick('kind'),
    message: pick('message'),
    cause: pick('cause'),
    meta: pick('meta'),
    errors: pick('errors'),
    driverAdapterError: pick('driverAdapterError'),
  }
}
