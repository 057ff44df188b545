import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { AuditLog } from '../../src/audit/audit-log.ts'
import { verifyChain } from '../../src/audit/chain.ts'
import { openDatabase, type Database, type Statement } from '../../src/changelog/database.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

const SCRIPT = fileURLToPath(new URL('../../src/commands/audit.ts', import.meta.url))
const PERSON = '11111111-1111-4111-8111-111111111111'

let database: TestDatabase
let db: Database
beforeEach(async () => {
  database = await createDatabase()
  db = await openDatabase(database.url)
})
afterEach(async () => {
  await db.close()
  await database.drop()
})

async function written(n: number, log = new AuditLog(db)): Promise<void> {
  for (let i = 1; i <= n; i++)
    await log.write({ actorId: PERSON, action: 'thing.done', detail: { n: String(i) } })
}

/** What somebody does who owns the database: no trigger keeps them from anything. */
async function tamper(sql: string): Promise<void> {
  await database.sql(`
    DO $$ BEGIN SET LOCAL session_replication_role = replica; ${sql}; END $$`)
}

function audit(...args: string[]): Promise<{ code: number; said: string }> {
  const env = { ...process.env, DATABASE_URL: database.url }
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', SCRIPT, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, said: stdout + stderr })
    })
  })
}

describe('[T117] the chain of the audit log', () => {
  it('is one chain without a gap when eight write at once, each on a pool of their own', async () => {
    const pools = await Promise.all(Array.from({ length: 8 }, () => openDatabase(database.url)))
    await Promise.all(
      pools.map(async (pool) => {
        const log = new AuditLog(pool)
        // By twos: alone, and as part of a transaction.
        for (let i = 0; i < 20; i++) {
          await Promise.all([
            log.write({ actorId: PERSON, action: 'thing.alone' }),
            log.write({ actorId: PERSON, action: 'thing.together' }),
            pool.transaction((tx) => log.append(tx, [{ actorId: PERSON, action: 'thing.within' }])),
          ])
        }
      }),
    )
    await Promise.all(pools.map((pool) => pool.close()))
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'whole', end: { count: 480 } })
  })

  it('is what anybody can work out from the table with nothing but SHA-256', async () => {
    const log = new AuditLog(db)
    await log.write({ actorId: PERSON, action: 'a.b', reason: 'köln 张, 1:2', detail: { b: '2', a: '1' } })
    const [row] = await database.sql<{ ms: string; hash: string }>(
      'SELECT (extract(epoch FROM at) * 1000)::bigint::text AS ms, hash FROM audit',
    )
    const values = [
      ['id', '1'],
      ['at', row?.ms ?? ''],
      ['action', 'a.b'],
      ['outcome', 'DONE'],
      ['reason', 'köln 张, 1:2'],
      ['source', 'API'],
      ['actor_id', PERSON],
      ['changes', '[]'],
      ['touched', '{}'],
      ['detail', '{"a": "1", "b": "2"}'],
    ]
    const text = values.map(([name, value = '']) => `${name}:${Buffer.byteLength(value)}:${value}`).join(',')
    const made = createHash('sha256')
      .update(`${'0'.repeat(64)}\n${text}`)
      .digest('hex')
    expect(row?.hash).toBe(made)
  })

  it('holds whatever text the records carry', async () => {
    const log = new AuditLog(db)
    const text = fc.string({ unit: 'binary', maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(text, text, fc.array(text, { maxLength: 3 }), async (label, reason, values) => {
        await log.write({
          actorId: null,
          action: 'thing.done',
          reason,
          subject: { kind: 'staff', id: PERSON, label },
          from: { address: label, userAgent: reason, requestId: null },
          changes: [
            {
              kind: 'staff',
              id: PERSON,
              label,
              fields: [{ field: 'x', before: values, after: [reason], isMasked: false }],
            },
          ],
        })
      }),
      { numRuns: 100 },
    )
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'whole', end: { count: 100 } })
  })

  it.each([
    'UPDATE audit SET action = action',
    'DELETE FROM audit',
    'TRUNCATE audit',
    'UPDATE audit_head SET last_id = last_id',
    'DELETE FROM audit_head',
    'TRUNCATE audit_head',
    "INSERT INTO audit_head (id, last_id, hash) VALUES (1, 0, '')",
  ])('is guarded by the database: %s is refused', async (sql) => {
    await written(2)
    await expect(database.sql(sql)).rejects.toThrow(/append-only/)
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'whole', end: { count: 2 } })
  })

  it('gives whoever inserts its own number, time and hash, whatever they say', async () => {
    await written(1)
    await database.sql(`
      INSERT INTO audit (id, at, action, detail, hash) VALUES (77, '2001-01-01', 'forged.early', '{}', 'mine')`)
    const [row] = await database.sql<{ id: string; year: number }>(
      `SELECT id, extract(year FROM at)::int AS year FROM audit WHERE action = 'forged.early'`,
    )
    expect(row?.id).toBe('2')
    expect(row?.year).toBeGreaterThan(2020)
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'whole' })
  })

  it.each([
    ['a value is changed', `UPDATE audit SET action = 'thing.else' WHERE id = 3`, 3],
    ['an actor is put in', `UPDATE audit SET actor_login = 'somebody' WHERE id = 5`, 5],
    ['an actor is taken out', `UPDATE audit SET actor_id = NULL WHERE id = 2`, 2],
    ['a time is changed', `UPDATE audit SET at = at + interval '1 millisecond' WHERE id = 4`, 4],
    ['a value moves to another column', `UPDATE audit SET reason = action, action = '' WHERE id = 1`, 1],
    ['changes are emptied', `UPDATE audit SET detail = '{}' WHERE id = 6`, 6],
    ['a record is removed', `DELETE FROM audit WHERE id = 3`, 3],
    ['the first one is removed', `DELETE FROM audit WHERE id = 1`, 1],
    ['the last one is removed', `DELETE FROM audit WHERE id = 6`, 6],
    [
      'one is removed and those behind it move up',
      `DELETE FROM audit WHERE id = 3; UPDATE audit SET id = id - 1 WHERE id > 3`,
      3,
    ],
    [
      'two change places',
      `UPDATE audit SET id = 9 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = 4; UPDATE audit SET id = 4 WHERE id = 9`,
      3,
    ],
    ['all are removed', `DELETE FROM audit`, 1],
    [
      'one is put behind the head',
      `INSERT INTO audit (id, action, detail, hash) VALUES (7, 'x', '{}', 'x')`,
      7,
    ],
    ['the head is gone', `DELETE FROM audit_head`, 1],
  ])('is found broken, at the record, when %s', async (_, sql, record) => {
    await written(6)
    await tamper(sql)
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'broken', record })
  })

  it('stays broken for good where the end was cut off and somebody writes on', async () => {
    await written(6)
    await tamper('DELETE FROM audit WHERE id > 4')
    await written(3)
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'broken', record: 5 })
  })

  it('with a hash that was kept elsewhere also finds an end that was cut off together with the head', async () => {
    await written(6)
    const { end } = (await verifyChain(db, null)) as { end: { hash: string } }
    await written(2)
    expect(await verifyChain(db, end.hash)).toMatchObject({ kind: 'whole', expectedAt: 6 })
    await tamper(
      `DELETE FROM audit WHERE id > 4;
       UPDATE audit_head SET last_id = 4, hash = (SELECT hash FROM audit WHERE id = 4)`,
    )
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'whole', end: { count: 4 } })
    expect(await verifyChain(db, end.hash)).toMatchObject({ kind: 'unexpected' })
  })

  it('with that hash also finds a log that was written anew from the beginning', async () => {
    await written(3)
    const { end } = (await verifyChain(db, null)) as { end: { hash: string } }
    await tamper(`DELETE FROM audit; UPDATE audit_head SET last_id = 0, hash = repeat('0', 64)`)
    await written(5)
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'whole' })
    expect(await verifyChain(db, end.hash)).toMatchObject({ kind: 'unexpected' })
  })

  it('goes over more than one page of records', async () => {
    await database.sql(`INSERT INTO audit (action, detail) SELECT 'many', '{}' FROM generate_series(1, 2500)`)
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'whole', end: { count: 2500 } })
    await tamper(`UPDATE audit SET action = 'few' WHERE id = 2001`)
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'broken', record: 2001 })
  })

  it('tells when its guards are off', async () => {
    await written(1)
    await database.sql('ALTER TABLE audit DISABLE TRIGGER audit_append_only')
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'unguarded', missing: ['audit_append_only'] })
  })
})

