import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { PageCursors } from '../../schema/paging.ts'
import { schema } from '../../schema/schema.ts'
import { systemClock } from '../../src/clock.ts'
import { Keep } from '../../src/encode/keep.ts'
import { AccessTokens } from '../../src/identity/access-tokens.ts'
import { mayEnter } from '../../src/identity/leavers.ts'
import type { Authentication, Viewer } from '../../src/identity/viewer.ts'
import { createLogger } from '../../src/log.ts'
import { Pictures } from '../../src/picture/pictures.ts'
import { createApp } from '../../src/server/app.ts'
import { SOCKET_LIMITS } from '../../src/server/websocket.ts'
import { Hub } from '../../src/push/hub.ts'
import { Sync } from '../../src/sync/sync.ts'
import type { Entry, Staff } from '../../src/model/entry.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import { added, benchCompany, benchId, VersionWriter } from './company.ts'
import { serve } from './server-child.ts'
import { ABSENT } from '../support/absent-services.ts'

export interface AppOptions {
  readonly people: number
  readonly audiences: number
  /** Versions after the first one; each renames another person, whom everybody sees. Null: none, and no cursors either. */
  readonly edits: number | null
}

export interface AppReady {
  readonly port: number
  /** Access token of the person with each audience. */
  readonly tokens: readonly string[]
  /** By audience, the cursor of that person so many versions ago: [0, 10, 100, …]. */
  readonly cursors: Readonly<Record<string, string>>[]
}

const SECRET = 'the token secret of the benches, long enough'
const STEPS = [0, 10, 100, 1000]

/** The whole server with everything on, over a history in memory: what it costs is what requests cost. */
const { people, audiences, edits }: AppOptions = JSON.parse(process.argv[2] ?? '{}')
const history = new MemoryHistory()
const writer = new VersionWriter()
const company = benchCompany({ people, audiences })
const log = createLogger('info')
const sync = new Sync({ replica: history, secret: SECRET })
const hub = new Hub({ sync, replica: history, mergeDelayMs: 20, heartbeatMs: 25_000, log })
const tokens = new AccessTokens(SECRET, 'bench', systemClock)
const ended = new Set<string>()
const keep = new Keep()

async function authenticate(token: string): Promise<Authentication> {
  const verified = await tokens.verify(token)
  if (verified.kind !== 'valid') return { kind: 'refused', reason: verified.kind }
  return recheck(verified.claims)
}

function recheck(viewer: Viewer): Authentication {
  if (viewer.expiresAt <= systemClock.now()) return { kind: 'refused', reason: 'expired' }
  return ended.has(viewer.sessionId) || !mayEnter(history.state, viewer.staffId)
    ? { kind: 'refused', reason: 'ended' }
    : { kind: 'viewer', viewer }
}

history.append(writer.write(company.map(added)))
const viewers = Array.from({ length: audiences }, (_, n) => benchId('p', n))
const cursors: Record<string, string>[] = viewers.map(() => ({}))
/** People whom everybody sees, and who do not ask. */
const everybody = company
  .filter((e): e is Staff => e.kind === 'staff')
  .filter((_, n) => n % 20 < 10 && n >= viewers.length)
for (let n = 0; edits !== null && n <= edits; n++) {
  const step = edits - n
  if (STEPS.includes(step)) {
    for (const [i, id] of viewers.entries()) {
      const at = cursors[i]
      const page = await sync.snapshot(id, 1, null)
      if (at && page.kind === 'SnapshotPage') at[step] = page.version
    }
  }
  const person = everybody[n]
  if (step > 0 && person) rename(person)
}

function rename(person: Staff): void {
  const after: Entry = { ...person, name: `${person.name} again`, title: `Engineer ${history.version}` }
  history.append(writer.write([{ kind: 'staff', id: person.id, before: person, after }]))
}

const { server } = createApp({
  audit: { write: async () => {} },
  schema,
  services: {
    sync,
    identity: {
      login: unused,
      refresh: unused,
      logout: unused,
      sessions: unused,
      revoke: unused,
    },
    pages: new PageCursors(SECRET),
    copyLeaseSeconds: 604_800,
    ...ABSENT,
    acknowledgePurge: unused,
  },
  identity: {
    authenticate,
    recheck,
    hasEnded: (id) => ended.has(id),
    onEnded: () => () => {},
    jwks: () => tokens.jwks(),
    login: unused,
    refresh: unused,
    endOf: unused,
  },
  sync,
  hub,
  readPhoto: async () => null,
  pictures: new Pictures(),
  health: {
    database: async () => true,
    isCaughtUp: () => true,
    isFilled: async () => {},
    directory: async () => true,
    isDraining: () => false,
    worstStallMs: () => 0,
  },
  host: '127.0.0.1',
  allowedOrigins: ['https://people.example.com'],
  trustProxy: 0,
  graphiql: false,
  limits: SOCKET_LIMITS,
  clock: systemClock,
  keep,
  log,
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const session = '22222222-2222-4222-8222-222222222222'
const signed = await Promise.all(viewers.map(async (id) => (await tokens.sign(id, session)).token))

serve({ port, tokens: signed, cursors } satisfies AppReady, ({ kind }) => {
  if (kind === 'edit') {
    const person = everybody[history.version % everybody.length]
    if (person) rename(person)
  } else globalThis.gc?.()
  return { ...keep.encodings, blocksMade: sync.blocksMade }
})

function unused(): never {
  throw new Error('The bench does not ask this')
}
