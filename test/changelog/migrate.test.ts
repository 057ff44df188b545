import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../src/changelog/database.ts'
import { migrate } from '../../src/changelog/migrate.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

async function empty(): Promise<TestDatabase> {
  const database = await createDatabase('empty')
  onTestFinished(() => database.drop())
  return database
}

/** The stock CLI of Prisma with the engine that stands in for its download. */
async function prisma(url: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: url, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' }
  const cli = [`${ROOT}/node_modules/prisma/build/index.js`, ...args]
  const { stdout, stderr } = await run(process.execPath, cli, { cwd: ROOT, env })
  return stdout + stderr
}

/** Everything about tables that could differ between two ways to make them, and what is noted about migrations. */
async function shapeOf(database: TestDatabase): Promise<unknown[]> {
  const columns = await database.sql(`
    SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = 'public' ORDER BY 1, 2`)
  const indexes = await database.sql(`SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`)
  const applied = await database.sql(`
    SELECT migration_name, checksum, applied_steps_count, finished_at IS NOT NULL AS done, logs, rolled_back_at
    FROM _prisma_migrations ORDER BY 1`)
  return [columns, indexes, applied]
}

it('[storage.md 1] is interchangeable with `prisma migrate deploy` and `status`', async () => {
  const [ours, theirs] = await Promise.all([empty(), empty()])
  const applied = await migrate(ours.url)
  expect(applied.length).toBeGreaterThan(0)
  expect(await migrate(ours.url)).toEqual([])
  expect(await prisma(ours.url, 'migrate', 'status')).toContain('Database schema is up to date')

  expect(await prisma(theirs.url, 'migrate', 'deploy')).toContain('successfully applied')
  expect(await migrate(theirs.url)).toEqual([])
  expect(await shapeOf(theirs)).toEqual(await shapeOf(ours))
}, 180_000)

it('[storage.md 1] the migrations make exactly what schema.prisma describes', async () => {
  const database = await empty()
  const args = [
    '--from-migrations',
    'prisma/migrations',
    '--to-schema',
    'prisma/schema.prisma',
    '--exit-code',
  ]
  expect(await prisma(database.url, 'migrate', 'diff', ...args)).toContain('No difference detected')
}, 180_000)

it('applies each migration once when several instances start at once', async () => {
  const database = await empty()
  const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(database.url)))
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
  const db = await openDatabase(database.url)
  onTestFinished(() => db.close())
  expect(await db.prisma.logHead.count()).toBe(1)
})

it('refuses the PostgreSQL of another application with clear words and changes nothing in it', async () => {
  const database = await empty()
  await database.sql('CREATE TABLE invoices (id int)')
  for (const open of [migrate, openDatabase]) {
    await expect(open(database.url)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/another application \(it has invoices\).*empty one/),
    })
  }
  // One that uses Prisma too, and has tables with our names.
  await database.sql('CREATE TABLE entry (id int); CREATE TABLE _prisma_migrations (migration_name text)')
  await database.sql(`INSERT INTO _prisma_migrations VALUES ('20200101000000_init')`)
  await expect(migrate(database.url)).rejects.toThrow('another application')
  const tables = await database.sql(
    `SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  )
  expect(tables).toHaveLength(3)
})

it('refuses a database that was made by other migrations of the same names', async () => {
  const database = await createDatabase()
  onTestFinished(() => database.drop())
  await database.sql(`UPDATE _prisma_migrations SET checksum = repeat('0', 64)`)
  await expect(migrate(database.url)).rejects.toThrow('is not the one that this database was made with')
  await database.sql(`UPDATE _prisma_migrations SET finished_at = NULL`)
  await expect(migrate(database.url)).rejects.toThrow('failed earlier')
})

it('refuses a database that cannot hold every character', async () => {
  const database = await empty()
  const url = new URL(database.url)
  const name = `${url.pathname.slice(1)}_latin`
  await database.sql(`CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
  onTestFinished(async () => void (await database.sql(`DROP DATABASE ${name} WITH (FORCE)`)))
  url.pathname = `/${name}`
  await expect(migrate(url.toString())).rejects.toThrow(/LATIN1.*UTF8/)
})

it('[T13] says which server it cannot reach or is refused by, without the password', async () => {
  const away = migrate('postgresql://dolores:hunter2@127.0.0.1:1/dolores')
  await expect(away).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/^The database at 127\.0\.0\.1:1 does not answer .*Check DATABASE_URL/),
  })
  await expect(away).rejects.not.toThrow('hunter2')
  const missing = new URL((await empty()).url)
  missing.pathname = '/nowhere'
  await expect(openDatabase(missing.toString())).rejects.toThrow(/refuses us .*nowhere.*does not exist/)
  await expect(openDatabase('mysql')).rejects.toThrow('DATABASE_URL is not a URL')
  await expect(openDatabase('postgresql://h/d?schema=x')).rejects.toThrow('a database of its own')
})
