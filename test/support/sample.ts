import {
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'

const SAMPLES: Readonly<Record<string, unknown>> = {
  Boolean: true,
  Int: 1,
  DateTime: '2026-11-24T02:15:00Z',
  ID: '00000000-0000-4000-8000-000000000000',
}

/** A value that a type takes, with all of its fields and nothing in its lists twice; `by` has others, by the name of the type. */
export function sampleOf(type: GraphQLInputType, by: Readonly<Record<string, unknown>> = {}): unknown {
  if (isNonNullType(type)) return sampleOf(type.ofType, by)
  if (isListType(type)) return [sampleOf(type.ofType, by)]
  if (isEnumType(type)) return type.getValues()[0]?.name
  if (!isInputObjectType(type)) return by[type.name] ?? SAMPLES[type.name] ?? 'x'
  const fields = Object.values(type.getFields())
  return Object.fromEntries(fields.map((field) => [field.name, sampleOf(field.type, by)]))
}

/** Variables that an operation takes: `values` by their name, samples for the rest. */
export function variablesOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  values: Readonly<Record<string, unknown>>,
  by: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return Object.fromEntries(
    (operation.variableDefinitions ?? []).map(({ variable, type }) => {
      const name = variable.name.value
      const wanted = typeFromAST(schema, type)
      if (name in values) return [name, values[name]]
      return [name, wanted && isInputType(wanted) ? sampleOf(wanted, by) : null]
    }),
  )
}
