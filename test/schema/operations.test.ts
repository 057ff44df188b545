import { readdirSync, readFileSync } from 'node:fs'
import { Kind, parse, print, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'
import { checkOperation, parseDocument, validateDocument } from '../../src/server/limits.ts'
import { variablesOf } from '../support/sample.ts'

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
      const variableValues = variablesOf(schema, operation, values)
      expect(checkOperation({ schema, document, variableValues, isAnonymous: true })).toEqual([])
    },
  )
})
