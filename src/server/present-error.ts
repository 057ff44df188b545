import { GraphQLError } from 'graphql'
import { z } from 'zod'
import { AppError, ERROR_CODES, messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'

const httpSchema = z.object({
  status: z.int().optional(),
  headers: z.record(z.string(), z.string()).optional(),
})

/**
 * What a client may know of a failure (T13): of an AppError its code and message; of a mistake in the request what GraphQL
 * says; of everything else nothing but the id under which it stands in the log. Presenting twice changes nothing.
 */
export function presentError(error: unknown, requestId: string, log: Logger): GraphQLError {
  const cause = rootOf(error)
  const place = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {}
  if (cause instanceof AppError) {
    if (cause.code === 'UNAVAILABLE' || cause.code === 'INTERNAL') {
      log.warn({ requestId, err: causeOf(cause) }, cause.message)
    }
    return graphqlError(cause.message, place, { code: cause.code })
  }
  if (cause instanceof GraphQLError) return graphqlError(cause.message, place, publicExtensions(cause))
  log.error({ requestId, err: cause, path: place.path }, 'A resolver failed')
  return graphqlError('Unexpected error.', place, { code: 'INTERNAL', requestId })
}

/** The code that a client is told of a failure. */
export function codeOf(error: unknown): string {
  const cause = rootOf(error)
  if (cause instanceof AppError) return cause.code
  return cause instanceof GraphQLError ? String(publicExtensions(cause)['code']) : 'INTERNAL'
}

type Place = { nodes?: GraphQLError['nodes']; path?: GraphQLError['path'] }

function graphqlError(message: string, place: Place, extensions: Record<string, unknown>): GraphQLError {
  return new GraphQLError(message, { nodes: place.nodes ?? null, path: place.path ?? null, extensions })
}

/** What was thrown first, under the wrappers of GraphQL. */
function rootOf(error: unknown): unknown {
  let at = error
  while (at instanceof GraphQLError && at.originalError) at = at.originalError
  return at
}

/** The code of the contract, the id when it was masked before, and the status for the transport, whatever the client accepts. */
function publicExtensions({ extensions }: GraphQLError): Record<string, unknown> {
  const { requestId } = extensions
  const code = ERROR_CODES.find((c) => c === extensions['code']) ?? 'BAD_USER_INPUT'
  const http = httpSchema.safeParse(extensions['http'])
  return {
    code,
    ...(requestId === undefined ? {} : { requestId }),
    ...(http.success ? { http: http.data } : {}),
  }
}

function causeOf(error: AppError): string | undefined {
  return error.cause === undefined ? undefined : messageOf(error.cause)
}
