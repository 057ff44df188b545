import { expect, it } from 'vitest'
import { SDK_MUTANTS } from './sdk-mutants.ts'
import { runSdkTests } from './sdk-run.ts'

it('without a fault all of these tests hold', async () => {
  const { passed, failed, text } = await runSdkTests([...new Set(SDK_MUTANTS.map(({ tests }) => tests))], '')
  expect([failed, passed > 200], text).toEqual([0, true])
}, 300_000)

it.each(SDK_MUTANTS.map((mutant) => [mutant.breaks, mutant] as const))(
  'the tests of the SDK show when %s',
  async (breaks, { tests }) => {
    const { failed, text } = await runSdkTests([tests], breaks)
    expect(failed, text).toBeGreaterThan(0)
  },
  300_000,
)
