import { execFile } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

export interface Run {
  readonly passed: number
  readonly failed: number
  readonly text: string
}

/** Some files of test/web in a process of their own, with a fault in the SDK or with none. */
export function runSdkTests(tests: readonly string[], breaks: string): Promise<Run> {
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
