import { readFileSync } from 'node:fs'
import { median, type Bench, type Figure } from './figures.ts'
import type { AppReady } from './app-process.ts'
import { operation } from '../support/device.ts'
import { askOnce, Load, requestBytes } from './http-load.ts'
import { startServerProcess, type ServerProcess } from './server-process.ts'

/** Nothing that an SDK ships: aliases, a fragment of its own, a directive. */
const OTHER = `
  query Other($version: Version!, $withTitle: Boolean = true) {
    news: changesSince(version: $version) {
      kind: __typename
      ... on Delta {
        at: to
        changes { ...Line }
      }
      ... on Resync { reason }
    }
  }
  fragment Line on Change {
    id
    what: action
    staff { id name title @include(if: $withTitle) memberships { departmentId } }
  }
`

const CONNECTIONS = 16
/** Many and short, in turn: whatever else the machine does falls on both servers alike. */
const ROUNDS = 40
const LEAST: Readonly<Record<number, number>> = { 0: 0.7, 10: 0.7, 100: 0.55, 1000: 0.45 }

interface Case {
  readonly what: string
  readonly app: Buffer
  readonly yardstick: Buffer
  readonly appSize: number
  readonly yardstickSize: number
}

/**
 * Issue 3, item 7: `changesSince` with everything on, against node:http that reads the body and answers the same ready
 * bytes. CPU time of the server process for each request.
 */
export const bench: Bench = async ({ isSmall, say }) => {
  const requests = isSmall ? 500 : 1000
  const app = await startServerProcess<AppReady>('app-process.ts', {
    people: isSmall ? 2500 : 5000,
    audiences: 20,
    edits: 1000,
  })
  const plain = await startServerProcess<{ port: number }>('plain-process.ts', {})
  say('both servers listen')
  const figures: Figure[] = []
  const first = await prepare(app, plain, operation('ChangesSince'), 0)
  // A server runs for days: the compiler of the engine, on threads of its own, is no part of what a request costs.
  await compare(app, plain, first, requests)
  for (const changes of [0, 10, 100, 1000]) {
    const measured = await prepare(app, plain, operation('ChangesSince'), changes)
    const { ours, theirs } = await compare(app, plain, measured, changes === 1000 ? requests / 2 : requests)
    figures.push({
      what: `plain node:http by changesSince, ${changes} changes`,
      value: theirs,
      unit: 'us CPU',
      yardstick: { what: 'ours', value: ours },
      limit: { atLeast: LEAST[changes] ?? 1 },
    })
  }
  figures.push(...(await otherDocument(app, requests)))
  await app.stop()
  await plain.stop()
  return figures
}

/** Any other document, against Yoga without its body limit that answers ready bytes. */
async function otherDocument(app: ServerProcess<AppReady>, requests: number): Promise<Figure[]> {
  const schema = readFileSync('schema/schema.graphql', 'utf8')
  const yoga = await startServerProcess<{ port: number }>('yoga-process.ts', { schema })
  const figures: Figure[] = []
  for (const changes of [0, 10, 100, 1000]) {
    const measured = await prepare(app, yoga, OTHER, changes)
    const { ours, theirs } = await compare(app, yoga, measured, requests / 2)
    figures.push({
      what: `another document, ${changes} changes`,
      value: ours,
      unit: 'us CPU',
      yardstick: { what: 'Yoga with ready bytes', value: theirs },
      limit: { atMost: 1 },
    })
  }
  await yoga.stop()
  return figures
}

async function prepare(
  app: ServerProcess<AppReady>,
  plain: ServerProcess<{ port: number }>,
  query: string,
  changes: number,
): Promise<Case> {
  const { port, tokens, cursors } = app.ready
  const what = `${changes} changes`
  const variables = { version: cursors[0]?.[changes] }
  const headers = {
    authorization: `Bearer ${tokens[0]}`,
    origin: 'https://people.example.com',
    accept: 'application/json',
  }
  const body = JSON.stringify({ query, variables })
  const request = requestBytes(port, '/graphql', body, headers)
  const fast = await askOnce(port, request)
  // A batch goes the slow way.
  const slow = await askOnce(port, requestBytes(port, '/graphql', `[${body}]`, headers))
  if (fast.status !== 200 || `[${String(fast.body)}]` !== String(slow.body))
    throw new Error(`Not the same: ${what}`)
  const answers: Record<string, { changes: unknown[] }> = JSON.parse(String(fast.body)).data
  const length = Object.values(answers)[0]?.changes.length
  if (length !== changes) throw new Error(`${length} instead of ${what}`)
  const path = query === OTHER ? '/graphql' : `/${changes}`
  const { 'content-type': type = '' } = fast.headers
  await plain.ask({ kind: 'bytes', path, bytes: fast.body, headers: { 'content-type': type } })
  const yardstick = requestBytes(plain.ready.port, path, body, headers)
  const { size } = await askOnce(plain.ready.port, yardstick)
  return { what, app: request, yardstick, appSize: fast.size, yardstickSize: size }
}

/** CPU time of each server for a request, in microseconds. */
async function compare(
  app: ServerProcess<AppReady>,
  plain: ServerProcess<{ port: number }>,
  measured: Case,
  requests: number,
): Promise<{ ours: number; theirs: number }> {
  const appLoad = await Load.open(app.ready.port, CONNECTIONS)
  const plainLoad = await Load.open(plain.ready.port, CONNECTIONS)
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const a = await cost(app, () => appLoad.run(measured.app, requests, measured.appSize))
    const b = await cost(plain, () => plainLoad.run(measured.yardstick, requests, measured.yardstickSize))
    // The first round warms both up.
    if (round === 0) continue
    ours.push(a / requests)
    theirs.push(b / requests)
  }
  appLoad.close()
  plainLoad.close()
  return { ours: median(ours), theirs: median(theirs) }
}

async function cost(server: ServerProcess<unknown>, load: () => Promise<void>): Promise<number> {
  const before = await server.spent()
  await load()
  const after = await server.spent()
  return (after.cpuMs - before.cpuMs) * 1000
}
