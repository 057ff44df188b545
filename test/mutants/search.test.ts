import fc from 'fast-check'
import { expect, it } from 'vitest'
import { searchHistory } from '../search/histories.ts'
import type * as lane from '../search/lane.ts'
import { importFaulty } from './faulty.ts'
import { SEARCH_MUTANTS } from './search-mutants.ts'

const RUNS = 400
const SEED = 20261126

it.each(SEARCH_MUTANTS.map((mutant, i) => [mutant.breaks, mutant, i] as const))(
  'the comparison with the oracle shows when %s',
  async (_, mutant, i) => {
    const { play } = (await importFaulty('test/search/lane.ts', `search-${i}`, mutant)) as typeof lane
    const property = fc.asyncProperty(searchHistory, async (steps) => (await play(steps)) === null)
    const { failed } = await fc.check(property, { numRuns: RUNS, seed: SEED, endOnFailure: true })
    expect(failed).toBe(true)
  },
  300_000,
)
