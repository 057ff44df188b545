import { audienceOf } from './access/grant.ts'
import { pause } from './clock.ts'
import { ConfigError, readConfig, SETTINGS, type Config, type Environment, type Mode } from './config.ts'
import { AppError } from './errors.ts'
import { startPrivateServers, type PrivateServers } from './local/private-servers.ts'
import { DEMO_LOGINS, welcome } from './local/welcome.ts'
import { createLogger, type Logger } from './log.ts'
import { staffByLogin } from './model/state.ts'
import type { Instance } from './server/start.ts'

/** The second Ctrl-C does not wait. */
const INTERRUPTED = 130
const FAILED = 1
/** How long a demo may take to read its directory for the first time, in milliseconds. */
const FIRST_READ_MS = 60_000

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
  const instance = await startInstance(config, { mode: 'production', log, signal })
  await untilAborted(signal)
  await close(instance, log)
}

/** Private servers fill in what the settings leave out. */
async function runDemo(env: Environment, signal: AbortSignal): Promise<void> {
  // A level that does not exist is reported with all other settings, in a moment.
  const level = SETTINGS.LOG_LEVEL.parse.safeParse(env['LOG_LEVEL'])
  const log = createLogger(level.success ? level.data : 'warn')
  const starting = startPrivateServers({ env, log, report: (step) => print(`  ${step}`) })
  const [servers, { startInstance }] = await Promise.all([starting, loadServer()])
  try {
    const config = readConfig(servers.env, 'demo')
    const instance = await startInstance(config, { mode: 'demo', log, signal })
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

/** The bulk of the code takes a second to load, which private servers can use to start. */
const loadServer = () => import('./server/start.ts')

/** Prints where to look, once the directory has been read. */
async function greet(
  { url, replica, sync }: Instance,
  config: Config,
  servers: PrivateServers,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + FIRST_READ_MS
  let first = staffByLogin(replica.state, DEMO_LOGINS[0].login)
  while (!first && Date.now() < deadline && !signal.aborted) {
    await pause(50, signal)
    first = staffByLogin(replica.state, DEMO_LOGINS[0].login)
  }
  if (signal.aborted) return
  print(
    welcome({
      url,
      baseDn: config.LDAP_BASE_DN,
      dataDir: servers.dataDir,
      ldapmodify: servers.ldapmodify,
      since: sync.headCursor(audienceOf(replica.state, first?.id ?? null)),
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
  if (error instanceof ConfigError || error instanceof AppError) process.stderr.write(`${error.message}\n`)
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
