import { randomUUID } from 'node:crypto'
import {
  execute,
  getArgumentValues,
  getVariableValues,
  GraphQLError,
  type ExecutionArgs,
  type FieldNode,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { compileOperation } from '../encode/compile.ts'
import type { Keep } from '../encode/keep.ts'
import { canonicalJson } from '../model/canonical.ts'
import type { Logger } from '../log.ts'
import type { Hub } from '../push/hub.ts'
import type { ChangesResult } from '../sync/results.ts'
import type { Channel } from '../push/subscriber.ts'
import { checkOperation } from './limits.ts'
import { LiveOperation, type Owner } from './live-operation.ts'
import { operationOf, rootField, sinceVariable } from './operation.ts'
import { presentError } from './present-error.ts'
import type { Follow } from './protocol.ts'

export interface LiveOptions {
  readonly hub: Pick<Hub, 'join' | 'leave'>
  /** Executes for everybody who shares a channel, so it belongs to nobody: it must show nothing by itself. */
  readonly channelContext: unknown
  /** What encoders share. */
  readonly keep: Keep
  readonly log: Logger
}

/** Operations whose answers are shared; one that falls out is merely made anew. */
const MAX_CHANNELS = 200

const argumentsSchema = z.object({ since: z.string(), compact: z.boolean().nullish() })

/** Brings subscriptions of sockets to the hub: it evaluates and encodes once, they write the same bytes (P1). */
export class Live implements Owner {
  readonly #o: LiveOptions
  /** Documents are parsed once, and every client asks about them. */
  readonly #sinceVariables = new WeakMap<FieldNode, string | null>()
  readonly #channels = new LRUCache<string, Channel>({ max: MAX_CHANNELS })

  constructor(options: LiveOptions) {
    this.#o = options
  }

  /** Throws a GraphQLError when variables or arguments are wrong. */
  follow({ socket, viewer, operationId, query, args }: Follow): LiveOperation {
    const { channel, since } = this.#read(query, args)
    const operation = new LiveOperation(this, socket, viewer, channel, operationId)
    socket.addOperation(operation)
    this.#o.hub.join(operation, since)
    return operation
  }

  leave(operation: LiveOperation): void {
    this.#o.hub.leave(operation)
  }

  present(error: unknown, requestId: string): Error {
    return presentError(error, requestId, this.#o.log)
  }

  #read(query: string, args: ExecutionArgs): { channel: Channel; since: string } {
    const { schema, document, operationName } = args
    const operation = operationOf(document, operationName)
    if (!operation) throw new GraphQLError('Unable to identify operation')
    const definitions = operation.variableDefinitions ?? []
    const variables = getVariableValues(schema, definitions, args.variableValues ?? {})
    if (variables.errors) throw variables.errors[0] ?? new GraphQLError('The variables are not valid.')
    const field = rootField(document, operation)
    const definition = schema.getSubscriptionType()?.getFields()[field.name.value]
    if (!definition) throw new GraphQLError(`There is no subscription ${field.name.value}.`)
    const { since, compact } = argumentsSchema.parse(getArgumentValues(definition, field, variables.coerced))
    let own = this.#sinceVariables.get(field)
    if (own === undefined) this.#sinceVariables.set(field, (own = sinceVariable(document, field)))
    const shared = Object.fromEntries(Object.entries(variables.coerced).filter(([name]) => name !== own))
    const key = `${operation.name?.value ?? ''}\n${canonicalJson(shared)}\n${query}`
    let channel = this.#channels.get(key)
    if (!channel) {
      const [refused] = checkOperation({ ...args, isAnonymous: false })
      if (refused) throw refused
      this.#channels.set(key, (channel = this.#channel(args, variables.coerced, compact === true)))
    }
    return { channel, since }
  }

  #channel(args: ExecutionArgs, variables: Record<string, unknown>, compact: boolean): Channel {
    const { schema, document, operationName } = args
    const compiled = compileOperation({ schema, document, operationName, variables, keep: this.#o.keep })
    return { compact, encode: (root) => compiled?.encoder.encode(root) ?? this.#execute(args, root) }
  }

  /** For a selection that cannot be compiled. */
  async #execute(args: ExecutionArgs, root: ChangesResult): Promise<Buffer> {
    const { channelContext, log } = this.#o
    const result = await execute({ ...args, rootValue: root, contextValue: channelContext })
    if (!result.errors) return Buffer.from(JSON.stringify(result))
    const requestId = randomUUID()
    const errors = result.errors.map((e) => presentError(e, requestId, log))
    return Buffer.from(JSON.stringify({ ...result, errors }))
  }
}
