import fc from 'fast-check'
import { expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'
import { edits } from '../support/histories.ts'
import { operations, ROOTS, type RootName } from './documents.ts'
import { compare } from './lane.ts'

const RUNS = 60

it.each(Object.keys(ROOTS) as RootName[])(
  'a compiled %s gives the bytes that the executor gives, for any selection, variables and viewer',
  async (name) => {
    let encoded = 0
    await fc.assert(
      fc.asyncProperty(operations(schema, name), edits(6), fc.nat(11), async (asked, history, person) => {
        const comparison = await compare(schema, name, asked, history, person)
        fc.pre(comparison !== null)
        expect(comparison?.differs).toBeNull()
        encoded += comparison?.encoded ?? 0
      }),
      { numRuns: RUNS },
    )
    // Nearly all of them are compiled; only a missing root field or condition is left to the executor.
    expect(encoded).toBeGreaterThan(RUNS)
  },
  120_000,
)
