import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import { acquireLease } from '../../src/cluster/lease.ts'
import { createLogger } from '../../src/log.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { faultyText, importFaulty } from './faulty.ts'
import { SCENES, type Place } from './log-lane.ts'
import { LOG_MUTANTS } from './log-mutants.ts'

let database: TestDatabase
let db: Database
let place: Place

beforeEach(async () => {
  database = await createDatabase()
  db = await openDatabase(database.url)
  const lease = async (name: string) => {
    const token = await acquireLease(db, name, 'test', 600_000)
    if (!token) throw new Error('somebody else writes into this database')
    return token
  }
  place = {
    db,
    sql: (text) => database.sql(text),
    leases: [await lease('one'), await lease('other')],
    log: createLogger('silent'),
  }
})
afterEach(async () => {
  await db.close()
  await database.drop()
})

describe('the log over real PostgreSQL', () => {
  it.each(Object.entries(SCENES))('[L2] [L7] [C2] [R1] keeps its promises: %s', async (_, scene) => {
    await scene(place)
  })

  it.each(LOG_MUTANTS.map((mutant) => [mutant.breaks, mutant] as const))(
    'it shows when %s',
    async (_, mutant) => {
      const text = faultyText(mutant)
      const isSql = mutant.file.endsWith('.sql')
      if (isSql) await database.sql(text.replaceAll('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'))
      const module = await importFaulty('test/mutants/log-lane.ts', 'log', isSql ? null : mutant)
      await expect(sceneOf(module, mutant.scene)(place)).rejects.toThrow()
    },
  )
})

/** A scene of log-lane.ts, whichever fault it was built with. */
function sceneOf(module: unknown, name: keyof typeof SCENES): (place: Place) => Promise<void> {
  if (module === null || typeof module !== 'object' || !('SCENES' in module))
    throw new Error('not the log lane')
  const scenes = module.SCENES as typeof SCENES
  return scenes[name]
}
