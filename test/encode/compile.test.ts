import fc from 'fast-check'
import { execute, getVariableValues, parse, validate, type ExecutionResult } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../schema/context.ts'
import { schema } from '../../schema/schema.ts'
import { compileOperation } from '../../src/encode/compile.ts'
import type { Encoder, Root } from '../../src/encode/encoder.ts'
import { Keep } from '../../src/encode/keep.ts'
import { applyEdit, edits } from '../support/histories.ts'
import { World } from '../schema/world.ts'
import { operations, ROOTS, type Asked, type RootName } from './documents.ts'

const RUNS = 100

/** The executor's answer when the root field resolves to `root`. */
async function slow(
  world: World,
  name: RootName,
  { query, variables }: Asked,
  root: Root,
): Promise<ExecutionResult> {
  const answers = { ...world.services.sync, changesSince: async () => root, snapshot: async () => root }
  const signedIn = { staffId: world.person(0).id, sessionId: 's' }
  const contextValue = createContext(
    { ...world.services, sync: answers as typeof world.services.sync },
    { signedIn, origin: { address: '', userAgent: null }, requestId: 'r' },
  )
  const rootValue = name === 'changes' ? root : undefined
  return execute({ schema, document: parse(query), variableValues: variables, contextValue, rootValue })
}

function compiled({ query, variables }: Asked, keep = new Keep()): Encoder | null {
  const document = parse(query)
  const [operation] = document.definitions
  if (operation?.kind !== 'OperationDefinition') throw new Error('The operation comes first')
  const values = getVariableValues(schema, operation.variableDefinitions ?? [], variables)
  if (!values.coerced) throw new Error(String(values.errors))
  return (
    compileOperation({ schema, document, operationName: 'Op', variables: values.coerced, keep })?.encoder ??
    null
  )
}

/** Every kind of result that somebody gets after a random history. */
async function results(world: World, name: RootName, staffId: string, since: string): Promise<Root[]> {
  if (name === 'snapshot') {
    return [await world.sync.snapshot(staffId, 10_000, null), await world.sync.snapshot(staffId, 5, null)]
  }
  const compact = await world.sync.changesSince(staffId, since, 100, true)
  return [
    compact,
    await world.sync.changesSince(staffId, since, 2, false),
    world.sync.resync(staffId, 'PRUNED'),
  ]
}

describe.each(Object.keys(ROOTS) as RootName[])('a compiled %s', (name) => {
  it('gives the bytes that the executor gives, for any selection, variables and viewer', async () => {
    let encoded = 0
    await fc.assert(
      fc.asyncProperty(operations(schema, name), edits(6), fc.nat(11), async (asked, history, person) => {
        fc.pre(validate(schema, parse(asked.query)).length === 0)
        const world = new World()
        const { id } = world.person(person)
        const since = world.sync.headCursor(world.view(id).audience)
        for (const edit of history) applyEdit(world.company, edit)
        world.catchUp()
        const variables = { version: since, ...asked.variables }
        const encoder = compiled({ query: asked.query, variables })
        for (const root of await results(world, name, id, since)) {
          const bytes = encoder?.encode(root)
          if (!bytes) continue
          encoded++
          const answer = await slow(world, name, { query: asked.query, variables }, root)
          expect(bytes.toString()).toBe(JSON.stringify(answer))
        }
      }),
      { numRuns: RUNS },
    )
    expect(encoded).toBeGreaterThan(RUNS)
  })
})
