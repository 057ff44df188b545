import { writeFileSync } from 'node:fs'
import { SCHEMA_FILE, schemaText } from './printed.ts'

writeFileSync(SCHEMA_FILE, schemaText())
console.log(`${SCHEMA_FILE} is written.`)
