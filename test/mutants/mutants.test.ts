import { expect, it } from 'vitest'
import { faultyText } from './faulty.ts'
import { histories, hunt } from './hunt.ts'
import { MUTANTS } from './mutants.ts'

const HISTORIES = 300
const SEED = 20261124

it('every mutant still applies to the code as it is', () => {
  for (const mutant of MUTANTS) expect(faultyText(mutant)).not.toBe('')
})

it.each(MUTANTS.map((mutant) => [mutant.breaks, mutant] as const))(
  'the histories show when %s',
  async (_, mutant) => {
    const { runs } = await hunt(mutant, histories(HISTORIES, SEED))
    expect(runs).not.toBeNull()
  },
  300_000,
)
