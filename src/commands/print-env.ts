import { readFileSync, writeFileSync } from 'node:fs'
import { ENV_FILE, envText, README_FILE, withSettings } from './printed.ts'

writeFileSync(ENV_FILE, envText())
const readme = withSettings(readFileSync(README_FILE, 'utf8'))
if (readme === null)
  throw new Error(`${README_FILE} has no table of settings between its marks <!-- settings -->`)
writeFileSync(README_FILE, readme)
console.log(`${ENV_FILE} and the table of settings in ${README_FILE} are written.`)
