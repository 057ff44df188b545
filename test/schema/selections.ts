import {
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isOutputType,
  isRequiredArgument,
  isUnionType,
  type GraphQLField,
  type GraphQLOutputType,
} from 'graphql'
import { schema } from '../../schema/schema.ts'

/** Hops from one thing to the next; the pages between them do not count. */
export const HOPS = 4

/** Selects everything that can be reached from a type in so many hops: every path through the schema is taken. */
function selectAll(type: GraphQLOutputType, hops: number): string {
  const named = getNamedType(type)
  if (isUnionType(named) || isInterfaceType(named)) {
    const parts = schema
      .getPossibleTypes(named)
      .map((member) => `... on ${member.name} ${selectAll(member, hops)}`)
    return `{ __typename ${parts.join(' ')} }`
  }
  if (!isObjectType(named)) return ''
  const left = /(Connection|Edge|PageInfo)$/.test(named.name) ? hops : hops - 1
  const fields = Object.values(named.getFields()).filter(
    (f) => !needsArguments(f) && (isLeafType(getNamedType(f.type)) || left > 0),
  )
  return `{ __typename ${fields.map((field) => select(named.name, field, left)).join(' ')} }`
}

/** Whether a question of its own is needed, with the ids there are. */
const needsArguments = (field: GraphQLField<unknown, unknown>) =>
  field.args.some((argument) => isRequiredArgument(argument))

/** One field, as much of it as there is, under an alias of its own: members of a union may name different things alike. */
function select(parent: string, field: GraphQLField<unknown, unknown>, hops: number): string {
  const values: Record<string, string> = { first: '100', recursive: 'true' }
  const args = field.args.flatMap(({ name }) =>
    values[name] === undefined ? [] : `${name}: ${values[name]}`,
  )
  const list = args.length > 0 ? `(${args.join(', ')})` : ''
  return `${parent}_${field.name}: ${field.name}${list} ${selectAll(field.type, hops)}`
}

/** The selection of everything that a type of the schema reaches in so many hops. */
export function everything(typeName: string, hops: number): string {
  const type = schema.getType(typeName)
  if (!isOutputType(type)) throw new Error(`No type ${typeName}`)
  return selectAll(type, hops)
}