describe('[T117] npm run audit -- verify', () => {
  it('prints the end of a whole chain, and takes it back as what is expected', async () => {
    await written(3)
    const first = await audit('verify')
    expect(first).toMatchObject({ code: 0, said: expect.stringContaining('Records: 3.') })
    const hash = /[0-9a-f]{64}/.exec(first.said)?.[0] ?? ''
    await written(2)
    expect(await audit('verify', '--expect', hash)).toMatchObject({
      code: 0,
      said: expect.stringContaining('that of record 3'),
    })
    expect(await audit('verify', '--expect', 'f'.repeat(64))).toMatchObject({
      code: 1,
      said: expect.stringContaining('TAMPERED'),
    })
  })

  it('exits with 1 and names the first record that is not what was written', async () => {
    await written(5)
    await tamper(`UPDATE audit SET action = 'thing.undone' WHERE id IN (2, 4)`)
    const { code, said } = await audit('verify')
    expect(code).toBe(1)
    expect(said).toContain('TAMPERED')
    expect(said).toContain('Record 2: it is not what was written (thing.undone of ')
  })

  it.each([[[]], [['check']], [['verify', '--expect', 'abc']]])(
    'explains itself when asked %j',
    async (args) => {
      expect(await audit(...args)).toMatchObject({ code: 64, said: expect.stringContaining('npm run audit') })
    },
  )
})

