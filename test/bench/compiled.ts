import { execFile } from 'node:child_process'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const OUT = `${ROOT}/node_modules/.cache/dolores/bench`
const TSC = `${ROOT}/node_modules/typescript/bin/tsc`

/** Compiles everything as production does, because what tsx runs is slower, and answers the path of a script of this folder. */
export async function compiled(script: string): Promise<string> {
  await mkdir(OUT, { recursive: true })
  await writeFile(`${OUT}/package.json`, '{ "type": "module" }\n')
  // What is read beside the code.
  await cp(`${ROOT}/schema/ldap`, `${OUT}/schema/ldap`, { recursive: true })
  const options = ['-p', ROOT, '--noEmit', 'false', '--outDir', OUT, '--incremental']
  await promisify(execFile)(process.execPath, [TSC, ...options, '--tsBuildInfoFile', `${OUT}/.tsbuildinfo`])
  return `${OUT}/test/bench/${script.replace(/\.ts$/, '.js')}`
}
