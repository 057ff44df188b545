import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { operation } from '../support/device.ts'
import { startChild, type Child } from './child.ts'
import { median, type Bench, type Figure } from './figures.ts'
import { usage } from './load-meter.ts'
import { startDatabase } from './world.ts'

interface Scenario {
  readonly audiences: number
  /** Whether the changed row looks different to every audience. */
  readonly ownProjections: boolean
}

/** What one event costs on average, and how long the last client waits for it. */
interface Cost {
  readonly cpuUsPerDelivery: number
  readonly lastMs: number
  readonly stallMs: number
}

/** A server with its clients. */
interface Side {
  readonly server: Child
  readonly clients: Child
}

const SCENARIOS: readonly Scenario[] = [
  { audiences: 1, ownProjections: false },
  { audiences: 20, ownProjections: false },
  { audiences: 200, ownProjections: false },
  { audiences: 20, ownProjections: true },
  { audiences: 200, ownProjections: true },
]
const SIZES = [10_000, 5000, 1000]
const ROUNDS = 7
/** Messages of one round, at least five events of them. */
const DELIVERIES = 50_000
/** After this time without a change the next one waits for nothing (P5). */
const QUIET_MS = 25
/** Clients that connect before memory is first looked at: whatever is made once is made by then. */
const FIRST = 400
/**
 * Events that those few get first. A server runs for days: what its first hundreds of events cost is mostly the compiler of
 * the engine, on threads of its own, and bare sockets have next to nothing to compile.
 */
const WARMING = 300

const sent = z.object({ at: z.number() })
const received = z.object({ lastAt: z.number(), bytes: z.number() })
const memory = z.object({ rss: z.number() })
const connected = z.object({ clients: z.number() })
const counted = z.object({
  evaluations: z.number(),
  encodings: z.number(),
  frames: z.number(),
  /** Rows encoded: once for each projection. */
  changes: z.number(),
  deliveries: z.number(),
})

/** Push to everybody online: one change, thousands of sockets; beside one ready frame written to as many bare sockets. */
export const bench: Bench = async ({ isSmall, say }) => {
  const sizes = isSmall ? [500] : SIZES
  const rounds = isSmall ? 3 : ROUNDS
  const database = await startDatabase()
  const bareServer = startChild('push-bare.ts', {})
  const idle = startChild('push-bare.ts', {})
  const figures: Figure[] = []
  try {
    const bare = await side(bareServer)
    for (const scenario of isSmall ? SCENARIOS.slice(0, 2) : SCENARIOS) {
      const [largest = 0] = sizes
      const task = { ...scenario, people: largest, databaseUrl: database.url }
      const app = await side(startChild('push-server.ts', task))
      try {
        figures.push(...(await measure({ app, bare, idle, scenario, sizes, rounds, say })))
      } finally {
        await app.clients.stop()
        await app.server.stop()
      }
    }
    await bare.clients.stop()
  } finally {
    await Promise.all([bareServer.stop(), idle.stop()])
    await database.stop()
  }
  return figures
}

async function side(server: Child): Promise<Side> {
  return {
    server,
    clients: startChild('push-clients.ts', await server.ask({ do: 'port' }, z.object({ port: z.number() }))),
  }
}

interface Measure {
  readonly app: Side
  readonly bare: Side
  readonly idle: Child
  readonly scenario: Scenario
  /** Descending. */
  readonly sizes: readonly number[]
  readonly rounds: number
  readonly say: (text: string) => void
}

