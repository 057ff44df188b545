import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { AuditLog } from '../../src/audit/audit-log.ts'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import { migrate } from '../../src/changelog/migrate.ts'
import { pause } from '../../src/clock.ts'
import { Journal } from '../../src/edit/journal.ts'
import { Once } from '../../src/edit/once.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

const HELD_MS = 400
let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await createDatabase()
  await migrate(database.url)
  db = await openDatabase(database.url)
})
afterAll(async () => {
  await db?.close()
  await database?.drop()
})
const journalOf = (heldMs: number) => new Journal(db, new AuditLog(db), randomUUID(), heldMs)
const asked = { actorId: randomUUID(), key: 'one', name: 'account.invite' as const, input: null }

it('[7] work that takes longer than the journal holds what fell silent is done once all the same', async () => {
  const [mine, other] = [journalOf(HELD_MS), journalOf(HELD_MS)]
  let done = 0
  const work = async () => {
    // Until somebody else has looked for what was left, twice as long as it is held: each look is a round trip.
    for (const from = performance.now(); performance.now() - from < 2 * HELD_MS;) {
      const left = await other.takeOver()
      if (left) await other.forget(left.id)
    }
    return ++done
  }
  const once = () => new Once(mine, 10_000, HELD_MS).run(asked, z.int(), work)
  expect(await Promise.all([once(), once()])).toEqual([1, 1])
  expect(done).toBe(1)
})

it('[7] but what a dead process has left is not held for ever', async () => {
  const dead = journalOf(1)
  const claim = { id: randomUUID(), ...asked, key: 'left', inputHash: 'x', shared: [], exclusive: [] }
  expect(await dead.claim(claim)).toBe(true)
  const living = journalOf(HELD_MS)
  let left = await living.takeOver()
  for (; left === null; left = await living.takeOver()) await pause(1)
  expect(left.id).toBe(claim.id)
})
