import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, copyFile, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Client } from 'ldapts'
import { pause } from '../clock.ts'
import { messageOf } from '../errors.ts'
import { layoutLdif } from '../directory/layout.ts'
import { ldifEntry } from '../directory/ldif.ts'
import { layoutOf } from '../directory/names.ts'
import { schemaFile } from '../directory/schema.ts'
import { signal, startChild, type Child, type ChildExit, type ServiceUser } from './child.ts'
import type { SlapdBinary } from './slapd-binary.ts'
import { SERVER_ID, slapdConf } from './slapd-conf.ts'

export interface PrivateSlapdOptions {
  /** Everything of this server lives here, the program that runs included; `user` must be able to reach it. */
  readonly dir: string
  readonly baseDn: string
  readonly rootPassword: string
  readonly user: ServiceUser | null
  readonly binary: SlapdBinary
  readonly accesslog?: boolean
  readonly editorDn?: string
}

const READY_MS = 20_000

/**
 * An OpenLDAP server that belongs to us: a child process that ends when we end, listens on loopback, and whose whole
 * configuration is written at every start. The first start makes the layout; a start after an unclean end recovers.
 */
export class PrivateSlapd {
  readonly url: string
  readonly bindDn: string
  readonly #child: Child

  private constructor(child: Child, url: string, bindDn: string) {
    this.#child = child
    this.url = url
    this.bindDn = bindDn
  }

  static async start(options: PrivateSlapdOptions & { port: number }): Promise<PrivateSlapd> {
    const files = await prepare(options)
    await createDatabase(options, files, null)
    if (existsSync(files.marker)) await recover(options, files)
    const url = `ldap://127.0.0.1:${options.port}`
    const child = await startChild({
      name: 'slapd',
      command: files.program,
      // -d keeps it in the foreground; `none` still tells errors, 0 would not.
      args: ['-d', 'none', '-f', files.conf, '-h', `${url}/`],
      cwd: options.dir,
      env: options.binary.env,
      user: options.user,
      marker: files.marker,
      stopSignal: 'SIGTERM',
    })
    const server = new PrivateSlapd(child, url, files.rootDn)
    try {
      await server.#ready(files.pid, options.rootPassword)
    } catch (e) {
      await server.stop()
      throw e
    }
    return server
  }

  /**
   * Loads LDIF in bulk (5 s for 100,000 people) while no server runs on the folder. The layout is there already; the text
   * holds what stands below it, parents first. A new database appears when it is complete, or not at all.
   */
  static async load(options: PrivateSlapdOptions, ldif: string | Readable): Promise<void> {
    const files = await prepare(options)
    if (await createDatabase(options, files, ldif)) return
    if (existsSync(files.marker)) await recover(options, files)
    await slapadd(options, files.program, files.conf, ['-q', '-w'], ldif)
  }

  /** Whether no database was ever made in the folder. */
  static isNew(dir: string): boolean {
    return !existsSync(join(dir, 'data'))
  }

  get pid(): number {
    return this.#child.pid
  }

  get exited(): Promise<ChildExit> {
    return this.#child.exited
  }

  async stop(): Promise<void> {
    await this.#child.stop()
  }

  /** slapd writes its process id when it listens: whoever answers before may be somebody else on the same port. */
  async #ready(pidFile: string, password: string): Promise<void> {
    let ended = false
    void this.exited.then(() => (ended = true))
    let last: unknown = 'it does not listen'
    for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await pause(5)) {
      if (ended) throw new Error(`slapd ended at once: ${this.#child.stderr().trim()}`)
      if ((await readPid(pidFile)) !== this.pid) continue
      const client = new Client({ url: this.url, connectTimeout: 1000, timeout: 2000 })
      try {
        await client.bind(this.bindDn, password)
        return
      } catch (e) {
        last = e
      } finally {
        await client.unbind().catch(() => {})
      }
    }
    throw new Error(`slapd does not answer at ${this.url}: ${messageOf(last)}`, { cause: last })
  }
}

async function readPid(pidFile: string): Promise<number> {
  return Number((await readFile(pidFile, 'utf8').catch(() => '')).trim() || Number.NaN)
}

interface Files {
  readonly program: string
  readonly conf: string
  readonly marker: string
  readonly pid: string
  readonly rootDn: string
}

/** Brings the folder into order and stops a server that an earlier life of ours has left on it. */
async function prepare(options: PrivateSlapdOptions): Promise<Files> {
  const { dir, user, binary } = options
  const files = {
    program: join(dir, 'slapd'),
    conf: join(dir, 'slapd.conf'),
    marker: join(dir, 'running'),
    pid: join(dir, 'slapd.pid'),
    rootDn: rootDn(options.baseDn),
  }
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await give(dir, user)
  if (options.accesslog === true) {
    await mkdir(join(dir, 'accesslog'), { recursive: true, mode: 0o700 })
    await give(join(dir, 'accesslog'), user)
  }
  await stopLeftover(files.pid, files.conf)
  // A copy, because Ubuntu's AppArmor profile is bound to /usr/sbin/slapd and forbids it our folder.
  await replace(files.program, user, 0o700, (path) => copyFile(binary.slapd, path))
  await replace(join(dir, 'dolores.schema'), user, 0o600, (path) => copyFile(schemaFile(), path))
  await writeConf(options, dir, files.conf)
  return files
}

