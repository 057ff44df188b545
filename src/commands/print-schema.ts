import { writeFileSync } from 'node:fs'
import { OPERATIONS_FILE, operationNamesText, SCHEMA_FILE, schemaText } from './printed.ts'

writeFileSync(SCHEMA_FILE, schemaText())
writeFileSync(OPERATIONS_FILE, operationNamesText())
console.log(`${SCHEMA_FILE} and ${OPERATIONS_FILE} are written.`)
