import { openDatabase } from '../../src/changelog/database.ts'
import { createLogger } from '../../src/log.ts'
import { Projector } from '../../src/projector/projector.ts'
import { QUICK } from './timing.ts'

/** A projector in a process of its own, to be killed: `tsx projector-process.ts '{"databaseUrl": …, "directory": …}'`. */
const { databaseUrl, directory } = JSON.parse(process.argv[2] ?? '{}')
const log = createLogger('silent')
const projector = new Projector({
  db: await openDatabase(databaseUrl),
  directory: { ...directory, log },
  log,
  holder: `process-${process.pid}`,
  massDeletePercent: 100,
  reconcileHours: 24,
  timing: QUICK,
})
await projector.run(new AbortController().signal)