async function writeConf(options: PrivateSlapdOptions, dir: string, path: string): Promise<void> {
  const { base } = layoutOf(options.baseDn)
  const text = slapdConf({ ...options, dir, baseDn: base, rootDn: rootDn(options.baseDn) })
  await replace(path, options.user, 0o600, (part) => writeFile(part, text, { mode: 0o600 }))
}

/** Puts a file in place at once: a slapd that still runs from the old one is not disturbed. */
async function replace(
  path: string,
  user: ServiceUser | null,
  mode: number,
  write: (path: string) => Promise<void>,
): Promise<void> {
  const part = `${path}.part`
  await write(part)
  await chmod(part, mode)
  await give(part, user)
  await rename(part, path)
}

async function give(path: string, user: ServiceUser | null): Promise<void> {
  if (user) await chown(path, user.uid, user.gid)
}

/** Makes the database with the layout when there is none. It is built beside its place: a crash leaves nothing half. */
async function createDatabase(
  options: PrivateSlapdOptions,
  files: Files,
  ldif: string | Readable | null,
): Promise<boolean> {
  const { dir, user } = options
  if (existsSync(join(dir, 'data'))) return false
  const stage = join(dir, 'stage')
  await rm(stage, { recursive: true, force: true })
  for (const path of [stage, join(stage, 'data')]) {
    await mkdir(path, { mode: 0o700 })
    await give(path, user)
  }
  const conf = join(stage, 'slapd.conf')
  await replace(join(stage, 'dolores.schema'), user, 0o600, (path) => copyFile(schemaFile(), path))
  await writeConf({ ...options, accesslog: false }, stage, conf)
  const layout = layoutLdif(layoutOf(options.baseDn))
  await slapadd(options, files.program, conf, ['-q', '-w'], layout)
  if (ldif !== null) await slapadd(options, files.program, conf, ['-q', '-w'], ldif)
  await flush(join(stage, 'data/data.mdb'))
  await rename(join(stage, 'data'), join(dir, 'data'))
  await rm(stage, { recursive: true, force: true })
  await rm(files.marker, { force: true })
  return true
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+')
  await file.sync()
  await file.close()
}

/**
 * After a kill slapd would start from the contextCSN of its last checkpoint, and changes stored after it would be named to
 * no consumer (trap 1). One entry added offline with -w moves it past all of them. Never by slapmodify: that leaves the
 * index of entryCSN stale.
 */
async function recover(options: PrivateSlapdOptions, files: Files): Promise<void> {
  const { policies } = layoutOf(options.baseDn)
  const cn = `recovered ${new Date().toISOString()}`
  const entry = ldifEntry(`cn=${cn},${policies}`, { objectClass: 'device', cn })
  await slapadd(options, files.program, files.conf, ['-w'], entry)
}

/** slapadd is slapd itself under another name. */
async function slapadd(
  { binary, user, dir, baseDn }: PrivateSlapdOptions,
  program: string,
  conf: string,
  flags: readonly string[],
  ldif: string | Readable,
): Promise<void> {
  const args = ['-T', 'add', '-f', conf, '-b', layoutOf(baseDn).base, '-S', String(SERVER_ID), ...flags]
  const child = spawn(program, args, {
    cwd: dir,
    env: { PATH: process.env['PATH'] ?? '', LANG: 'C', ...binary.env },
    stdio: ['pipe', 'ignore', 'pipe'],
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)))
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const source = typeof ldif === 'string' ? Readable.from([Buffer.from(ldif)]) : ldif
  const fed = pipeline(source, child.stdin).catch((e: unknown) => e)
  const code = await ended
  const broken = await fed
  if (code !== 0) throw new Error(`slapadd ended with ${code}: ${errors.trim()}`)
  if (broken !== undefined) throw new Error(`slapadd: ${messageOf(broken)}`, { cause: broken })
}

async function stopLeftover(pidFile: string, conf: string): Promise<void> {
  const pid = await readPid(pidFile)
  const runs = async () => Number.isInteger(pid) && pid > 1 && (await commandLine(pid)).includes(conf)
  for (const [name, patienceMs] of [
    ['SIGTERM', 10_000],
    ['SIGKILL', 5000],
  ] as const) {
    if (!(await runs())) break
    signal(pid, name)
    for (const end = Date.now() + patienceMs; Date.now() < end && (await runs());) await pause(10)
  }
  if (await runs())
    throw new Error(`slapd ${pid} of an earlier start still runs on this folder and cannot be stopped.`)
  await rm(pidFile, { force: true })
}

/** The command of a process, empty when there is none: a process id may belong to somebody else by now. */
async function commandLine(pid: number): Promise<string> {
  if (existsSync('/proc/self')) return await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return await new Promise((resolve) => {
    const ps = spawn('ps', ['-o', 'args=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    ps.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    ps.once('error', () => resolve(''))
    ps.once('close', () => resolve(text))
  })
}

/** Who may write everything in a private directory. */
export function rootDn(baseDn: string): string {
  return `cn=dolores,${layoutOf(baseDn).base}`
}
