import { fileStore } from '../../web/sdk/node/file-store.ts'
import { writeHistory } from './crash-history.ts'

/** Writes steps into a store for as long as it lives, and says which are stored. */
const folder = process.argv[2] ?? ''
await writeHistory(fileStore(folder), 10_000, (step) => process.stdout.write(`${step}\n`))
