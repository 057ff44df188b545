import { randomUUID } from 'node:crypto'
import { once, setMaxListeners } from 'node:events'
import type { Server } from 'node:http'
import { schema } from '../../schema/schema.ts'
import type { Services } from '../../schema/context.ts'
import { PageCursors } from '../../schema/paging.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import { aboutStaff } from '../audit/record.ts'
import { openDatabase, type Database } from '../changelog/database.ts'
import { migrate } from '../changelog/migrate.ts'
import { readSource } from '../changelog/nodes.ts'
import { Replica } from '../changelog/replica.ts'
import { backoff, pause, systemClock } from '../clock.ts'
import type { Config, Mode } from '../config.ts'
import { checkDirectory } from '../directory/check.ts'
import { Credentials } from '../directory/credentials.ts'
import { layoutOf } from '../directory/names.ts'
import { readPhoto } from '../directory/photo.ts'
import { LdapPool } from '../directory/pool.ts'
import { directoryOptions } from '../directory/settings.ts'
import { AppError, messageOf } from '../errors.ts'
import { Identity } from '../identity/identity.ts'
import { requireSameSecret } from '../identity/secret-fingerprint.ts'
import { IntegrationTokens } from '../integration/integration-tokens.ts'
import { IntegrationStore } from '../integration/store.ts'
import type { Logger } from '../log.ts'
import { Pictures } from '../picture/pictures.ts'
import { Projector } from '../projector/projector.ts'
import { AdminNews } from '../push/admin-news.ts'
import { Hub } from '../push/hub.ts'
import { Sync } from '../sync/sync.ts'
import type { Courier } from '../messaging/courier.ts'
import { Days } from '../vitals/days.ts'
import { Vitals } from '../vitals/vitals.ts'
import type { CourierTiming } from '../webhook/courier.ts'
import { createApp } from './app.ts'
import { createAudit } from './audit.ts'
import { closeHttp, Closers } from './drain.ts'
import { createAccounts } from './accounts.ts'
import { createEdits } from './edits.ts'
import { createIntegrations } from './integrations.ts'
import type { HealthChecks } from './health.ts'
import { keepHorizon } from './housekeeping.ts'
import { LoopLag } from './loop-lag.ts'
import { createMetrics } from './metrics.ts'
import { readPages } from './page-routes.ts'
import { createMessaging } from './messaging.ts'
import { createTransfers } from './transfers.ts'
import { SOCKET_LIMITS, type SocketLimits } from './websocket.ts'
import { createWebhooks } from './webhooks.ts'

export interface StartOptions {
  readonly mode: Mode
  readonly log: Logger
  /** Ends waiting for the database at start. */
  readonly signal: AbortSignal
  readonly limits?: Partial<SocketLimits>
  /** Least time of a refused sign-in, in milliseconds. */
  readonly loginFloorMs?: number
  readonly webhookTiming?: Partial<CourierTiming>
  /** Folder of the app as it was built; without one, or while it is empty, the API stands alone. */
  readonly pages?: string
}

/** An instance that answers. */
export interface Instance {
  /** Where it listens, `http://127.0.0.1:4000`. */
  readonly url: string
  readonly replica: Replica
  readonly sync: Sync
  readonly projector: Projector
  readonly courier: Courier
  /** Takes no new work, lets what runs finish, tells sockets to connect elsewhere, and closes everything. */
  close(): Promise<void>
}

/** Connections that wait to be taken: after a restart everybody comes at once, and a queue that overflows resets them. */
const BACKLOG = 4096
/** States of a projector that holds the lease. */
const LEADING: ReadonlySet<string> = new Set(['refreshing', 'following', 'stopped'])
/** Running requests may take this long when the instance closes. */
const DRAIN_MS = 10_000
/** A replica that has not compared itself with the database for so long does not know what it misses. */
const STALE_MS = 5000
/** How long a start waits for a database that does not answer. */
const DATABASE_PATIENCE_MS = 30_000

/**
 * Wires one instance by hand and lets it listen. Rejects with a ConfigError or AppError that says what to do; whatever had
 * been opened is closed then. A directory that is away does not keep it from answering what the log knows.
 */
export async function startInstance(config: Config, o: StartOptions): Promise<Instance> {
  const closers = new Closers(o.log)
  try {
    return await start(config, o, closers)
  } catch (error) {
    await closers.close()
    throw error
  }
}

