import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { delimiter, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { SETTINGS, type Environment } from '../config.ts'
import { AppError, messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { serviceUser, type ServiceUser } from './child.ts'
import { checkout, chooseDataDir, openDataDir, readSecrets, writeWhole, type Secrets } from './data-dir.ts'
import { demoLdif, SMALLEST } from './demo/company.ts'
import { claim } from './lock.ts'
import { PrivatePostgres } from './postgres.ts'
import { ensureSlapd, type SlapdBinary } from './slapd-binary.ts'
import { PrivateSlapd, type PrivateSlapdOptions } from './slapd.ts'
import { Supervisor, type Server } from './supervisor.ts'

/** Below 32768, where the system takes ports for its own connections from. */
const FIRST_LDAP_PORT = 3890
const LDAP_PORTS = 200

export interface LocalOptions {
  readonly env: Environment
  readonly log: Logger
  /** Told about steps that take long. */
  readonly report: (step: string) => void
}

/** The servers of `npm start` that the settings do not name. */
export interface PrivateServers {
  /** The environment with what the private servers provide; what was set by hand stands. */
  readonly env: Environment
  readonly dataDir: string
  /** Process ids of this moment. */
  pids(): { slapd: number | null; postgres: number | null }
  /** A shell command that feeds LDIF to the private directory; null when it is not ours or there are no LDAP tools. */
  readonly ldapmodify: string | null
  /** Resolves when one of them cannot be kept alive, with the reason. */
  readonly gaveUp: Promise<Error>
  /** Stops all and lets go of the folder. */
  close(): Promise<void>
}

/**
 * Starts slapd unless LDAP_URLS is set, and PostgreSQL unless DATABASE_URL is set, in DATA_DIR, and keeps them alive. An
 * empty private directory gets the demo company. One start at a time per folder. Rejects with an AppError
 * that says what to do.
 */
export async function startPrivateServers(o: LocalOptions): Promise<PrivateServers> {
  try {
    return await start(o)
  } catch (error) {
    // What the machine lacks or refuses is told as it stands; only our own mistakes deserve a stack.
    if (error instanceof AppError || error instanceof TypeError) throw error
    throw new AppError('UNAVAILABLE', messageOf(error), { cause: error })
  }
}

async function start(o: LocalOptions): Promise<PrivateServers> {
  const user = serviceUser()
  const dataDir = await chooseDataDir(o.env['DATA_DIR'], checkout(), user)
  await openDataDir(dataDir, user)
  const release = await claim(dataDir)
  const running: Supervisor<Server>[] = []
  try {
    const secrets = await readSecrets(dataDir)
    const [slapd, postgres] = await startBoth(
      isSet(o.env, 'LDAP_URLS') ? null : startSlapd(o, dataDir, user, secrets),
      isSet(o.env, 'DATABASE_URL') ? null : startPostgres(o, dataDir, user),
      running,
    )
    return {
      env: {
        ...o.env,
        DATA_DIR: dataDir,
        ...(isSet(o.env, 'TOKEN_SECRET') ? {} : { TOKEN_SECRET: secrets.tokenSecret }),
        ...(postgres ? { DATABASE_URL: postgres.current.url } : {}),
        ...(slapd ? ldapSettings(o.env, slapd.supervisor.current, secrets) : {}),
      },
      dataDir,
      pids: () => ({ slapd: slapd?.supervisor.current.pid ?? null, postgres: postgres?.current.pid ?? null }),
      ldapmodify: slapd ? ldapmodifyCommand(slapd.binary, slapd.supervisor.current, dataDir, o.env) : null,
      gaveUp: Promise.race(running.map((supervisor) => supervisor.gaveUp)),
      close: () => closeAll(running, release),
    }
  } catch (error) {
    await closeAll(running, release)
    throw error
  }
}

/** Waits for both even when one fails, so that nothing is left running. */
async function startBoth(
  slapd: Promise<RunningSlapd> | null,
  postgres: Promise<Supervisor<PrivatePostgres>> | null,
  running: Supervisor<Server>[],
): Promise<[RunningSlapd | null, Supervisor<PrivatePostgres> | null]> {
  const [first, second] = await Promise.allSettled([slapd, postgres])
  if (first.status === 'fulfilled' && first.value) running.push(first.value.supervisor)
  if (second.status === 'fulfilled' && second.value) running.push(second.value)
  if (first.status === 'rejected') throw first.reason
  if (second.status === 'rejected') throw second.reason
  return [first.value, second.value]
}

async function closeAll(running: readonly Supervisor<Server>[], release: () => Promise<void>): Promise<void> {
  await Promise.all(running.map((supervisor) => supervisor.stop()))
  await release()
}

/** By itself or through the file that NAME_FILE names. */
export function isSet(env: Environment, name: string): boolean {
  return (env[name] ?? '') !== '' || (env[`${name}_FILE`] ?? '') !== ''
}

export function demoBaseDn(env: Environment): string {
  const own = env['LDAP_BASE_DN'] ?? ''
  return own === '' ? (SETTINGS.LDAP_BASE_DN.demo ?? '') : own
}

/** Where the private slapd of a data folder lives, and how it is reached. */
export async function privateSlapdOptions(
  o: Pick<LocalOptions, 'env' | 'report'>,
  dataDir: string,
  user: ServiceUser | null,
  secrets: Secrets,
): Promise<PrivateSlapdOptions> {
  const binary = await ensureSlapd(join(dataDir, 'openldap'), (step) => o.report(`OpenLDAP: ${step} …`))
  return {
    dir: join(dataDir, 'slapd'),
    baseDn: demoBaseDn(o.env),
    rootPassword: secrets.rootPassword,
    user,
    binary,
    // Half as many writes a second: only for whoever asks for it.
    accesslog: isSet(o.env, 'LDAP_ACCESSLOG') && o.env['LDAP_ACCESSLOG'] !== 'off',
  }
}

interface RunningSlapd {
  readonly binary: SlapdBinary
  readonly supervisor: Supervisor<PrivateSlapd>
}

async function startSlapd(
  o: LocalOptions,
  dataDir: string,
  user: ServiceUser | null,
  secrets: Secrets,
): Promise<RunningSlapd> {
  const options = await privateSlapdOptions(o, dataDir, user, secrets)
  if (PrivateSlapd.isNew(options.dir)) {
    o.report(`Filling the directory with a demo company of ${SMALLEST} people …`)
    await PrivateSlapd.load(options, Readable.from(demoLdif({ baseDn: options.baseDn, people: SMALLEST })))
  }
  const portFile = join(dataDir, 'slapd-port')
  const first = await onFreePort(await portOf(portFile), (port) => PrivateSlapd.start({ ...options, port }))
  const port = Number(new URL(first.url).port)
  await writeWhole(portFile, `${port}\n`)
  // For `ldapmodify -y`, which takes a whole file as the password.
  await writeWhole(join(dataDir, 'ldap-password'), secrets.rootPassword)
  const restart = () => PrivateSlapd.start({ ...options, port })
  return { binary: options.binary, supervisor: new Supervisor({ name: 'slapd', restart, log: o.log }, first) }
}

async function startPostgres(
  o: LocalOptions,
  dataDir: string,
  user: ServiceUser | null,
): Promise<Supervisor<PrivatePostgres>> {
  const dir = join(dataDir, 'postgres')
  if (!existsSync(join(dir, 'data'))) o.report('Setting up PostgreSQL …')
  const restart = () => PrivatePostgres.start({ dir, user, pgBin: o.env['PG_BIN'] })
  return new Supervisor({ name: 'postgres', restart, log: o.log }, await restart())
}

/** The port of last time, so that other LDAP tools find the directory again. */
async function portOf(file: string): Promise<number> {
  const port = existsSync(file) ? Number.parseInt(await readFile(file, 'utf8'), 10) : FIRST_LDAP_PORT
  return port >= FIRST_LDAP_PORT && port < FIRST_LDAP_PORT + LDAP_PORTS ? port : FIRST_LDAP_PORT
}

/** Starts on the wanted port, or on the next one where nobody listens. */
async function onFreePort<T>(wanted: number, start: (port: number) => Promise<T>): Promise<T> {
  for (let i = 0; ; i++) {
    const port = FIRST_LDAP_PORT + ((wanted - FIRST_LDAP_PORT + i) % LDAP_PORTS)
    // The first one is tried in any case: a slapd that an earlier life left behind makes room for its successor.
    if (i > 0 && !(await isFree(port))) continue
    try {
      return await start(port)
    } catch (error) {
      if (i >= LDAP_PORTS || (await isFree(port))) throw error
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })
}

/** What a private slapd answers to. */
function ldapSettings(env: Environment, slapd: PrivateSlapd, secrets: Secrets): Environment {
  return {
    LDAP_URLS: slapd.url,
    LDAP_BASE_DN: demoBaseDn(env),
    LDAP_BIND_DN: slapd.bindDn,
    LDAP_BIND_PASSWORD: secrets.rootPassword,
    LDAP_STARTTLS: 'false',
  }
}

function ldapmodifyCommand(
  { toolDir, env }: SlapdBinary,
  slapd: PrivateSlapd,
  dataDir: string,
  outer: Environment,
): string | null {
  if (toolDir === null) return null
  const inPath = (outer['PATH'] ?? '').split(delimiter).some((dir) => resolve(dir) === resolve(toolDir))
  const libraries = Object.entries(env).map(([name, value]) => `${name}=${quote(value)} `)
  const program = inPath ? 'ldapmodify' : `${libraries.join('')}${quote(join(toolDir, 'ldapmodify'))}`
  return `${program} -x -H ${slapd.url} -D ${quote(slapd.bindDn)} -y ${quote(join(dataDir, 'ldap-password'))}`
}

/** For /bin/sh. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
