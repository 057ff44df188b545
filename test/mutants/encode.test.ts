import fc from 'fast-check'
import { expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'
import { operations, ROOTS, type RootName } from '../encode/documents.ts'
import type * as lane from '../encode/lane.ts'
import { edits } from '../support/histories.ts'
import { ENCODE_MUTANTS } from './encode-mutants.ts'
import { importFaulty } from './faulty.ts'

const RUNS = 400
const SEED = 20261125

it.each(ENCODE_MUTANTS.map((mutant, i) => [mutant.breaks, mutant, i] as const))(
  'the comparison with the executor shows when %s',
  async (_, mutant, i) => {
    const { compare } = (await importFaulty('test/encode/lane.ts', `encode-${i}`, mutant)) as typeof lane
    const roots = fc.constantFrom(...(Object.keys(ROOTS) as RootName[]))
    const questions = roots.chain((name) => fc.tuple(fc.constant(name), operations(schema, name)))
    const property = fc.asyncProperty(
      questions,
      edits(6),
      fc.nat(11),
      async ([name, asked], history, person) => {
        const comparison = await compare(schema, name, asked, history, person)
        return comparison === null || comparison.differs === null
      },
    )
    const { failed } = await fc.check(property, { numRuns: RUNS, seed: SEED, endOnFailure: true })
    expect(failed).toBe(true)
  },
  120_000,
)
