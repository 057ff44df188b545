import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  Kind,
  typeFromAST,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** Where a selection is looked at: a valid document, and coerced values for its variables. */
export interface Scope {
  readonly schema: GraphQLSchema
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>
  readonly variables: Readonly<Record<string, unknown>>
}

/** The document uses something that is not compiled. */
export class Uncompilable extends Error {}

/** CollectFields of the GraphQL specification: the nodes that stand for each response key, in the order of the answer. */
export function collectFields(
  scope: Scope,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>()
  const spread = new Set<string>()
  for (const set of sets) collect(scope, type, set, fields, spread)
  return fields
}

function collect(
  scope: Scope,
  type: GraphQLObjectType,
  set: SelectionSetNode,
  fields: Map<string, FieldNode[]>,
  spread: Set<string>,
): void {
  for (const selection of set.selections) {
    if (!isIncluded(scope, selection)) continue
    switch (selection.kind) {
      case Kind.FIELD: {
        const key = responseKey(selection)
        const nodes = fields.get(key)
        if (nodes) nodes.push(selection)
        else fields.set(key, [selection])
        break
      }
      case Kind.INLINE_FRAGMENT:
        if (applies(scope, selection, type)) collect(scope, type, selection.selectionSet, fields, spread)
        break
      case Kind.FRAGMENT_SPREAD: {
        const { value } = selection.name
        const fragment = scope.fragments[value]
        if (spread.has(value) || !fragment) break
        spread.add(value)
        if (applies(scope, fragment, type)) collect(scope, type, fragment.selectionSet, fields, spread)
      }
    }
  }
}

export function responseKey(field: FieldNode): string {
  return field.alias?.value ?? field.name.value
}

function isIncluded({ variables }: Scope, selection: SelectionNode): boolean {
  for (const { name } of selection.directives ?? []) {
    if (name.value !== 'skip' && name.value !== 'include') throw new Uncompilable(`@${name.value}`)
  }
  const skip = getDirectiveValues(GraphQLSkipDirective, selection, variables)
  const include = getDirectiveValues(GraphQLIncludeDirective, selection, variables)
  return skip?.['if'] !== true && include?.['if'] !== false
}

function applies(
  { schema }: Scope,
  { typeCondition }: InlineFragmentNode | FragmentDefinitionNode,
  type: GraphQLObjectType,
): boolean {
  if (!typeCondition) return true
  const condition = typeFromAST(schema, typeCondition)
  return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type))
}
