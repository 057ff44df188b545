import { expect, it } from 'vitest'
import { SDK_MUTANTS } from './sdk-mutants.ts'
import { runSdkTests } from './sdk-run.ts'

/** Each takes seconds: every third one here, the rest by `npm run mutants`. */
const HERE = SDK_MUTANTS.filter((_, n) => n % 3 === 0)

it('without a fault all of these tests hold', async () => {
  const { passed, failed, text } = await runSdkTests([...new Set(HERE.map(({ tests }) => tests))], '')
  expect([failed, passed > 50], text).toEqual([0, true])
}, 300_000)

it.each(HERE.map((mutant) => [mutant.breaks, mutant] as const))(
  'the tests of the SDK show when %s',
  async (breaks, { tests }) => {
    const { failed, text } = await runSdkTests([tests], breaks)
    expect(failed, text).toBeGreaterThan(0)
  },
  300_000,
)
