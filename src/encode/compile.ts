import {
  getOperationAST,
  GraphQLError,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { collectFields, Uncompilable } from './collect.ts'
import { Encoder } from './encoder.ts'
import { quote } from './json.ts'
import type { Keep } from './keep.ts'
import { compileRoot } from './root.ts'

export interface CompileOptions {
  readonly schema: GraphQLSchema
  /** Valid under the schema. */
  readonly document: DocumentNode
  readonly operationName?: string | null | undefined
  /** Coerced, as `getVariableValues` answers them. Only those in @skip and @include make a difference. */
  readonly variables: Readonly<Record<string, unknown>>
  readonly keep: Keep
}

/** An operation with one root field, whose value is not resolved here. */
export interface CompiledOperation {
  readonly encoder: Encoder
  readonly operation: OperationDefinitionNode
  /** The root field; its resolver, if any, is to be called with `info`, and the result to be given to the encoder. */
  readonly field: GraphQLField<unknown, unknown>
  readonly info: GraphQLResolveInfo
}

/**
 * Compiles a query or subscription of one root field whose selection only reads plain properties, in any form: aliases,
 * fragments, merged fields, @skip and @include, unions and interfaces. Null for any other: the executor answers it.
 */
export function compileOperation(o: CompileOptions): CompiledOperation | null {
  const operation = getOperationAST(o.document, o.operationName)
  if (!operation || operation.operation === OperationTypeNode.MUTATION) return null
  try {
    return compile(o, operation)
  } catch (error) {
    // A condition without a value is a GraphQLError, which the executor words.
    if (error instanceof Uncompilable || error instanceof GraphQLError) return null
    throw error
  }
}

function compile(o: CompileOptions, operation: OperationDefinitionNode): CompiledOperation {
  const { schema, variables, keep } = o
  const type = schema.getRootType(operation.operation)
  if (!type) throw new Uncompilable(`no ${operation.operation}`)
  const fragments = fragmentsOf(o.document)
  const scope = { schema, fragments, variables }
  const keys = [...collectFields(scope, type, [operation.selectionSet])]
  const [root, ...others] = keys.filter(([, nodes]) => !isTypename(nodes))
  if (!root || others.length > 0) throw new Uncompilable('not one root field')
  const [key, fieldNodes] = root
  const field = type.getFields()[fieldNodes[0]?.name.value ?? '']
  if (!field) throw new Uncompilable('introspection')
  const info: GraphQLResolveInfo = {
    fieldName: field.name,
    fieldNodes,
    returnType: field.type,
    parentType: type,
    path: { prev: undefined, key, typename: type.name },
    schema,
    fragments,
    rootValue: undefined,
    operation,
    variableValues: { ...variables },
  }
  const partsOf = compileRoot({ ...scope, info }, field.type, keep)
  return { encoder: new Encoder(frameOf(type, keys, key), partsOf, keep), operation, field, info }
}

/** What stands before and after the value of the root field, other root fields being `__typename`. */
function frameOf(
  type: GraphQLObjectType,
  keys: readonly (readonly [string, readonly FieldNode[]])[],
  root: string,
): { head: string; tail: string } {
  const texts = keys.map(([key]) => `${quote(key)}:${key === root ? '' : quote(type.name)}`)
  const at = keys.findIndex(([key]) => key === root)
  const after = texts.slice(at + 1).map((text) => `,${text}`)
  return { head: `{"data":{${texts.slice(0, at + 1).join(',')}`, tail: `${after.join('')}}}` }
}

function isTypename(nodes: readonly FieldNode[]): boolean {
  return nodes[0]?.name.value === '__typename'
}

function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null)
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition
  }
  return fragments
}
