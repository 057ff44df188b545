import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { operation } from '../support/device.ts'
import { startChild, type Child } from './child.ts'
import { quantile, type Bench, type Figure } from './figures.ts'
import { usage } from './load-meter.ts'
import { startDatabase } from './world.ts'

const SIZES = [1000, 5000, 10_000]
const AUDIENCES = 20
/** How far behind everybody is. */
const VERSIONS = 20
/** Time between two trivial queries, in milliseconds. */
const PAUSE_MS = 5

const somePort = z.object({ port: z.number() })
const accountList = z.object({ accounts: z.array(z.object({ token: z.string(), cursor: z.string() })) })

/** Everybody comes back at the same moment to a server that has just been started, with a cursor that is behind. */
export const bench: Bench = async ({ isSmall, say }) => {
  const database = await startDatabase()
  const figures: Figure[] = []
  try {
    for (const size of isSmall ? [500] : SIZES) {
      const task = { people: size, audiences: AUDIENCES, ownProjections: false, databaseUrl: database.url }
      const server = startChild('push-server.ts', task)
      const clients = startChild('push-clients.ts', await server.ask({ do: 'port' }, somePort))
      try {
        figures.push(...(await herd(server, clients, size)))
        say(`${size} clients are back`)
      } finally {
        await clients.stop()
        await server.stop()
      }
    }
  } finally {
    await database.stop()
  }
  return figures
}

async function herd(server: Child, clients: Child, size: number): Promise<Figure[]> {
  const { port } = await server.ask({ do: 'port' }, somePort)
  const { accounts } = await server.ask({ do: 'accounts', count: size }, accountList)
  for (let n = 0; n < VERSIONS; n++) await server.ask({ do: 'publish' }, z.object({}))
  const before = await server.ask({ do: 'usage' }, usage)
  const startedAt = performance.now()
  const done = new AbortController()
  const asking = askAgainAndAgain(`http://127.0.0.1:${port}/graphql`, done.signal)
  const query = operation('Changes')
  await clients.ask(
    { do: 'connect', count: size, accounts, query, isShared: true, atOnce: size },
    z.object({ clients: z.literal(size) }),
  )
  const seconds = (performance.now() - startedAt) / 1000
  done.abort()
  const latencies = await asking
  const after = await server.ask({ do: 'usage' }, usage)
  const who = `${size.toLocaleString('en')} clients at once`
  return [
    { what: `until all have their first delta, ${who}`, value: seconds, unit: 's' },
    { what: `server CPU a client, ${who}`, value: (after.cpuMs - before.cpuMs) / size, unit: 'ms' },
    { what: `longest stall, ${who}`, value: after.stallMs, unit: 'ms' },
    { what: `p99 of a trivial query meanwhile, ${who}`, value: quantile(latencies, 0.99), unit: 'ms' },
  ]
}

/** Times of a trivial query, one after the other, in milliseconds. */
async function askAgainAndAgain(url: string, signal: AbortSignal): Promise<number[]> {
  const latencies: number[] = []
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ query: '{ __typename }' })
  while (!signal.aborted) {
    const startedAt = performance.now()
    try {
      const response = await fetch(url, { method: 'POST', headers, body })
      await response.text()
      latencies.push(performance.now() - startedAt)
    } catch {
      // Reset in the crowd before it was taken: it never was a query.
    }
    await wait(PAUSE_MS)
  }
  return latencies
}
