import {
  GraphQLError,
  OperationTypeNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql'
import {
  makeServer,
  type Context,
  type OperationResult,
  type Server,
  type SubscribePayload,
} from 'graphql-ws'
import { isTooOld } from '../../schema/protocol.ts'
import { bearerToken, type Authentication, type RefusalReason, type Viewer } from '../identity/viewer.ts'
import type { Logger } from '../log.ts'
import type { AuthenticatedCall } from './call.ts'
import { isLookingAs } from './view-as.ts'
import { CLOSE, type Close } from './close-codes.ts'
import type { Graphql } from './graphql.ts'
import type { LiveSocket } from './live-socket.ts'
import { followed } from './followed.ts'
import { operationOf, rootField } from './operation.ts'
import { presentError } from './present-error.ts'
import { takeAsked, type Asker } from './put-aside.ts'
import { Silent } from './silent.ts'

/** What the transport gives along with a connection. */
export interface Connection extends Asker {
  readonly socket: LiveSocket
  /** The socket speaks for the viewer from now on; false when they have too many. */
  signIn(viewer: Viewer): boolean
}

export type Protocol = Server<Connection>
type Params = Record<string, unknown>

/** A valid subscription on its way to the hub. */
export interface Follow {
  readonly socket: LiveSocket
  readonly viewer: Viewer
  /** The client's id of the operation, unique on its socket. */
  readonly operationId: string
  readonly query: string
  readonly args: ExecutionArgs
}

export interface ProtocolOptions {
  readonly graphql: Graphql
  readonly authenticate: (token: string) => Promise<Authentication>
  /** Whether a session is known to have ended, as of now. */
  readonly hasEnded: (sessionId: string) => boolean
  /** Follows a subscription until the stream ends. Throws a GraphQLError when its arguments are wrong. */
  readonly follow: (follow: Follow) => Silent
  readonly log: Logger
}

/** Operations that may run on one socket at a time. */
const MAX_OPERATIONS = 100
/** Characters of an operation's id: it is kept, and written before every answer. */
const MAX_ID_LENGTH = 128

/** An operation that was prepared, on its way from one hook of the library to the next. */
class Run {
  readonly start: () => OperationResult

  constructor(start: () => OperationResult) {
    this.start = start
  }
}

/** graphql-transport-ws: graphql-ws keeps the protocol; who speaks, what is run and where live answers come from is ours. */
export function createProtocol(o: ProtocolOptions): Protocol {
  return makeServer<Params, Connection>({
    // The owner of the sockets watches over it, with one timer for all of them.
    connectionInitWaitTimeout: 0,
    onConnect: (ctx) => connect(o, ctx),
    onSubscribe: async ({ extra, subscriptions }, id) => {
      // The library knows one operation of each id; more of them may be on their way.
      const running = Math.max(Object.keys(subscriptions).length, extra.socket.running + 1)
      const prepared = await prepare(o, extra.socket, id, takeAsked(extra), running)
      return 'errors' in prepared ? prepared.errors : prepared.args
    },
    execute: ({ contextValue }) => {
      if (contextValue instanceof Run) return contextValue.start()
      throw new Error('An operation runs as it was prepared')
    },
    subscribe: ({ contextValue }) => {
      if (contextValue instanceof Silent) return contextValue
      if (contextValue instanceof Run) return contextValue.start()
      throw new Error('A subscription runs as it was prepared')
    },
  })
}

/** A socket without a good token is closed with the code that tells the client what to do. */
async function connect(o: ProtocolOptions, ctx: Context<Params, Connection>): Promise<boolean> {
  const { extra } = ctx
  const { socket } = extra
  socket.introduced()
  const token = tokenOf(ctx.connectionParams)
  const isOld = isTooOld(ctx.connectionParams?.['protocol'])
  forgetParams(ctx)
  if (isOld) {
    socket.close(CLOSE.TOO_OLD)
    return true
  }
  const authentication = await o.authenticate(token ?? '')
  const refused = refusal(authentication)
  if (refused) socket.close(refused)
  else if (authentication.kind === 'viewer') {
    if (!extra.signIn(authentication.viewer)) socket.close(CLOSE.TOO_MANY_SOCKETS)
    // It may have ended after the look at the token and before the socket was known to be its own.
    else if (o.hasEnded(authentication.viewer.sessionId)) socket.close(CLOSE.SESSION_ENDED)
  }
  // Where the socket is closing already, neither this nor an acknowledgement is sent any more.
  return true
}

/** A token is not kept for as long as its socket lives. */
function forgetParams(ctx: { connectionParams?: Params | undefined }): void {
  ctx.connectionParams = undefined
}

/** The Authorization of connection_init; GraphiQL and others send header names as their users type them. */
function tokenOf(params: Readonly<Params> | undefined): string | null {
  const entry = Object.entries(params ?? {}).find(([name]) => name.toLowerCase() === 'authorization')
  return typeof entry?.[1] === 'string' ? bearerToken(entry[1]) : null
}

function refusal(authentication: Authentication): Close | null {
  switch (authentication.kind) {
    case 'viewer':
      return isLookingAs(authentication) ? CLOSE.LOOKING_AS : null
    case 'anonymous':
      return CLOSE.UNAUTHENTICATED
    case 'refused':
      return refusedBecause(authentication.reason)
  }
}

function refusedBecause(reason: RefusalReason): Close {
  switch (reason) {
    case 'expired':
      return CLOSE.TOKEN_EXPIRED
    case 'away':
      return CLOSE.CANNOT_TELL
    case 'ended':
    case 'invalid':
    case 'looking':
    case 'scope':
      return CLOSE.UNAUTHENTICATED
  }
}

type Prepared = { readonly errors: readonly GraphQLError[] } | { readonly args: ExecutionArgs }

async function prepare(
  o: ProtocolOptions,
  socket: LiveSocket,
  operationId: string,
  { query, operationName, variables }: SubscribePayload,
  running: number,
): Promise<Prepared> {
  const { viewer } = socket
  const { requestId } = socket.call
  const fail = (error: unknown): Prepared => ({
    errors: [withoutHttp(presentError(error, requestId, o.log))],
  })
  if (!viewer) return fail(new GraphQLError('Sign in first.'))
  if (operationId.length > MAX_ID_LENGTH) {
    const extensions = { code: 'BAD_USER_INPUT' }
    return fail(new GraphQLError(`The id must have at most ${MAX_ID_LENGTH} characters.`, { extensions }))
  }
  if (running > MAX_OPERATIONS) {
    const extensions = { code: 'RATE_LIMITED' }
    return fail(new GraphQLError(`At most ${MAX_OPERATIONS} operations at a time.`, { extensions }))
  }
  try {
    const call: AuthenticatedCall = { ...socket.call, authentication: { kind: 'viewer', viewer } }
    const engine = o.graphql.getEnveloped({ call, params: { query, operationName, variables } })
    const schema: GraphQLSchema = engine.schema
    const document = engine.parse(query)
    const errors: readonly GraphQLError[] = engine.validate(schema, document)
    if (errors.length > 0)
      return { errors: errors.map((e) => withoutHttp(presentError(e, requestId, o.log))) }
    const operation = { schema, document, operationName: operationName ?? null }
    const args: ExecutionArgs = { ...operation, variableValues: variables ?? null }
    const asked = operationOf(document, operationName)
    const isSubscription = asked?.operation === OperationTypeNode.SUBSCRIPTION
    if (asked && isSubscription && rootField(document, asked).name.value === 'changes') {
      return { args: { ...operation, contextValue: o.follow({ socket, viewer, operationId, query, args }) } }
    }
    const contextValue = await engine.contextFactory()
    if (isSubscription) {
      const present = (error: unknown) => withoutHttp(presentError(error, requestId, o.log))
      const by = { socket, operationId, present }
      const run = new Run(() => followed({ ...args, contextValue }, by))
      return { args: { ...operation, contextValue: run } }
    }
    const run = new Run(async () => ownErrors(await engine.execute({ ...args, contextValue })))
    return { args: { ...operation, contextValue: run } }
  } catch (error) {
    return fail(error)
  }
}

/** Status codes and headers mean nothing on a socket. */
function withoutHttp(error: GraphQLError): GraphQLError {
  const { http, ...extensions } = error.extensions
  if (http === undefined) return error
  return new GraphQLError(error.message, { nodes: error.nodes ?? null, path: error.path ?? null, extensions })
}

function ownErrors(result: ExecutionResult): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(withoutHttp) } : result
}
