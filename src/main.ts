import { fileURLToPath } from 'node:url'
import { ConfigError, readConfig, type Config, type Environment, type Mode } from './config.ts'
import { AppError } from './errors.ts'
import { isSet, startPrivateServers, type PrivateServers } from './local/private-servers.ts'
import { DEMO_LOGINS, welcome } from './local/welcome.ts'
import { createLogger, type Logger } from './log.ts'
import { staffByLogin } from './model/state.ts'
import type { Instance } from './server/start.ts'

/** The app, beside the compiled code; where that is not compiled there is none. */
const PAGES = fileURLToPath(new URL('../app', import.meta.url))
/** The second Ctrl-C does not wait. */
const INTERRUPTED = 130
const FAILED = 1
/** While a demo reads its directory for the first time it says so this often, in milliseconds. */
const PROGRESS_MS = 5000
/** Stands in for what the private servers provide, so that wrong settings are told before anything is set up. */
const PROVIDED_LATER: Environment = {
  DATABASE_URL: 'postgresql://later',
  LDAP_URLS: 'ldap://later',
  LDAP_BIND_PASSWORD: 'later',
  TOKEN_SECRET: 'later'.repeat(10),
}

/**
 * Runs the server until SIGINT or SIGTERM. Ends the process with 0 after a clean stop, 78 when settings, directory or database
 * are not usable as they are, and 1 when it fails otherwise. Expected failures are printed as text that says what to do.
 */
export async function main(mode: Mode): Promise<void> {
  const stop = new AbortController()
  onSignals(stop)
  try {
    await (mode === 'demo' ? runDemo(process.env, stop.signal) : runProduction(process.env, stop.signal))
    process.exit(0)
  } catch (error) {
    report(error)
    process.exit(error instanceof ConfigError ? error.exitCode : FAILED)
  }
}

async function runProduction(env: Environment, signal: AbortSignal): Promise<void> {
  const config = readConfig(env, 'production')
  const log = createLogger(config.LOG_LEVEL)
  const { startInstance } = await loadServer()
  const instance = await startInstance(config, { mode: 'production', log, signal, pages: PAGES })
  await untilAborted(signal)
  await close(instance, log)
}

/** Private servers fill in what the settings leave out. */
async function runDemo(env: Environment, signal: AbortSignal): Promise<void> {
  const { LOG_LEVEL } = readConfig(withProvided(env), 'demo')
  const log = createLogger(isSet(env, 'LOG_LEVEL') ? LOG_LEVEL : 'warn')
  const starting = startPrivateServers({ env, log, report: (step) => print(`  ${step}`) })
  const [servers, { startInstance }] = await Promise.all([starting, loadServer()])
  try {
    const config = readConfig(servers.env, 'demo')
    const instance = await startInstance(config, { mode: 'demo', log, signal, pages: PAGES })
    try {
      await greet(instance, config, servers, signal)
      const gaveUp = await Promise.race([servers.gaveUp, untilAborted(signal)])
      if (gaveUp) throw gaveUp
    } finally {
      await close(instance, log)
    }
  } finally {
    await servers.close()
  }
}

function withProvided(env: Environment): Environment {
  const missing = Object.entries(PROVIDED_LATER).filter(([name]) => !isSet(env, name))
  return { ...env, ...Object.fromEntries(missing) }
}

/** The bulk of the code takes a second to load, which private servers can use to start. */
const loadServer = () => import('./server/start.ts')

/** Prints where to look, once the directory has been read. */
async function greet(
  { url, replica, sync }: Instance,
  config: Config,
  servers: PrivateServers,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = Date.now()
  const isFilled = () =>
    Promise.race([replica.waitFor(1, PROGRESS_MS), untilAborted(signal).then(() => true)])
  while (replica.version === 0 && !(await isFilled())) {
    print(`  Reading the directory for the first time, ${Math.round((Date.now() - startedAt) / 1000)} s …`)
  }
  if (signal.aborted) return
  const first = staffByLogin(replica.state, DEMO_LOGINS[0].login)
  const page = first ? await sync.snapshot(first.id, 1, null) : null
  print(
    welcome({
      url,
      baseDn: config.LDAP_BASE_DN,
      dataDir: servers.dataDir,
      ldapmodify: servers.ldapmodify,
      since: page?.kind === 'SnapshotPage' ? page.version : null,
    }),
  )
}

async function close(instance: Instance, log: Logger): Promise<void> {
  log.info('Stopping')
  await instance.close()
  log.info('Stopped')
}

/** The first signal asks, the second one does not. */
function onSignals(stop: AbortController): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(INTERRUPTED)
      stop.abort()
    })
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function report(error: unknown): void {
  const isExpected = error instanceof ConfigError || (error instanceof AppError && error.code !== 'INTERNAL')
  if (isExpected) process.stderr.write(`${error.message}\n`)
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
