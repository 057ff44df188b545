import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { SDK_MUTANTS } from './sdk-mutants.ts'

const ROOT = join(import.meta.dirname, '../..')

interface Run {
  readonly passed: number
  readonly failed: number
  readonly text: string
}

/** Some files of test/web in a process of their own, with a fault in the SDK or with none. */
function run(tests: readonly string[], breaks: string): Promise<Run> {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/mutants/sdk.config.ts']
  const env = { ...process.env, SDK_MUTANT: breaks }
  return new Promise((resolve) => {
    execFile(process.execPath, [...args, '--reporter=json', ...tests], { cwd: ROOT, env }, (_, out, err) => {
      const report: unknown = JSON.parse(/^\{.*\}$/m.exec(out)?.[0] ?? '{}')
      const number = (key: string) => Number(report && typeof report === 'object' && Reflect.get(report, key))
      resolve({ passed: number('numPassedTests'), failed: number('numFailedTests'), text: `${out}\n${err}` })
    })
  })
}

it('without a fault all of these tests hold', async () => {
  const { passed, failed, text } = await run([...new Set(SDK_MUTANTS.map(({ tests }) => tests))], '')
  expect([failed, passed > 200], text).toEqual([0, true])
}, 300_000)

it.each(SDK_MUTANTS.map((mutant) => [mutant.breaks, mutant] as const))(
  'the tests of the SDK show when %s',
  async (breaks, { tests }) => {
    const { failed, text } = await run([tests], breaks)
    expect(failed, text).toBeGreaterThan(0)
  },
  300_000,
)
