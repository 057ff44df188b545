import { existsSync, readFileSync } from 'node:fs'
import { generate, loadCodegenConfig } from '@graphql-codegen/cli'
import { z } from 'zod'
import {
  ENV_FILE,
  envText,
  npmCommands,
  OPERATIONS_FILE,
  operationNamesText,
  README_FILE,
  SCHEMA_FILE,
  schemaText,
  withSettings,
} from './printed.ts'

/** Ends with 1 when a file that is printed from the code is not what the code prints today, or the README names a command that is not there. */
const stale: string[] = []

function expectText(file: string, text: string | null): void {
  if (text === null || read(file) !== text) stale.push(file)
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

expectText(SCHEMA_FILE, schemaText())
expectText(OPERATIONS_FILE, operationNamesText())
expectText(ENV_FILE, envText())
expectText(README_FILE, withSettings(read(README_FILE)))

const { config } = await loadCodegenConfig({ configFilePath: 'codegen.ts' })
const generated = await generate({ ...config, silent: true, cwd: process.cwd() }, false)
for (const { filename, content } of generated) expectText(filename, content)

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json')))
const unknown = npmCommands(read(README_FILE)).filter((name) => scripts[name] === undefined)

for (const file of stale) console.error(`${file} is stale: run \`npm run generate\` and commit what changed`)
for (const name of unknown)
  console.error(`${README_FILE} tells people to run \`npm run ${name}\`, which is not there`)
if (stale.length > 0 || unknown.length > 0) process.exitCode = 1
else console.log('Printed schema, generated code, settings and commands are fresh.')
