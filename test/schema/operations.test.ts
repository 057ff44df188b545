import { readdirSync, readFileSync } from 'node:fs'
import {
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  Kind,
  parse,
  print,
  typeFromAST,
  type DocumentNode,
  type GraphQLInputType,
  type OperationDefinitionNode,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'
import { checkOperation, parseDocument, validateDocument } from '../../src/server/limits.ts'

const folder = new URL('../../schema/operations/', import.meta.url)
const all = parse(
  readdirSync(folder)
    .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    .join('\n'),
)
const operations = all.definitions.filter(
  (d): d is OperationDefinitionNode => d.kind === Kind.OPERATION_DEFINITION,
)
const fragments = all.definitions.filter((d) => d.kind === Kind.FRAGMENT_DEFINITION)

/** What an SDK sends: one operation with the fragments that it needs. */
function sent(operation: OperationDefinitionNode): DocumentNode {
  const needed = new Set<string>()
  const visit = (node: unknown) => {
    for (const [, name] of JSON.stringify(node).matchAll(
      /"kind":"FragmentSpread","name":\{"kind":"Name","value":"(\w+)"/g,
    )) {
      if (name === undefined || needed.has(name)) continue
      needed.add(name)
      visit(fragments.find((f) => f.name.value === name))
    }
  }
  visit(operation)
  return {
    kind: Kind.DOCUMENT,
    definitions: [operation, ...fragments.filter((f) => needed.has(f.name.value))],
  }
}

const SAMPLES: Readonly<Record<string, unknown>> = {
  Boolean: true,
  Int: 1,
  DateTime: '2026-11-24T02:15:00Z',
  ID: '00000000-0000-4000-8000-000000000000',
}

/** A value that a type takes, with all of its fields and nothing in its lists twice. */
function sampleOf(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sampleOf(type.ofType)
  if (isListType(type)) return [sampleOf(type.ofType)]
  if (isEnumType(type)) return type.getValues()[0]?.name
  if (!isInputObjectType(type)) return SAMPLES[type.name] ?? 'x'
  return Object.fromEntries(
    Object.values(type.getFields()).map((field) => [field.name, sampleOf(field.type)]),
  )
}

describe('the operations that the SDK ships', () => {
  it('cover every field of Query, Mutation and Subscription', () => {
    const used = new Set(
      operations.flatMap((o) => o.selectionSet.selections.map((s) => s.kind === Kind.FIELD && s.name.value)),
    )
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
    const fields = roots.flatMap((type) => Object.keys(type?.getFields() ?? {}))
    expect(fields.filter((field) => !used.has(field))).toEqual([])
  })

  it.each(operations.map((o) => [o.name?.value ?? '', o] as const))(
    '%s passes every limit with the largest page',
    (_, operation) => {
      const document = sent(operation)
      expect(() => parseDocument(print(document))).not.toThrow()
      expect(validateDocument(schema, document)).toEqual([])
      const values: Record<string, unknown> = {
        first:
          operation.name?.value === 'Snapshot' || operation.name?.value === 'ChangesSince' ? 10_000 : 100,
        ids: Array.from({ length: 100 }, () => 'x'),
        id: 'x',
        version: 'x',
        since: 'x',
        digest: 'x',
        query: 'x',
        refreshToken: 'x',
      }
      const variableValues = Object.fromEntries(
        (operation.variableDefinitions ?? []).map(({ variable, type }) => {
          const wanted = typeFromAST(schema, type)
          const value = values[variable.name.value]
          return [variable.name.value, value ?? (wanted && isInputType(wanted) ? sampleOf(wanted) : null)]
        }),
      )
      expect(checkOperation({ schema, document, variableValues, isAnonymous: true })).toEqual([])
    },
  )
})
