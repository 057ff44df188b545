#!/usr/bin/env node
// Stands in for Prisma's native `schema-engine` on machines that cannot download it: the same engine as WebAssembly
// (npm: @prisma/schema-engine-wasm), talking to PostgreSQL through @prisma/adapter-pg, behind the stock CLI's protocol
// (JSON-RPC, a line each way). prisma.config.ts switches it on. Migrations, checksums and the table of applied
// migrations are the engine's own, so that both can be used in turn. TypedSQL is not supported.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as wasm from '@prisma/schema-engine-wasm/schema_engine_bg'

const wasmModule = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')

const { values: flags, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    datamodels: { type: 'string', multiple: true },
    datasource: { type: 'string' },
    version: { type: 'boolean' },
    'enabled-preview-features': { type: 'string' },
    'extension-types': { type: 'string' },
  },
})
const datasource = flags.datasource ? JSON.parse(flags.datasource) : {}

const PRISMA_CODES = {
  '3D000': 'P1003',
  '28P01': 'P1000',
  28000: 'P1000',
  ECONNREFUSED: 'P1001',
  ENOENT: 'P1001',
  ENOTFOUND: 'P1001',
  '42P04': 'P1009',
  42501: 'P1010',
}
const codeOf = (error) => PRISMA_CODES[error?.code ?? error?.errors?.[0]?.code]
const textOf = (error) => error.message || String(error.errors?.[0]?.message ?? error)

const log = (level, message, extra = {}) => {
  const fields = { message, ...extra }
  const line = { timestamp: new Date().toISOString(), level, fields, target: 'schema_engine::logger' }
  process.stderr.write(`${JSON.stringify(line)}\n`)
}

/** Prisma's own query parameters mean nothing to pg; `database` replaces the one in the URL. */
function connectionString(url, database) {
  const parsed = new URL(url)
  for (const name of ['schema', 'connection_limit', 'pool_timeout', 'pgbouncer'])
    parsed.searchParams.delete(name)
  if (database) parsed.pathname = `/${encodeURIComponent(database)}`
  return parsed.toString()
}

const databaseOf = (url) => decodeURIComponent(new URL(url).pathname.slice(1))

async function withClient(url, database, work) {
  const client = new pg.Client({ connectionString: connectionString(url, database) })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const canConnect = (url) => withClient(url, undefined, async () => {})
const createDatabase = (url, name) =>
  withClient(url, 'postgres', (c) => c.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`))
const dropDatabase = (url, name) =>
  withClient(url, 'postgres', (c) =>
    c.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`),
  )

// One-shot commands: `schema-engine --datasource {...} cli can-connect-to-database`.
const COMMANDS = {
  'can-connect-to-database': (url) => canConnect(url),
  'create-database': (url) => createDatabase(url, databaseOf(url)),
  'drop-database': (url) => dropDatabase(url, databaseOf(url)),
}

async function runCommand(name) {
  try {
    const command = COMMANDS[name]
    if (!command) throw new Error(`unknown subcommand ${name}`)
    await command(datasource.url)
    return 0
  } catch (error) {
    process.stderr.write('\n')
    log('ERROR', textOf(error), { is_panic: false, error_code: codeOf(error) ?? 'P1011' })
    return 1
  }
}

// adapter-pg is made for queries. For migrations three things are wrong: it rejects the catalogue type "char", it splits
// scripts at every `;` (which breaks function bodies), and its shadow connection lands in the main database.
const PG_CHAR = 18
const PG_TEXT = 25
const COLUMN_CHARACTER = 6

async function migrationAdapter(pool, dispose) {
  const adapter = await new PrismaPg(pool).connect()
  const { prototype } = adapter.constructor
  adapter.queryRaw = async (query) => {
    let chars = []
    const client = {
      query: async (text) => {
        const result = await pool.query(text)
        chars = result.fields.flatMap((field, i) => (field.dataTypeID === PG_CHAR ? [i] : []))
        const fields = result.fields.map((field) =>
          field.dataTypeID === PG_CHAR ? { name: field.name, dataTypeID: PG_TEXT } : field,
        )
        return { ...result, fields }
      },
    }
    const answer = await prototype.queryRaw.call(Object.assign(Object.create(adapter), { client }), query)
    for (const i of chars) answer.columnTypes[i] = COLUMN_CHARACTER
    return answer
  }
  adapter.executeScript = async (script) => {
    try {
      await pool.query(script)
    } catch (error) {
      adapter.onError(error)
    }
  }
  adapter.dispose = dispose
  return adapter
}

