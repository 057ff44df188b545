import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Client } from 'pg'
import { AppError, messageOf } from '../errors.ts'
import { withConnection } from './connection.ts'

/** The advisory lock that Prisma Migrate takes. */
const MIGRATE_LOCK = 72_707_369

// As Prisma Migrate makes it, so that its CLI and this file can be used in turn.
const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

interface Applied {
  readonly migration_name: string
  readonly checksum: string
  readonly is_finished: boolean
}

/**
 * Brings the database up to date, as `prisma migrate deploy` does, without its CLI; returns the names that were applied.
 * Each migration is one transaction: a crash leaves all of it or nothing. Several starters at once apply each once.
 * Throws AppError for a database of another application (nothing is changed) and for a migration that does not fit.
 */
export async function migrate(url: string): Promise<string[]> {
  return await withConnection(url, async (client) => {
    await requireOurs(client)
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATE_LOCK])
    // The lock goes with the connection.
    return await deploy(client, await readMigrations())
  })
}

/** Throws AppError unless the database is empty or was made by our migrations. */
export async function requireOurs(client: Client): Promise<void> {
  const { rows } = await client.query<{ encoding: string; tables: string[] }>(`
    SELECT current_setting('server_encoding') AS encoding, array(
      SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = current_schema() ORDER BY 1) AS tables`)
  const [found] = rows
  if (found?.encoding !== 'UTF8')
    throw new AppError(
      'BAD_USER_INPUT',
      `The database is in ${found?.encoding}. Make one with ENCODING 'UTF8'.`,
    )
  const { tables } = found
  if (tables.length === 0 || (await isOurs(client, tables))) return
  throw new AppError(
    'BAD_USER_INPUT',
    `The database that DATABASE_URL names belongs to another application (it has ${tables.slice(0, 3).join(', ')}). ` +
      'Make an empty one for Dolores; nothing was changed.',
  )
}

async function isOurs(client: Client, tables: readonly string[]): Promise<boolean> {
  if (!tables.includes('_prisma_migrations')) return false
  const [first] = await readMigrations()
  const { rows } = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM _prisma_migrations',
  )
  // A starter that died between the table and its first row leaves the table alone.
  if (rows.length === 0) return tables.length === 1
  return rows.some((row) => row.migration_name === first?.name)
}

async function deploy(client: Client, migrations: readonly Migration[]): Promise<string[]> {
  await client.query(MIGRATIONS_TABLE)
  const { rows } = await client.query<Applied>(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS is_finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  )
  const pending = migrations.filter((migration) => !isApplied(migration, rows))
  for (const migration of pending) await apply(client, migration)
  return pending.map(({ name }) => name)
}

function isApplied(migration: Migration, rows: readonly Applied[]): boolean {
  const found = rows.find((row) => row.migration_name === migration.name)
  if (!found) return false
  if (!found.is_finished)
    throw new AppError(
      'CONFLICT',
      `The migration ${migration.name} failed earlier. See what \`npx prisma migrate status\` says, and resolve it.`,
    )
  if (found.checksum !== migration.checksum)
    throw new AppError(
      'CONFLICT',
      `The migration ${migration.name} is not the one that this database was made with.`,
    )
  return true
}

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    )
    await client.query('COMMIT')
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {})
    throw new AppError('CONFLICT', `The migration ${name} could not be applied: ${messageOf(cause)}`, {
      cause,
    })
  }
}

async function readMigrations(): Promise<Migration[]> {
  const folder = migrationsFolder()
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return await Promise.all(
    names.toSorted().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/** Beside the sources, from wherever this file runs: src or dist/src. */
function migrationsFolder(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const folder = join(at, 'prisma', 'migrations')
    if (existsSync(folder)) return folder
    if (at === dirname(at)) throw new Error('prisma/migrations is missing from this installation')
  }
}
