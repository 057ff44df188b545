import { GraphQLError, getOperationAST, Kind, type DocumentNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Authentication } from '../identity/viewer.ts'
import type { AuthenticatedCall } from './call.ts'

/**
 * What may be asked while looking at the directory as somebody else (T39): questions about rows of the view, all of them
 * together (`snapshot`), and who it is. Everything else is refused, also what later releases add: nothing is written,
 * administered, or followed, so that a copy of it goes stale with the token and is of no use on a device.
 */
export const READABLE_AS_OTHERS: ReadonlySet<string> = new Set([
  '__typename',
  'viewer',
  'node',
  'nodes',
  'department',
  'departments',
  'staff',
  'staffList',
  'search',
  'snapshot',
])

export function isLookingAs(authentication: Authentication): boolean {
  return authentication.kind === 'viewer' && authentication.viewer.actorId !== undefined
}

/** Refuses all operations but readable ones to whoever looks as somebody else. */
export function viewAsPlugin(): Plugin<{ call: AuthenticatedCall }> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      if (!isLookingAs(args.contextValue.call.authentication)) return
      if (!isReadable(args.document, args.operationName)) setResultAndStopExecution({ errors: [REFUSED()] })
    },
  }
}

function isReadable(document: DocumentNode, operationName: string | null | undefined): boolean {
  const operation = getOperationAST(document, operationName)
  return (
    operation?.operation === 'query' &&
    // Fragments could hide what stands in them: plain fields are enough for reading.
    operation.selectionSet.selections.every(
      (s) => s.kind === Kind.FIELD && READABLE_AS_OTHERS.has(s.name.value),
    )
  )
}

export const LOOKING = 'You are looking at the directory as somebody else: that is for reading only.'

const REFUSED = () =>
  new GraphQLError(LOOKING, {
    extensions: { code: 'FORBIDDEN', http: { status: 403 } },
  })
