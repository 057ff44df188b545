import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { schema } from '../../schema/schema.ts'
import { PageCursors } from '../../schema/paging.ts'
import { openDatabase } from '../../src/changelog/database.ts'
import { systemClock } from '../../src/clock.ts'
import { AccessTokens } from '../../src/identity/access-tokens.ts'
import { AuditLog } from '../../src/audit/audit-log.ts'
import { Identity } from '../../src/identity/identity.ts'
import { Keep } from '../../src/encode/keep.ts'
import { createLogger } from '../../src/log.ts'
import { Pictures } from '../../src/picture/pictures.ts'
import { createApp } from '../../src/server/app.ts'
import { SOCKET_LIMITS } from '../../src/server/websocket.ts'
import { Hub } from '../../src/push/hub.ts'
import { Sync } from '../../src/sync/sync.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import { serveParent } from './child.ts'
import { added, benchCompany, benchId, VersionWriter } from './company.ts'
import { LoadMeter } from './load-meter.ts'
import { ABSENT } from '../support/absent-services.ts'

/**
 * Both transports of the API in a process of their own, as `start.ts` wires them: real tokens, origins, limits, grants and
 * back-pressure. Only the log is a memory, so that nothing but the pushing is measured.
 */
const task = z.object({
  /** Those who may be online. */
  people: z.number(),
  audiences: z.number(),
  ownProjections: z.boolean(),
  databaseUrl: z.string(),
})
const question = z.discriminatedUnion('do', [
  z.object({ do: z.literal('port') }),
  z.object({ do: z.literal('usage') }),
  z.object({ do: z.literal('settled') }),
  z.object({ do: z.literal('counts') }),
  z.object({ do: z.literal('accounts'), count: z.number() }),
  /** Somebody whom everybody sees gets another title. */
  z.object({ do: z.literal('publish') }),
])

const SECRET = 'the token secret of the benches, long enough'
const AUDIENCE = 'bench'
const parent = serveParent(task)
const { people, audiences, ownProjections, databaseUrl } = parent.task
/** Nobody's own, and shown by every grant of the company: its type is one of those that nobody hides. */
const EDITED = benchId('p', Math.ceil(people / 20) * 20 + 5)
const meter = new LoadMeter()
const log = createLogger('warn')
const writer = new VersionWriter()
const history = new MemoryHistory()
history.append(writer.write(benchCompany({ people: people + 40, audiences, ownProjections }).map(added)))

const db = await openDatabase(databaseUrl)
const sync = new Sync({ replica: history, secret: SECRET })
const identity = new Identity({
  db,
  replica: history,
  credentials: { verify: async () => null },
  audit: new AuditLog(db),
  secret: SECRET,
  audience: AUDIENCE,
  clock: systemClock,
  log,
})
const hub = new Hub({ sync, replica: history, mergeDelayMs: 20, heartbeatMs: 600_000, log })
const keep = new Keep()
const { server } = createApp({
  audit: { write: async () => {} },
  keep,
  schema,
  services: {
    sync,
    identity,
    pages: new PageCursors(SECRET),
    copyLeaseSeconds: 86_400,
    ...ABSENT,
    acknowledgePurge: async () => false,
  },
  identity,
  sync,
  hub,
  readPhoto: async () => null,
  pictures: new Pictures(),
  health: {
    database: async () => {},
    isCaughtUp: () => true,
    isFilled: async () => {},
    directory: async () => {},
    isDraining: () => false,
    worstStallMs: () => 0,
  },
  host: '127.0.0.1',
  allowedOrigins: ['https://people.example.com'],
  trustProxy: 0,
  graphiql: false,
  // Pings cost the same whether anything changes or not: none falls into a round.
  limits: { ...SOCKET_LIMITS, pingMs: 600_000 },
  clock: systemClock,
  log,
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const tokens = new AccessTokens(SECRET, AUDIENCE, systemClock)

let edits = 0

parent.answer(async (message) => {
  const asked = question.parse(message)
  switch (asked.do) {
    case 'port':
      return { port }
    case 'usage':
      return meter.read()
    case 'settled':
      return { rss: await meter.settledRss() }
    case 'counts':
      return { ...hub.counts, changes: keep.encodings.elements }
    case 'accounts': {
      const accounts: { token: string; cursor: string }[] = []
      const cursors = new Map<string, string>()
      for (let n = 0; n < asked.count; n++) {
        const id = benchId('p', n)
        const { key } = sync.view(id).audience
        const page = cursors.has(key) ? null : await sync.snapshot(id, 1, null)
        if (page?.kind === 'SnapshotPage') cursors.set(key, page.version)
        const { token } = await tokens.sign(id, randomUUID())
        accounts.push({ token, cursor: cursors.get(key) ?? '' })
      }
      return { accounts }
    }
    case 'publish': {
      const before = history.state.get('staff', EDITED)
      if (!before) throw new Error('There is nobody to edit')
      const after = { ...before, title: `Title ${++edits % 1000}` }
      const version = writer.write([{ kind: 'staff', id: EDITED, before, after }])
      const at = performance.timeOrigin + performance.now()
      history.append(version)
      return { at }
    }
  }
})
