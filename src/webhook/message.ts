import { createHash } from 'node:crypto'
import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isUnionType,
  parse,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql'
import { compileOperation } from '../encode/compile.ts'
import { Keep } from '../encode/keep.ts'
import { AppError } from '../errors.ts'
import type { ChangesResult } from '../sync/results.ts'

/** What a webhook can be told. */
export type Event = 'directory.changed' | 'directory.resync' | 'webhook.test'

/** One message: what is posted, and the versions between which it leads. */
export interface Message {
  readonly id: string
  readonly event: Event
  readonly from: string
  /** The receiver has everything up to this version once it has taken the message. */
  readonly to: string
  /** Rows that it tells of. */
  readonly changes: number
  readonly body: string
}

/** The answer whose every field is told. */
const ROOT = 'changesSince'
const HEAD = `{"data":{"${ROOT}":`
const TAIL = '}}'
const KEPT_BYTES = 16_000_000

/**
 * Words messages: `data` is exactly what `changesSince` answers to whoever asks it for all fields, so that whoever can follow
 * one can follow the other.
 */
export class Messages {
  readonly #write: (result: ChangesResult) => string

  constructor(schema: GraphQLSchema) {
    const document = parse(`{ ${ROOT}(version: "") ${everything(schema, rootType(schema))} }`)
    const compiled = compileOperation({ schema, document, variables: {}, keep: new Keep(KEPT_BYTES) })
    this.#write = (result) => {
      const text = compiled?.encoder.encode(result)?.toString()
      if (text === undefined || !text.startsWith(HEAD))
        throw new AppError('INTERNAL', 'a message of a webhook could not be worded')
      return text.slice(HEAD.length, -TAIL.length)
    }
  }

  /** The next message of a webhook that stands at `from`; `to`: where it stands afterwards. */
  of(webhookId: string, from: string, result: ChangesResult, to: string, at: Date): Message {
    const event = result.kind === 'Delta' ? 'directory.changed' : 'directory.resync'
    const changes = result.kind === 'Delta' ? result.changes.length : 0
    return { ...named(webhookId, event, from, to, at, this.#write(result)), changes }
  }

  /** To see whether a receiver understands us. */
  test(webhookId: string, position: string, unique: string, at: Date): Message {
    return { ...named(webhookId, 'webhook.test', unique, position, at, 'null'), from: position, changes: 0 }
  }
}

/** Nothing that a receiver would have to know. What concerns the account itself is told to nobody else. */
export function isEmpty(result: ChangesResult): boolean {
  if (result.kind === 'Resync') return false
  const { changes, revoked, departmentTypes, staffTypes, fields, hasMore } = result
  const lists = [revoked, departmentTypes, staffTypes, fields]
  return changes.length === 0 && !hasMore && lists.every((list) => list === null)
}

/** The same message has the same id however often it is sent: receivers know it by that. */
function named(
  webhookId: string,
  event: Event,
  from: string,
  to: string,
  at: Date,
  data: string,
): Omit<Message, 'changes'> {
  const hash = createHash('sha256').update(`${webhookId} ${event} ${from} ${to}`).digest('base64url')
  const head = JSON.stringify({ type: event, timestamp: at.toISOString(), webhookId, version: to })
  return { id: `msg_${hash.slice(0, 27)}`, event, from, to, body: `${head.slice(0, -1)},"data":${data}}` }
}

function rootType(schema: GraphQLSchema): GraphQLNamedType {
  const field = schema.getQueryType()?.getFields()[ROOT]
  if (!field) throw new AppError('INTERNAL', `the schema has no ${ROOT}`)
  return getNamedType(field.type)
}

/** A selection of all that a type shows without being asked for more. */
function everything(schema: GraphQLSchema, type: GraphQLNamedType): string {
  if (isUnionType(type) || isInterfaceType(type)) {
    const members = schema.getPossibleTypes(type)
    return `{ __typename ${members.map((m) => `... on ${m.name} ${everything(schema, m)}`).join(' ')} }`
  }
  if (!isObjectType(type)) return ''
  const fields = Object.values(type.getFields()).filter(({ args }) => args.length === 0)
  return `{ ${fields.map(({ name, type: of }) => `${name} ${ofField(schema, getNamedType(of))}`).join(' ')} }`
}

function ofField(schema: GraphQLSchema, type: GraphQLNamedType): string {
  return isLeafType(type) || !(isObjectType(type) || isAbstractType(type)) ? '' : everything(schema, type)
}
