import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { pause } from '../clock.ts'
import { messageOf } from '../errors.ts'
import { signal, startChild, type Child, type ChildExit, type ServiceUser } from './child.ts'
import { postgresBinaries, type PostgresBinaries } from './postgres-binary.ts'
import { endLeftover } from './postgres-leftover.ts'

const run = promisify(execFile)

/** Bytes that the path of a unix socket may have. */
const SOCKET_PATH_LIMIT = process.platform === 'darwin' ? 103 : 107
const SOCKET_NAME = '.s.PGSQL.5432'
const START_LIMIT_MS = 60_000

export interface PrivatePostgresOptions {
  /** Folder of its own; made when missing. The path to it must be open to `user`. */
  readonly dir: string
  readonly user: ServiceUser | null
  /** Made when missing. */
  readonly database?: string
  /** PG_BIN: folder of PostgreSQL's programs, instead of those that npm installed. */
  readonly pgBin?: string | undefined
  /** More server settings, for example `{ timezone: 'Asia/Shanghai' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * A PostgreSQL of our own in a folder. It is reached through a unix socket in a folder with mode 0700 and nothing else,
 * so that there is no port to clash and no password to keep. It ends when this process does; a server that an earlier
 * life left behind is ended first, one that another living process uses is refused.
 */
export class PrivatePostgres {
  readonly url: string
  readonly pid: number
  readonly exited: Promise<ChildExit>
  readonly #child: Child

  private constructor(child: Child, url: string) {
    this.#child = child
    this.url = url
    this.pid = child.pid
    this.exited = child.exited
  }

  /** Resolves when the server answers and the database exists. */
  static async start(o: PrivatePostgresOptions): Promise<PrivatePostgres> {
    const dir = resolve(o.dir)
    await privateFolder(dir, o.user)
    await requireReach(dir, o.user)
    const binaries = await postgresBinaries({ pgBin: o.pgBin ?? process.env['PG_BIN'], dir, user: o.user })
    const data = join(dir, 'data')
    await endLeftover(dir, data)
    if (!existsSync(join(data, 'PG_VERSION'))) await initialise(binaries, dir, data, o.user)
    await requireMajor(binaries, data)
    const socket = await socketFolder(dir, o.user)
    const child = await launch(binaries, { dir, data, socket, user: o.user, settings: o.settings ?? {} })
    try {
      const database = o.database ?? 'dolores'
      await createDatabase(urlOf(socket, 'postgres'), database)
      return new PrivatePostgres(child, urlOf(socket, database))
    } catch (error) {
      await child.stop()
      throw error
    }
  }

  /** The newest output of the server, for messages. */
  stderr(): string {
    return this.#child.stderr()
  }

  /** Ends sessions, writes everything down and waits for the end. */
  stop(): Promise<void> {
    return this.#child.stop()
  }

  /** As if the power had gone, for tests. */
  kill(): void {
    signal(this.pid, 'SIGKILL')
  }
}

function urlOf(socket: string, database: string): string {
  return `postgresql://postgres@localhost/${encodeURIComponent(database)}?host=${encodeURIComponent(socket)}`
}

async function privateFolder(path: string, user: ServiceUser | null): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  if (!user) return
  await chown(path, user.uid, user.gid)
  await chmod(path, 0o700)
}

/** As root the server runs under another account, which must be able to walk to its folder. */
async function requireReach(dir: string, user: ServiceUser | null): Promise<void> {
  if (!user) return
  try {
    await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', dir], { cwd: '/', ...user })
  } catch (cause) {
    throw new Error(
      `The private PostgreSQL runs under the account with uid ${user.uid}, which may not enter ${dir}. ` +
        'Set DATA_DIR to a folder that other accounts can reach, for example /var/lib/dolores.',
      { cause },
    )
  }
}

/** Made beside its place and renamed, so that an interrupted start leaves no half-made database. */
async function initialise(
  binaries: PostgresBinaries,
  dir: string,
  data: string,
  user: ServiceUser | null,
): Promise<void> {
  const making = `${data}.new`
  await rm(making, { recursive: true, force: true })
  const args = ['-D', making, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C']
  try {
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C' }
    await run(binaries.initdb, args, { cwd: dir, env, ...user })
  } catch (cause) {
    throw new Error(`The private PostgreSQL could not be set up in ${dir}: ${messageOf(cause)}`, { cause })
  }
  await rename(making, data)
}

async function requireMajor(binaries: PostgresBinaries, data: string): Promise<void> {
  const made = Number(await readFile(join(data, 'PG_VERSION'), 'utf8'))
  if (made === binaries.major) return
  throw new Error(
    `${data} was made by PostgreSQL ${made}, and ${binaries.postgres} is version ${binaries.major}. ` +
      `Set PG_BIN to the programs of PostgreSQL ${made}, or move its contents with pg_dump.`,
  )
}

/** The folder itself, or a short one under /tmp when the socket's path would be longer than the system allows. */
async function socketFolder(dir: string, user: ServiceUser | null): Promise<string> {
  if (Buffer.byteLength(join(dir, SOCKET_NAME)) <= SOCKET_PATH_LIMIT) return dir
  const short = join('/tmp', `dolores-${createHash('sha256').update(dir).digest('hex').slice(0, 16)}`)
  try {
    await mkdir(short, { mode: 0o700 })
    if (user) await chown(short, user.uid, user.gid)
  } catch {
    // It exists: whether it is ours is asked below.
  }
  const found = await lstat(short)
  const owner = user?.uid ?? process.getuid?.()
  if (!found.isDirectory() || found.uid !== owner || (found.mode & 0o077) !== 0)
    throw new Error(`${short} is not a private folder of the database's account. Remove it and start again.`)
  return short
}

interface Launch {
  readonly dir: string
  readonly data: string
  readonly socket: string
  readonly user: ServiceUser | null
  readonly settings: Readonly<Record<string, string>>
}

async function launch(binaries: PostgresBinaries, o: Launch): Promise<Child> {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: o.socket,
    unix_socket_permissions: '0700',
    shared_buffers: '64MB',
    timezone: 'UTC',
    ...o.settings,
  }
  const spec = {
    name: 'postgres',
    command: binaries.postgres,
    args: ['-D', o.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    cwd: o.dir,
    user: o.user,
    marker: join(o.dir, 'running'),
    stopSignal: 'SIGINT',
  } as const
  const deadline = Date.now() + START_LIMIT_MS
  for (;;) {
    const child = await startChild(spec)
    if ((await answers(child, o.socket, deadline)) === 'ready') return child
    // After a kill -9 sessions of the old server may still be leaving; only they make another attempt worth while.
    const leaving = /pre-existing shared memory block|lock file .* already exists/.test(child.stderr())
    if (!leaving || Date.now() > deadline - START_LIMIT_MS + 10_000) {
      await child.stop()
      throw new Error(`The private PostgreSQL in ${o.dir} did not start:\n${child.stderr().trim()}`)
    }
    await pause(100)
  }
}

async function answers(child: Child, socket: string, deadline: number): Promise<'ready' | 'ended'> {
  let ended = false
  void child.exited.then(() => (ended = true))
  while (!ended && Date.now() < deadline) {
    const client = new pg.Client({ connectionString: urlOf(socket, 'postgres') })
    client.on('error', () => {})
    try {
      await client.connect()
      return 'ready'
    } catch {
      await pause(20)
    } finally {
      await client.end().catch(() => {})
    }
  }
  return 'ended'
}

async function createDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}