async function start(config: Config, o: StartOptions, closers: Closers): Promise<Instance> {
  const { log } = o
  const directory = directoryOptions(config, log)
  const pool = new LdapPool(directory)
  closers.add('directory pool', () => pool.close())
  const checked = check(pool, config, log)
  // It may fail while the database is still waited for.
  checked.catch(() => {})
  const db = await connect(config.DATABASE_URL, o)
  closers.add('database', () => db.close())
  await requireSameSecret(db, config.TOKEN_SECRET)
  await checked

  const stop = new AbortController()
  // All that runs listens for its end.
  setMaxListeners(0, stop.signal)
  const replica = await Replica.open(db, log, stop.signal)
  closers.add('replica', () => replica.close())
  const sync = new Sync({ replica, secret: config.TOKEN_SECRET })
  const { audit, audits, refusals, masks, follow } = createAudit({
    config,
    db,
    pool,
    state: () => replica.state,
    log,
  })
  const integrationTokens = new IntegrationTokens({
    store: new IntegrationStore(db),
    replica,
    secret: config.TOKEN_SECRET,
    url: db.url,
    clock: systemClock,
    log,
  })
  const identity = new Identity({
    db,
    integrations: integrationTokens,
    replica,
    credentials: new Credentials(directory, pool),
    audit,
    refusals,
    secret: config.TOKEN_SECRET,
    audience: config.TOKEN_AUDIENCE,
    clock: systemClock,
    log,
    ...(o.loginFloorMs === undefined ? {} : { floorMs: o.loginFloorMs }),
  })
  const projector = new Projector({
    db,
    directory,
    log,
    holder: randomUUID(),
    massDeletePercent: config.MASS_DELETE_PERCENT,
    reconcileHours: config.RECONCILE_HOURS,
    onCommitted: (appended) => replica.offer(appended),
  })
  const edits = createEdits({ db, pool, replica, sync, audit, refusals, masks, log })
  const { accounts, close } = createAccounts({
    config,
    db,
    directory,
    pool,
    identity,
    replica,
    once: edits.once,
    audit,
    refusals,
    log,
  })
  closers.add('mail', close)
  const transfers = createTransfers({ config, db, replica, audit, edits, log })
  const messaging = createMessaging({ db, once: edits.once, log }, stop.signal)
  const webhooks = createWebhooks({
    config,
    schema,
    db,
    replica,
    sync,
    audit,
    refusals,
    once: edits.once,
    log,
    ...(o.webhookTiming ? { timing: o.webhookTiming } : {}),
  })
  closers.add('webhooks', () => webhooks.close())
  const horizon = { maxAgeDays: config.HORIZON_DAYS, maxVersions: config.HORIZON_VERSIONS }
  const work = [
    identity.run(stop.signal),
    integrationTokens.run(stop.signal),
    projector.run(stop.signal),
    keepHorizon(db, horizon, stop.signal, log),
    edits.recover(stop.signal),
    edits.leaveDates(stop.signal),
    sync.prepareSearch(stop.signal).catch((error: unknown) => {
      log.error({ reason: messageOf(error) }, 'the index of search could not be made')
    }),
    follow(stop.signal),
    transfers.run(stop.signal),
    webhooks.run(stop.signal),
  ]
  closers.add('background work', async () => {
    stop.abort()
    await Promise.all([...work, refusals.settled()])
  })
  const hub = new Hub({
    sync,
    replica,
    mergeDelayMs: config.MERGE_DELAY_MS,
    heartbeatMs: config.HEARTBEAT_SECONDS * 1000,
    log,
  })
  closers.add('hub', () => hub.close())

  const lag = new LoopLag()
  closers.add('loop lag', () => lag.close())
  let isDraining = false
  const health: HealthChecks = {
    database: () => db.prisma.$queryRaw`SELECT 1`,
    isCaughtUp: () => Date.now() - replica.checkedAt < STALE_MS,
    isFilled: () => filled(db, replica),
    directory: () => pool.use(async (c) => await c.search('', { scope: 'base' }), { idempotent: true }),
    isDraining: () => isDraining,
    worstStallMs: () => lag.worstMs,
  }
  const vitals = new Vitals({
    db,
    directory: () => health.directory(),
    here: () => ({
      version: replica.version,
      following: hub.size,
      ...hub.load,
      sockets: sockets.size,
      isLeader: LEADING.has(projector.status.state),
      lagMs: projector.status.lagMs,
      worstStallMs: lag.worstMs,
    }),
    now: () => performance.now(),
  })
  const metrics = createMetrics({
    token: config.METRICS_TOKEN,
    vitals,
    hub,
    worstStallMs: () => lag.worstMs,
  })
  const pictures = new Pictures()
  const pages = o.pages === undefined ? null : await readPages(o.pages, o.mode)
  const { server, sockets } = createApp({
    schema,
    services: {
      ...servicesOf(config, sync, identity, audit),
      edits: edits.answers,
      accounts,
      photos: pictures,
      audits,
      imports: transfers.imports,
      uploads: transfers.uploads,
      webhooks: webhooks.webhooks,
      integrations: createIntegrations({
        secret: config.TOKEN_SECRET,
        db,
        audit,
        refusals,
        once: edits.once,
      }),
      vitals,
      days: new Days(db, Date.now),
      ...messaging,
      adminNews: new AdminNews({ replica, signal: stop.signal }),
    },
    audit,
    identity,
    sync,
    hub,
    readPhoto: (id) => readPhoto(pool, id),
    pictures,
    transfers: {
      uploads: transfers.uploads,
      layout: layoutOf(config.LDAP_BASE_DN),
      state: () => replica.state,
      audit,
    },
    health,
    ...(metrics ? { metrics } : {}),
    host: config.HOST,
    allowedOrigins: config.ALLOWED_ORIGINS,
    trustProxy: config.TRUST_PROXY,
    graphiql: o.mode === 'demo',
    ...(pages ? { pages } : {}),
    limits: { ...SOCKET_LIMITS, ...o.limits },
    clock: systemClock,
    log,
  })
  const port = await listenOn(server, config)
  closers.add('transports', async () => {
    isDraining = true
    await Promise.all([sockets.drain(), closeHttp(server, DRAIN_MS, () => sockets.close())])
  })
  const host = config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST
  log.info({ host: config.HOST, port, version: replica.version }, 'Listening')
  const { courier } = messaging
  return { url: `http://${host}:${port}`, replica, sync, projector, courier, close: () => closers.close() }
}