describe('[T86] the migration', () => {
  it('chains what an earlier version has written, and what one that still runs goes on to write', async () => {
    const old = await createDatabase('empty')
    onTestFinished(() => old.drop())
    const folder = fileURLToPath(new URL('../../prisma/migrations/', import.meta.url))
    const names = readdirSync(folder)
      .filter((name) => /^\d/.test(name))
      .sort()
    const ours = names.findIndex((name) => name.endsWith('_audit'))
    const apply = async (name: string) =>
      await old.sql(readFileSync(`${folder}${name}/migration.sql`, 'utf8'))
    for (const name of names.slice(0, ours)) await apply(name)
    // As src/identity/audit-log.ts of the version before has written, with a number that was never used.
    const write = () =>
      old.sql(
        `INSERT INTO audit (actor_id, action, detail) VALUES ('${PERSON}', 'session.start', '{"address": "::1"}')`,
      )
    await write()
    await old.sql(`SELECT nextval('audit_id_seq')`)
    await write()
    for (const name of names.slice(ours)) await apply(name)
    await write()
    const [row] = await old.sql<{ ids: string[] }>('SELECT array_agg(id::text ORDER BY id) AS ids FROM audit')
    expect(row?.ids).toEqual(['1', '2', '3'])
    const reading = new pg.Client({ connectionString: old.url })
    await reading.connect()
    const run = async (statement: Statement, values: readonly unknown[]) =>
      (await reading.query({ text: statement.text, values: [...values] })).rows
    expect(await verifyChain({ run } as Database, null)).toMatchObject({ kind: 'whole', end: { count: 3 } })
    await reading.end()
  })
})

describe('[10] what is written at once', () => {
  it('is not lost with one among it that cannot be written', async () => {
    const log = new AuditLog(db)
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'not an id', 'c'].map((text) =>
        log.write({ actorId: text === 'not an id' ? text : null, action: `thing.${text}` }),
      ),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    const rows = await database.sql<{ action: string }>('SELECT action FROM audit ORDER BY id')
    expect(rows.map(({ action }) => action)).toEqual(['thing.a', 'thing.b', 'thing.c'])
    expect(await verifyChain(db, null)).toMatchObject({ kind: 'whole', end: { count: 3 } })
  })
})
