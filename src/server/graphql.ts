import { randomUUID } from 'node:crypto'
import {
  GraphQLError,
  getOperationAST,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import type { RefusalReason } from '../identity/viewer.ts'
import type { Logger } from '../log.ts'
import type { AuthenticatedCall } from './call.ts'
import { presentError } from './present-error.ts'
import { READING_ONLY } from './callers.ts'
import { LOOKING } from './view-as.ts'

/** Operations of one HTTP request at most (T6). */
export const MAX_BATCH = 5

export interface GraphqlOptions {
  readonly schema: GraphQLSchema
  /** What protects the schema: limits on depth, tokens, aliases, introspection. */
  readonly plugins: readonly Plugin<{ call: AuthenticatedCall }>[]
  /** What resolvers are given. */
  readonly context: (call: AuthenticatedCall) => object
  /** Parsed documents by their text, bounded: see `cacheByText`. */
  readonly parsed?: LRUCache<string, DocumentNode>
  readonly log: Logger
}

/** What the transport gives along with a request. */
export interface ServerContext {
  readonly call: AuthenticatedCall
  /** What the operation has come to already: it is checked and presented like any result, and not executed again. */
  readonly settled?: ExecutionResult
}

export type Graphql = ReturnType<typeof createGraphql>

/** The GraphQL engine behind both transports. Bodies are limited and parsed before they come here. */
export function createGraphql(o: GraphqlOptions) {
  return createYoga<ServerContext, object>({
    schema: o.schema,
    context: ({ call }) => o.context(call),
    graphqlEndpoint: '/graphql',
    batching: { limit: MAX_BATCH },
    maxRequestBodySize: false,
    parserAndValidationCache: { documentCache: o.parsed ?? cacheByText(), errorCache: cacheByText() },
    maskedErrors: { maskError: (error) => presentError(error, randomUUID(), o.log) },
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    logging: false,
    plugins: [...o.plugins, refuseBadTokens(), presentErrors(o.log), takeSettled()],
  })
}

/** Parsed documents that are kept, and the characters of their texts. */
const MAX_DOCUMENTS = 200
const MAX_CACHED_CHARACTERS = 2_000_000

/** Bounded by size: Yoga's own caches keep 1024 texts of whatever length anybody sends, which no process outlives. */
export function cacheByText<V extends object>(): LRUCache<string, V> {
  return new LRUCache<string, V>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CACHED_CHARACTERS,
    sizeCalculation: (_, text) => text.length + 1,
  })
}

const REFUSALS: Record<RefusalReason, string> = {
  expired: 'The access token has expired: get a new one with `refreshSession`.',
  ended: 'The session has ended: sign in again.',
  invalid: 'The access token is not valid: sign in again.',
  looking: LOOKING,
  scope: READING_ONLY,
  away: 'The access token cannot be checked now: try again in a moment.',
}

export function unauthenticated(reason: RefusalReason): GraphQLError {
  if (reason === 'away')
    return new GraphQLError(REFUSALS.away, { extensions: { code: 'UNAVAILABLE', http: { status: 503 } } })
  const http = { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }
  return new GraphQLError(REFUSALS[reason], { extensions: { code: 'UNAUTHENTICATED', http } })
}

/** A token that is sent must be good; only signing in and refreshing work with a stale one in the header. */
function refuseBadTokens(): Plugin<{ call: AuthenticatedCall }> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const { authentication } = args.contextValue.call
      if (authentication.kind === 'refused' && !isSignIn(args.document, args.operationName)) {
        setResultAndStopExecution({ errors: [unauthenticated(authentication.reason)] })
      }
    },
  }
}

const SIGN_IN_FIELDS = new Set(['login', 'refreshSession', '__typename'])

/** Whether an operation does nothing but sign in or refresh. */
export function isSignIn(document: DocumentNode, operationName: string | null | undefined): boolean {
  const operation = getOperationAST(document, operationName)
  return (
    operation?.operation === 'mutation' &&
    operation.selectionSet.selections.every((s) => s.kind === 'Field' && SIGN_IN_FIELDS.has(s.name.value))
  )
}

function takeSettled(): Plugin<ServerContext> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const { settled } = args.contextValue
      if (settled) setResultAndStopExecution(settled)
    },
  }
}

function presentErrors(log: Logger): Plugin<{ call: AuthenticatedCall }> {
  return {
    onExecute({ args }) {
      const { requestId } = args.contextValue.call
      return {
        onExecuteDone({ result, setResult }) {
          if (!('errors' in result) || !result.errors) return
          setResult({ ...result, errors: result.errors.map((e) => presentError(e, requestId, log)) })
        },
      }
    },
    onSubscribe({ setResultAndStopExecution }) {
      const message =
        'Subscriptions go over the web socket on the same path, subprotocol graphql-transport-ws.'
      const extensions = { code: 'BAD_USER_INPUT', http: { status: 400 } }
      setResultAndStopExecution({ errors: [new GraphQLError(message, { extensions })] })
    },
  }
}