async function measure({ app, bare, idle, scenario, sizes, rounds, say }: Measure): Promise<Figure[]> {
  const { audiences, ownProjections } = scenario
  const [largest = 0] = sizes
  const name = `${audiences} audience${audiences === 1 ? '' : ownProjections ? 's, as many projections' : 's, one projection'}`
  const { accounts } = await app.server.ask(
    { do: 'accounts', count: largest },
    z.object({ accounts: z.array(z.object({ token: z.string(), cursor: z.string() })) }),
  )
  const query = operation('Changes')
  const connect = (count: number) =>
    app.clients.ask({ do: 'connect', count, accounts, query, isShared: true }, connected)
  const strangers = { do: 'connect', accounts: [], query, isShared: true }
  const settled = async () => (await app.server.ask({ do: 'settled' }, memory)).rss
  await connect(Math.min(FIRST, largest / 2))
  await round(app, { do: 'publish' }, Math.min(FIRST, largest / 2), WARMING)
  const before = await settled()
  await connect(largest - Math.min(FIRST, largest / 2))
  const idleBytes = ((await settled()) - before) / (largest - Math.min(FIRST, largest / 2))
  say(`${name}: ${largest} clients, ${Math.round(idleBytes)} bytes each`)
  const { clients: there } = await bare.clients.ask({ do: 'leave', count: 0 }, connected)
  const emptyRss = (await bare.server.ask({ do: 'settled' }, memory)).rss
  await bare.clients.ask({ ...strangers, count: largest - there }, connected)
  const bareRss = (await bare.server.ask({ do: 'settled' }, memory)).rss
  if (largest > there)
    say(`a bare socket beside it: ${Math.round((bareRss - emptyRss) / (largest - there))} bytes`)
  const figures: Figure[] = [
    { what: `memory per idle client, ${name}`, value: idleBytes / 1000, unit: 'kB', limit: { atMost: 10 } },
  ]
  let clients = largest
  for (const size of sizes) {
    for (const { clients: load } of [app, bare])
      await load.ask({ do: 'leave', count: clients - size }, connected)
    clients = size
    const events = Math.max(5, Math.round(DELIVERIES / size))
    const counts = await app.server.ask({ do: 'counts' }, counted)
    const { bytes } = await round(app, { do: 'publish' }, size, 10)
    const text = JSON.stringify('x'.repeat(bytes - 4))
    const mine: Cost[] = []
    const frames: Cost[] = []
    const sends: Cost[] = []
    const idles: number[] = []
    await round(bare, { do: 'publish', how: 'frame', text }, size, 10)
    await round(bare, { do: 'publish', how: 'send', text }, size, 10)
    for (let i = 0; i < rounds; i++) {
      await idle.ask({ do: 'usage' }, usage)
      mine.push(await round(app, { do: 'publish' }, size, events))
      idles.push((await idle.ask({ do: 'usage' }, usage)).stallMs)
      frames.push(await round(bare, { do: 'publish', how: 'frame', text }, size, events))
      sends.push(await round(bare, { do: 'publish', how: 'send', text }, size, events))
    }
    const all = await app.server.ask({ do: 'counts' }, counted)
    say(
      `${name}, ${size}: ${JSON.stringify(difference(counts, all))} in ${10 + rounds * events} events of ${bytes} bytes`,
    )
    const middle = (costs: readonly Cost[], key: keyof Cost) => median(costs.map((cost) => cost[key]))
    const what = `${size.toLocaleString('en')} clients, ${name}`
    const cpu = middle(mine, 'cpuUsPerDelivery')
    figures.push(
      {
        what: `CPU a delivery, ${what}`,
        value: cpu,
        unit: 'us',
        yardstick: { what: 'bare frame', value: middle(frames, 'cpuUsPerDelivery') },
        limit: { atMost: ownProjections ? 1.5 : 1.15 },
      },
      {
        what: `CPU a delivery, ${what}`,
        value: cpu,
        unit: 'us',
        yardstick: { what: 'ws.send', value: middle(sends, 'cpuUsPerDelivery') },
        ...(ownProjections ? {} : { limit: { atMost: 1 } }),
      },
      {
        what: `last client, ${what}`,
        value: middle(mine, 'lastMs'),
        unit: 'ms',
        yardstick: { what: 'bare frame', value: middle(frames, 'lastMs') },
        limit: { atMost: 1.2 },
      },
      {
        what: `stall beyond an idle process, ${what}`,
        value: Math.max(0, middle(mine, 'stallMs') - median(idles)),
        unit: 'ms',
        limit: { atMost: 15 },
      },
    )
  }
  return figures
}

/** A closed loop: the next event when the last client has this one. */
async function round(
  { server, clients }: Side,
  publish: object,
  size: number,
  events: number,
): Promise<Cost & { bytes: number }> {
  const before = await server.ask({ do: 'usage' }, usage)
  const last: number[] = []
  let bytes = 0
  for (let i = 0; i < events; i++) {
    const [{ at }, got] = await Promise.all([
      server.ask(publish, sent),
      clients.ask({ do: 'await' }, received),
    ])
    last.push(got.lastAt - at)
    bytes = got.bytes
    await wait(QUIET_MS)
  }
  const after = await server.ask({ do: 'usage' }, usage)
  return {
    cpuUsPerDelivery: ((after.cpuMs - before.cpuMs) * 1000) / (size * events),
    lastMs: median(last),
    stallMs: after.stallMs,
    bytes,
  }
}

function difference(a: z.infer<typeof counted>, b: z.infer<typeof counted>) {
  return {
    evaluations: b.evaluations - a.evaluations,
    encodings: b.encodings - a.encodings,
    frames: b.frames - a.frames,
    changes: b.changes - a.changes,
    deliveries: b.deliveries - a.deliveries,
  }
}
