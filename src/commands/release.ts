import { readFileSync, writeFileSync } from 'node:fs'
import { buildSchema, findBreakingChanges } from 'graphql'
import { z } from 'zod'
import { schema } from '../../schema/schema.ts'
import { mayBreak, releasedText, RELEASED_FILE, releasedVersion } from './released.ts'
import { schemaText } from './printed.ts'

/**
 * `npm run release`: the contract as it is becomes the released one, under the version of package.json. What breaks clients
 * needs a new major version (before 1.0.0 a new minor one).
 */
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')))
const released = readFileSync(RELEASED_FILE, 'utf8')
const from = releasedVersion(released)
const breaking = findBreakingChanges(buildSchema(released), schema)
if (breaking.length > 0 && !mayBreak(from, version)) {
  const list = breaking.map(({ description }) => `  - ${description}`).join('\n')
  console.error(`Clients of ${from} would break; ${version} may not do that:\n${list}`)
  process.exitCode = 1
} else {
  writeFileSync(RELEASED_FILE, releasedText(version, schemaText()))
  console.log(`${RELEASED_FILE} is the contract of ${version}.`)
}
