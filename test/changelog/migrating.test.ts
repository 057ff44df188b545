import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../src/changelog/database.ts'
import { migrate } from '../../src/changelog/migrate.ts'
import { Replica } from '../../src/changelog/replica.ts'
import { createLogger } from '../../src/log.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { idOf, staff } from '../support/entries.ts'
import { fillLog } from './filled.ts'
import { LogWriter } from './log-writer.ts'

/** Versions in the log; `MIGRATED_VERSIONS=1000000 npx vitest run test/changelog/migrating.test.ts` takes some minutes. */
const VERSIONS = Number(process.env['MIGRATED_VERSIONS'] ?? 20_000)
const FOLDER = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))

let database: TestDatabase
let clients: pg.Client[]

beforeEach(async () => {
  database = await createDatabase('empty')
  clients = []
})
afterEach(async () => {
  for (const client of clients) await client.end().catch(() => {})
  await database.drop()
})

/** A session that gives up when somebody keeps it from a lock for a second. */
async function impatient(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url, lock_timeout: 1000 })
  client.on('error', () => {})
  await client.connect()
  clients.push(client)
  return client
}

async function firstRelease(): Promise<void> {
  const names = (await readdir(FOLDER)).filter((name) => /^\d/.test(name)).toSorted()
  const sql = await readFile(`${FOLDER}/${names[0]}/migration.sql`, 'utf8')
  await database.sql(sql)
  await database.sql(`CREATE TABLE _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`)
  await database.sql(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), 1)`,
    [randomUUID(), createHash('sha256').update(sql).digest('hex'), names[0]],
  )
}

/** A commit with the statements of the first release. */
async function writeAsFirstRelease(client: pg.Client, n: number): Promise<number> {
  const entry = JSON.stringify([{ kind: 'staff', id: idOf(n), before: null, after: staff(n) }])
  await client.query('BEGIN')
  await client.query(`SELECT 1 FROM lease WHERE name = 'projector' FOR UPDATE`)
  const { rows } = await client.query<{ version: string; hash: string }>(
    'UPDATE log_head SET version = version + 1 WHERE id = 1 RETURNING version, hash',
  )
  const version = Number(rows[0]?.version)
  const hash = createHash('sha256').update(`${rows[0]?.hash} ${version}`).digest('hex')
  await client.query(
    `WITH rows AS MATERIALIZED (
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS r(kind text, id uuid, before jsonb, after jsonb)
     ), logged AS (
       INSERT INTO log_change (version, kind, entry_id, before, after) SELECT $2, kind, id, before, after FROM rows
     )
     INSERT INTO entry (id, kind, content) SELECT id, kind, after FROM rows
     ON CONFLICT (id, kind) DO UPDATE SET content = excluded.content`,
    [entry, version],
  )
  await client.query(
    `WITH head AS (UPDATE log_head SET hash = $1 WHERE id = 1) INSERT INTO log_version (version, hash) VALUES ($2, $1)`,
    [hash, version],
  )
  await client.query(`SELECT pg_notify('changelog', $1)`, [String(version)])
  await client.query('COMMIT')
  return version
}

/** What a replica of the first release reads; the versions that it found. */
async function readAsFirstRelease(client: pg.Client, after: number): Promise<number[]> {
  await client.query('SELECT version, hash, base_version, base_hash FROM log_head WHERE id = 1')
  const { rows } = await client.query<{ version: string }>(
    `SELECT v.version, v.hash, v.committed_at, c.kind, c.entry_id AS id, c.before, c.after
     FROM (SELECT * FROM log_version WHERE version > $1 ORDER BY version LIMIT 1000) v
     JOIN log_change c ON c.version = v.version ORDER BY v.version`,
    [after],
  )
  return rows.map((row) => Number(row.version))
}

it('[T86] migrations on a long log wait for nobody and let nobody wait for a second; the release before goes on working on the new tables', async () => {
  await firstRelease()
  await fillLog(database, VERSIONS)
  await database.sql('ANALYZE')
  const [writer, reader] = [await impatient(), await impatient()]
  const written: number[] = []
  const seen: number[] = []
  let isMigrated = false
  let after = 0
  const working = (async () => {
    for (let n = VERSIONS + 1; after < 10; n++) {
      written.push(await writeAsFirstRelease(writer, n))
      seen.push(...(await readAsFirstRelease(reader, seen.at(-1) ?? VERSIONS)))
      if (isMigrated) after++
    }
  })()
  await expect.poll(() => written.length, { timeout: 60_000 }).toBeGreaterThan(3)
  const applied = await migrate(database.url)
  isMigrated = true
  await working
  expect(applied.length).toBe((await readdir(FOLDER)).filter((name) => /^\d/.test(name)).length - 1)
  expect(seen).toEqual(written)
  expect(written).toEqual(written.map((_, i) => VERSIONS + 1 + i))

  const db = await openDatabase(database.url)
  const replica = await Replica.open(db, createLogger('silent'), new AbortController().signal)
  const { version } = await (await LogWriter.open(db)).write([staff(0)])
  expect(version).toBe((written.at(-1) ?? 0) + 1)
  expect(await replica.waitFor(version, 10_000)).toBe(true)
  replica.close()
  await db.close()
}, 600_000)

it('[T86] the same work notices a migration that locks a table for longer', async () => {
  await firstRelease()
  const [writer, reader] = [await impatient(), await impatient()]
  const migration = database.sql('BEGIN; LOCK TABLE log_change; SELECT pg_sleep(3); COMMIT')
  const locked = `SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'log_change'::regclass`
  await expect.poll(() => database.sql(locked)).toHaveLength(1)
  await expect(readAsFirstRelease(reader, 0)).rejects.toThrow('lock timeout')
  await expect(writeAsFirstRelease(writer, 1)).rejects.toThrow('lock timeout')
  await migration
})
