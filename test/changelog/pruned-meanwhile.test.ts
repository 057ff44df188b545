import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import { readAfter, readHead, readSince, versionHash } from '../../src/changelog/log.ts'
import { prune } from '../../src/changelog/prune.ts'
import { Replica } from '../../src/changelog/replica.ts'
import { createLogger } from '../../src/log.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { fillLog } from './filled.ts'

const VERSIONS = 6000

let database: TestDatabase
let db: Database
let stop: AbortController

beforeEach(async () => {
  database = await createDatabase()
  db = await openDatabase(database.url)
  stop = new AbortController()
  await fillLog(database, VERSIONS)
  await database.sql(`UPDATE log_version SET committed_at = committed_at - interval '2 days'`)
})
afterEach(async () => {
  stop.abort()
  await db.close()
  await database.drop()
})

it('[T88] [L7] whoever reads a long way while the log is pruned in steps gets all of it or is told PRUNED, never a part', async () => {
  const replica = await Replica.open(db, createLogger('silent'), stop.signal)
  const told = new Set<string>()
  const read = async (from: number) => {
    const found = await replica.changesAfter(from)
    told.add(found.kind)
    if (found.kind === 'pruned') {
      expect((await readHead(db)).baseVersion).toBeGreaterThan(from)
      return
    }
    if (found.kind !== 'versions') throw new Error(`version ${from} was ${found.kind}`)
    expect(found.versions.map(({ version }) => version)).toEqual(
      Array.from({ length: VERSIONS - from }, (_, i) => from + 1 + i),
    )
  }
  for (let base = 500; base <= VERSIONS; base += 1100) {
    const pruning = prune(db, { maxAgeDays: 365, maxVersions: VERSIONS - base })
    await Promise.all([read(base - 400), read(base - 1), read(base), pruning])
    expect(await pruning).toBe(base)
    await read(base - 1)
    await read(base)
  }
  expect([...told].toSorted()).toEqual(['pruned', 'versions'])
}, 120_000)

it('[T88] [L7] a page that was asked for before the log is pruned and comes after it is whole, and the next one says that it is gone', async () => {
  const at = { version: 1000, hash: (await versionHash(db, 1000)) ?? '' }
  const page = await readAfter(db, at, 1000)
  expect(page?.map(({ version }) => version)).toEqual(Array.from({ length: 1000 }, (_, i) => 1001 + i))
  await prune(db, { maxAgeDays: 365, maxVersions: 2000 })
  const last = page?.at(-1)
  if (!last) throw new Error('there was a page')
  expect(await readAfter(db, last, 1000)).toBeNull()
  expect((await readHead(db)).baseVersion).toBe(4000)
  expect((await readSince(db, 4000, 1))[0]?.version).toBe(4001)
})
