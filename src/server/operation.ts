import {
  GraphQLError,
  Kind,
  getOperationAST,
  visit,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/** The operation that a message asks for, or null when there is none of that name, or several and no name. */
export function operationOf(
  document: DocumentNode,
  name: string | null | undefined,
): OperationDefinitionNode | null {
  return getOperationAST(document, name) ?? null
}

/** The one field of a valid subscription, wherever fragments have put it. */
export function rootField(document: DocumentNode, operation: OperationDefinitionNode): FieldNode {
  const field = firstField(document, operation.selectionSet)
  if (!field) throw new GraphQLError('A subscription has one field.')
  return field
}

function firstField(document: DocumentNode, set: SelectionSetNode): FieldNode | null {
  for (const selection of set.selections) {
    switch (selection.kind) {
      case Kind.FIELD:
        return selection
      case Kind.INLINE_FRAGMENT: {
        const field = firstField(document, selection.selectionSet)
        if (field) return field
        break
      }
      case Kind.FRAGMENT_SPREAD: {
        const { value } = selection.name
        const fragment = document.definitions.find(
          (d) => d.kind === Kind.FRAGMENT_DEFINITION && d.name.value === value,
        )
        const field =
          fragment?.kind === Kind.FRAGMENT_DEFINITION ? firstField(document, fragment.selectionSet) : null
        if (field) return field
      }
    }
  }
  return null
}

/**
 * The variable that is used as `since` and nowhere else; null when there is none. Subscriptions that differ in nothing else
 * share their encoded answers (P1).
 */
export function sinceVariable(document: DocumentNode, field: FieldNode): string | null {
  const value = field.arguments?.find((a) => a.name.value === 'since')?.value
  if (value?.kind !== Kind.VARIABLE) return null
  const name = value.name.value
  let uses = 0
  visit(document, {
    VariableDefinition: () => false,
    Variable: (node) => {
      if (node.name.value === name) uses++
    },
  })
  return uses === 1 ? name : null
}
