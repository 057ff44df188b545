import type { Server } from 'node:http'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import type { Services } from '../../schema/context.ts'
import type { Clock } from '../clock.ts'
import { Keep } from '../encode/keep.ts'
import type { Identity } from '../identity/identity.ts'
import type { Logger } from '../log.ts'
import type { Pictures } from '../picture/pictures.ts'
import type { Hub } from '../push/hub.ts'
import type { Family } from '../vitals/exposition.ts'
import type { Traffic } from '../vitals/traffic.ts'
import type { Sync } from '../sync/sync.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import { auditRoutes } from './audit-route.ts'
import { avatarRoute, AVATAR_PATH } from './avatar-route.ts'
import type { AuthenticatedCall } from './call.ts'
import { Callers } from './callers.ts'
import { chartRoute } from './chart-route.ts'
import { channelContext, contextOf } from './context.ts'
import { CompiledOperations } from './compiled-operations.ts'
import { cacheByText, createGraphql } from './graphql.ts'
import { graphqlRoute } from './graphql-route.ts'
import { livenessRoute, readinessRoute, type HealthChecks } from './health.ts'
import { EXPORT_PATH, exportRoute, type ExportOptions } from './export-route.ts'
import { createHttp, type Route } from './http.ts'
import { invitationRoute } from './invitation-page.ts'
import { viewAsPlugin } from './view-as.ts'
import { limitsPlugin } from './limits.ts'
import { Live } from './live.ts'
import { measuredPlugin } from './measured.ts'
import { metricsRoute } from './metrics-route.ts'
import { originPolicy } from './origin.ts'
import { createProtocol } from './protocol.ts'
import { pageRoutes, type Pages } from './page-routes.ts'
import { SESSION_PATH, sessionRoute } from './session-route.ts'
import { jwksRoute, schemaRoute } from './static-routes.ts'
import { UPLOAD_PATH, uploadRoute, type UploadOptions } from './upload-route.ts'
import { WebSockets, type SocketLimits } from './websocket.ts'

export interface AppOptions {
  readonly schema: GraphQLSchema
  readonly services: Services
  readonly audit: Pick<AuditLog, 'write'>
  readonly identity: Pick<
    Identity,
    'authenticate' | 'recheck' | 'hasEnded' | 'onEnded' | 'jwks' | 'login' | 'refresh' | 'endOf'
  >
  readonly sync: Sync
  readonly hub: Hub
  readonly readPhoto: (staffId: string) => Promise<Buffer | null>
  readonly pictures: Pictures
  /** Files in and out; absent: there are none. */
  readonly transfers?: Omit<ExportOptions & UploadOptions, 'callers' | 'log'>
  readonly health: HealthChecks
  /** What is measured of each request; with a token `/metrics` tells it to whoever has that. Absent: nothing is. */
  readonly metrics?: {
    readonly traffic: Traffic
    readonly token: string
    readonly families: () => Promise<readonly Family[]>
  }
  readonly host: string
  readonly allowedOrigins: readonly string[]
  readonly trustProxy: number
  readonly graphiql: boolean
  /** The app as it was built; absent: there is none. */
  readonly pages?: Pages
  /** What encoders share; one of its own unless given. */
  readonly keep?: Keep
  readonly limits: SocketLimits
  readonly clock: Clock
  readonly log: Logger
}

/** Both transports of the API over one server, which does not listen yet. */
export function createApp(o: AppOptions): { server: Server; sockets: WebSockets } {
  const { schema, services, identity, log, trustProxy, clock, limits } = o
  const origins = originPolicy(o.allowedOrigins, o.host, trustProxy)
  const callers = new Callers(identity)
  const context = (call: AuthenticatedCall) => contextOf(services, call)
  const traffic = o.metrics?.traffic
  const parsed = cacheByText<DocumentNode>()
  const graphql = createGraphql({
    schema,
    plugins: [...(traffic ? [measuredPlugin(traffic)] : []), limitsPlugin(isAnonymous), viewAsPlugin()],
    context,
    parsed,
    log,
  })
  const keep = o.keep ?? new Keep()
  const compiled = new CompiledOperations({ schema, parsed, keep })
  const routes = new Map<string, Route>([
    [
      '/graphql',
      graphqlRoute({
        graphql,
        callers,
        compiled,
        context,
        graphiql: o.graphiql,
        ...(traffic ? { traffic } : {}),
      }),
    ],
    ['/healthz', livenessRoute],
    ['/readyz', readinessRoute(o.health)],
    ['/.well-known/jwks.json', jwksRoute(() => identity.jwks())],
    ['/schema.graphql', schemaRoute(schema)],
    ['/invitation', invitationRoute],
  ])
  const avatars = avatarRoute({
    callers,
    view: (staffId) => o.sync.view(staffId),
    readPhoto: o.readPhoto,
    pictures: o.pictures,
    log,
  })
  const charts = { callers, view: (staffId: string) => o.sync.view(staffId), pictures: o.pictures }
  routes.set('/chart.svg', chartRoute({ ...charts, format: 'svg' }))
  routes.set('/chart.png', chartRoute({ ...charts, format: 'png' }))
  const audits = auditRoutes({
    callers,
    state: () => o.sync.view(null).state,
    audits: services.audits,
    audit: o.audit,
    log,
  })
  routes.set('/audit.ndjson', audits('ndjson'))
  routes.set('/audit.csv', audits('csv'))
  if (o.metrics && o.metrics.token !== '')
    routes.set('/metrics', metricsRoute(o.metrics.token, o.metrics.families))
  const { copyLeaseSeconds } = services
  const files: (readonly [RegExp, Route])[] = [
    [AVATAR_PATH, avatars],
    [SESSION_PATH, sessionRoute({ identity, origins, copyLeaseSeconds })],
  ]
  if (o.transfers) {
    files.push([UPLOAD_PATH, uploadRoute({ ...o.transfers, callers })])
    files.push([EXPORT_PATH, exportRoute({ ...o.transfers, callers, log })])
  }
  const pages = o.pages ? pageRoutes(o.pages) : () => null
  const route = (path: string) =>
    routes.get(path) ?? files.find(([pattern]) => pattern.test(path))?.[1] ?? pages(path)
  const server = createHttp({
    route,
    origins,
    trustProxy,
    ...(traffic ? { onAnswered: (...answer) => traffic.answered(...answer) } : {}),
    log,
  })
  const live = new Live({ hub: o.hub, channelContext: channelContext(services), keep, log })
  const protocol = createProtocol({
    graphql,
    authenticate: (token) => identity.authenticate(token),
    hasEnded: (sessionId) => identity.hasEnded(sessionId),
    follow: (follow) => live.follow(follow),
    log,
  })
  const sockets = new WebSockets(server, { protocol, origins, trustProxy, limits, clock, log })
  identity.onEnded((sessionId) => sockets.endSession(sessionId))
  return { server, sockets }
}

function isAnonymous({ call }: { call: AuthenticatedCall }): boolean {
  return call.authentication.kind !== 'viewer'
}
