import { randomUUID } from 'node:crypto'
import {
  GraphQLError,
  execute,
  getArgumentValues,
  getVariableValues,
  type ExecutionArgs,
  type GraphQLSchema,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Logger } from '../log.ts'
import type { Hub } from '../sync/hub.ts'
import { Channel, type Subscriber } from '../sync/subscriber.ts'
import { nextHead } from './frame.ts'
import { checkOperation } from './limits.ts'
import { channelKey, operationOf, rootField } from './operation.ts'
import { presentError } from './present-error.ts'
import type { Follow } from './protocol.ts'
import { Silent } from './silent.ts'

export interface LiveOptions {
  readonly hub: Pick<Hub, 'join'>
  readonly schema: GraphQLSchema
  /** Executes for everybody who shares a channel, so it belongs to nobody: it must show nothing by itself. */
  readonly channelContext: unknown
  readonly log: Logger
}

/** Operations whose answers are shared; one that falls out is merely made anew. */
const MAX_CHANNELS = 200

const argumentsSchema = z.object({ since: z.string(), compact: z.boolean().nullish() })

/** Brings subscriptions of sockets to the hub: it evaluates and encodes once, they write the same bytes (P1). */
export class Live {
  readonly #o: LiveOptions
  readonly #channels = new LRUCache<string, Channel>({ max: MAX_CHANNELS })

  constructor(options: LiveOptions) {
    this.#o = options
  }

  /** Throws a GraphQLError when variables or arguments are wrong. */
  follow({ socket, viewer, operationId, query, args }: Follow): Silent {
    const { channel, since, compact } = this.#read(query, args)
    const head = nextHead(operationId)
    const subscriber: Subscriber = {
      staffId: viewer.staffId,
      since,
      compact,
      channel,
      send: (payload) => socket.sendNext(head, payload),
      complete: () => stream.finish(),
      close: (code, reason) => socket.close({ code, reason }),
    }
    const { joined, leave } = this.#o.hub.join(subscriber)
    const stream = new Silent(leave)
    joined.catch((error: unknown) => stream.fail(presentError(error, socket.call.requestId, this.#o.log)))
    return stream
  }

  #read(query: string, args: ExecutionArgs): { channel: Channel; since: string; compact: boolean } {
    const { schema, document, operationName } = args
    const operation = operationOf(document, operationName)
    const [refused] = checkOperation({ ...args, isAnonymous: false })
    if (refused) throw refused
    if (!operation) throw new GraphQLError('Unable to identify operation')
    const variables = getVariableValues(
      schema,
      operation.variableDefinitions ?? [],
      args.variableValues ?? {},
    )
    if (variables.errors) throw variables.errors[0] ?? new GraphQLError('The variables are not valid.')
    const field = rootField(document, operation)
    const definition = schema.getSubscriptionType()?.getFields()[field.name.value]
    if (!definition) throw new GraphQLError(`There is no subscription ${field.name.value}.`)
    const { since, compact } = argumentsSchema.parse(getArgumentValues(definition, field, variables.coerced))
    const key = channelKey(query, document, operation, variables.coerced)
    let channel = this.#channels.get(key)
    if (!channel) this.#channels.set(key, (channel = this.#channel(args)))
    return { channel, since, compact: compact === true }
  }

  #channel(args: ExecutionArgs): Channel {
    const { channelContext, log } = this.#o
    return new Channel(async (root) => {
      const result = await execute({ ...args, rootValue: root, contextValue: channelContext })
      if (!result.errors) return result
      const requestId = randomUUID()
      return { ...result, errors: result.errors.map((e) => presentError(e, requestId, log)) }
    })
  }
}