function poolOf(url, database) {
  const pool = new pg.Pool({
    connectionString: connectionString(url, database),
    max: 1,
    options: '-c TimeZone=UTC',
  })
  pool.on('error', () => {})
  return pool
}

const adapters = {
  provider: 'postgres',
  adapterName: '@prisma/adapter-pg',
  async connect() {
    const pool = poolOf(datasource.url)
    return migrationAdapter(pool, () => pool.end())
  },
  async connectToShadowDb() {
    if (datasource.shadowDatabaseUrl) {
      const pool = poolOf(datasource.shadowDatabaseUrl)
      return migrationAdapter(pool, () => pool.end())
    }
    const name = `prisma_migrate_shadow_db_${randomUUID()}`
    await createDatabase(datasource.url, name)
    const pool = poolOf(datasource.url, name)
    return migrationAdapter(pool, async () => {
      await pool.end()
      await dropDatabase(datasource.url, name)
    })
  },
}

let started
const engine = () => (started ??= startEngine())

async function startEngine() {
  if (!datasource.url) throw new Error('no datasource.url in prisma.config.ts (set DATABASE_URL)')
  globalThis.PRISMA_WASM_PANIC_REGISTRY ??= {
    set_message(message) {
      this.message = message
    },
  }
  const bytes = readFileSync(wasmModule.replace(/\.js$/, '.wasm'))
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': wasm })
  wasm.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  const datamodels = (flags.datamodels ?? []).map((path) => [path, readFileSync(path, 'utf8')])
  return wasm.SchemaEngine.new(
    { datamodels: datamodels.length ? datamodels : undefined },
    (message) => log('INFO', String(message)),
    bindMigrationAwareSqlAdapterFactory(adapters),
  )
}

// In the WebAssembly build only devDiagnostic and diff may open the shadow database; the other two live off the cache
// that they leave, which is keyed by the list of migrations.
const primed = (method) => async (params) => {
  const e = await engine()
  const { migrationsList, filters } = params
  if (migrationsList.migrationDirectories.length) await e.devDiagnostic({ migrationsList, filters })
  return e[method](params)
}

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

const METHODS = {
  getDatabaseVersion: async (params) => (await engine()).version(params),
  evaluateDataLoss: primed('evaluateDataLoss'),
  createMigration: primed('createMigration'),
  createDatabase: async (params) => {
    const url = params?.datasource?.url ?? datasource.url
    await createDatabase(url, databaseOf(url))
    return { databaseName: databaseOf(url) }
  },
  ensureConnectionValidity: () => canConnect(datasource.url),
  diff: async (params) => {
    const { stdout, exitCode } = await (await engine()).diff(params)
    if (stdout != null) send({ method: 'print', params: { content: stdout }, id: `print-${randomUUID()}` })
    return { exitCode }
  },
}

async function answer(request) {
  try {
    const method = METHODS[request.method] ?? (async (params) => (await engine())[request.method](params))
    return { result: (await method(request.params)) ?? {} }
  } catch (error) {
    const known = typeof error.code === 'string' && /^P\d{4}$/.test(error.code)
    const data = {
      is_panic: false,
      message: textOf(error),
      meta: error.meta ?? null,
      error_code: known ? error.code : (codeOf(error) ?? null),
    }
    return { error: { code: 4466, message: 'An error happened. Check the data field for details.', data } }
  }
}

function serve() {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })
  lines.on('line', (line) => {
    const request = line.trim() ? JSON.parse(line) : {}
    // A line without a method is the CLI's receipt for our `print`.
    if (request.method) void answer(request).then((outcome) => send({ id: request.id, ...outcome }))
  })
  lines.on('close', () => process.exit(0))
}

if (flags.version) {
  const { version } = JSON.parse(readFileSync(wasmModule.replace(/[^/\\]+$/, 'package.json'), 'utf8'))
  console.log(`schema-engine-cli ${version.split('.').at(-1)}`)
} else if (positionals[0] === 'cli') {
  process.exit(await runCommand(positionals[1]))
} else {
  serve()
}
