import { randomUUID } from 'node:crypto'
import { AuditLog } from '../../src/audit/audit-log.ts'
import { verifyChain } from '../../src/audit/chain.ts'
import { NO_FILTER, readRecords } from '../../src/audit/reader.ts'
import type { NewRecord } from '../../src/audit/record.ts'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import { median, type Bench, type Figure } from './figures.ts'
import { startDatabase } from './world.ts'

const WRITERS = 32
const PEOPLE = 1000

/** What the chain of the audit log costs whoever writes, and how long looking for something takes in a long one. */
export const bench: Bench = async ({ isSmall, say }) => {
  const database = await startDatabase()
  const db = await openDatabase(database.url)
  try {
    const writes = isSmall ? 1000 : 10_000
    await db.run(
      { name: 'bench_plain', text: 'CREATE TABLE plain (LIKE audit INCLUDING INDEXES INCLUDING DEFAULTS)' },
      [],
    )
    const plain = await rate(writes, () => insertPlain(db))
    say('plain inserts are done')
    const log = new AuditLog(db)
    const people = Array.from({ length: PEOPLE }, () => randomUUID())
    const chained = await rate(writes, (i) => log.write(recordOf(people[i % PEOPLE] ?? '')))
    say('chained records are done')
    const rows = isSmall ? 20_000 : 500_000
    for (let left = rows; left > 0; left -= 500)
      await db.transaction((tx) =>
        log.append(
          tx,
          Array.from({ length: 500 }, (_, i) => recordOf(people[(left + i) % PEOPLE] ?? '')),
        ),
      )
    say('the long log is filled')
    const startedAt = performance.now()
    const verdict = await verifyChain(db, null)
    if (verdict.kind !== 'whole') throw new Error(verdict.kind)
    const verified = verdict.end.count / ((performance.now() - startedAt) / 1000)
    const long = `of ${verdict.end.count.toLocaleString('en')}`
    return [
      {
        what: `records written, ${WRITERS} writers`,
        value: chained,
        unit: '1/s',
        yardstick: { what: 'plain inserts of the same, without a chain', value: plain },
      },
      { what: `records verified ${long}`, value: verified, unit: '1/s' },
      await reading(`newest 20 ${long}`, () => ask(db, {})),
      await reading(`20 of one person ${long}`, (i) => ask(db, { subjectId: people[i % PEOPLE] ?? null })),
      await reading(`20 for an administrator of 300 people ${long}`, () => ask(db, {}, people.slice(0, 300))),
      await reading(`words that nothing has ${long}`, () => ask(db, { text: 'nothing has this' }), 3),
    ]
  } finally {
    await db.close()
    await database.stop()
  }
}

const recordOf = (id: string): NewRecord => ({
  actorId: null,
  action: 'staff.update',
  subject: { kind: 'staff', id, label: 'Somebody' },
  from: { address: '192.0.2.1', userAgent: 'bench', requestId: id },
  changes: [
    {
      kind: 'staff',
      id,
      label: 'Somebody',
      fields: [{ field: 'title', before: ['Clerk'], after: ['Chief'], isMasked: false }],
    },
  ],
})

async function insertPlain(db: Database): Promise<void> {
  const text = `
    INSERT INTO plain (id, action, detail, changes, hash)
    VALUES ((random() * 1e15)::bigint, 'staff.update', '{}', $1::jsonb, gen_random_uuid()::text)`
  await db.run({ name: 'bench_insert', text }, [JSON.stringify(recordOf('x').changes)])
}

/** Per second, so many at once. */
async function rate(count: number, write: (i: number) => Promise<unknown>): Promise<number> {
  let next = 0
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      while (next < count) await write(next++)
    }),
  )
  return count / ((performance.now() - startedAt) / 1000)
}

async function reading(what: string, read: (i: number) => Promise<unknown>, times = 50): Promise<Figure> {
  const all: number[] = []
  for (let i = 0; i < times; i++) {
    const startedAt = performance.now()
    await read(i)
    all.push(performance.now() - startedAt)
  }
  return { what, value: median(all), unit: 'ms' }
}

function ask(db: Database, filter: Partial<typeof NO_FILTER>, subjectIds: readonly string[] | null = null) {
  return readRecords(db, { filter: { ...NO_FILTER, ...filter }, subjectIds, before: null, limit: 21 })
}