function servicesOf(
  config: Config,
  sync: Sync,
  identity: Identity,
  audit: AuditLog,
): Omit<
  Services,
  | 'edits'
  | 'accounts'
  | 'audits'
  | 'photos'
  | 'imports'
  | 'webhooks'
  | 'integrations'
  | 'uploads'
  | 'vitals'
  | 'days'
  | 'conversations'
  | 'courier'
  | 'adminNews'
> {
  return {
    sync,
    identity,
    pages: new PageCursors(config.TOKEN_SECRET),
    copyLeaseSeconds: config.COPY_LEASE_DAYS * 86_400,
    acknowledgePurge: async ({ staffId, sessionId }, version, from) => {
      if (!sync.isCursor(version)) return false
      await audit.write({
        ...aboutStaff(staffId),
        action: 'copy.purge',
        from,
        detail: { sessionId, version },
      })
      return true
    },
  }
}

/** Rejects until the directory was compared with the log once; an empty directory counts too. */
async function filled(db: Database, replica: Replica): Promise<void> {
  if (replica.version > 0 || (await readSource(db)).reconciledAt !== null) return
  throw new AppError('UNAVAILABLE', 'The directory has not been read yet.')
}

/** Waits for a database that is still starting; one that is not ours is refused at once. */
async function connect(url: string, { log, signal }: StartOptions): Promise<Database> {
  const deadline = Date.now() + DATABASE_PATIENCE_MS
  const delay = backoff(100, 2000)
  for (;;) {
    try {
      const applied = await migrate(url)
      if (applied.length > 0) log.info({ migrations: applied }, 'Migrated the database')
      return await openDatabase(url)
    } catch (error) {
      const isAway = error instanceof AppError && error.code === 'UNAVAILABLE'
      if (!isAway || Date.now() > deadline || signal.aborted) throw error
      log.warn({ problem: messageOf(error) }, 'Waiting for the database')
      await pause(delay(), signal)
    }
  }
}

/** A directory that answers must be one that we can work with; one that does not is no reason not to start. */
async function check(pool: LdapPool, config: Config, log: Logger): Promise<void> {
  try {
    await checkDirectory(pool, layoutOf(config.LDAP_BASE_DN))
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'UNAVAILABLE')) throw error
    log.warn({ problem: messageOf(error) }, 'The directory does not answer: starting with what the log knows')
  }
}

/** Answers the port. */
async function listenOn(server: Server, { HOST, PORT }: Config): Promise<number> {
  server.listen({ port: PORT, host: HOST, backlog: BACKLOG })
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new AppError(
      'UNAVAILABLE',
      `Cannot listen on ${HOST} port ${PORT} (${messageOf(error)}): set HOST or PORT.`,
    )
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : PORT
}
