import { gunzipSync, gzipSync } from 'node:zlib'
import { operation } from '../support/device.ts'
import type { AppReady } from './app-process.ts'
import { median, type Bench, type Figure } from './figures.ts'
import { Line, requestBytes } from './http-load.ts'
import { startServerProcess, type ServerProcess, type Spent } from './server-process.ts'

const ROUNDS = 9
/** Rounds that are not counted: a server that has served nothing yet runs code that is not optimised. */
const WARM_UP = 60
const PAGE = 10_000

interface Counts {
  readonly blocks: number
  readonly blocksMade: number
}

type App = ServerProcess<AppReady>
type Plain = ServerProcess<{ port: number }>

/**
 * Issue 3, item 8: everything that one person sees, page by page with the document of the SDK and gzip, against one static
 * file of the same content that was compressed before. Stalls are those over an idle process in the same time.
 */
export const bench: Bench = async ({ isSmall, say }) => {
  const people = isSmall ? 3000 : 100_000
  const app: App = await startServerProcess('app-process.ts', { people, audiences: 2, edits: null })
  const plain: Plain = await startServerProcess('plain-process.ts', {})
  await app.ask({ kind: 'counts' })
  const idle = (await app.spent()).rss
  say(`${people} people are in memory`)

  await plain.spent()
  const built = await measured(app, () => snapshot(app, 0))
  const quietWhileBuilt = await plain.spent()
  const pages = built.result
  const text = Buffer.concat(pages.map((page) => gunzipSync(page)))
  const rows = pages.reduce((sum, page) => sum + rowsOf(page), 0)
  say(`${pages.length} pages, ${rows} rows, ${text.length} bytes of JSON`)
  const file = gzipSync(text, { level: 6 })
  await plain.ask({ kind: 'bytes', path: '/file', bytes: file, headers: { 'content-encoding': 'gzip' } })

  const ours: Measured[] = []
  const theirs: Measured[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const a = await measured(app, () => snapshot(app, 0))
    const b = await measured(plain, () => fetchFile(plain))
    if (round >= 0) ours.push(a)
    if (round >= 0) theirs.push(b)
  }
  const counts = (await app.ask({ kind: 'counts' })) as Counts
  const { rss } = await app.spent()
  const stalls: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await plain.spent()
    await app.ask({ kind: 'edit' })
    const { spent } = await measured(app, () => snapshot(app, 0))
    stalls.push(spent.stallMs - (await plain.spent()).stallMs)
  }
  const after = (await app.ask({ kind: 'counts' })) as Counts
  await snapshot(app, 1)
  const shared = (await app.ask({ kind: 'counts' })) as Counts
  await app.stop()
  await plain.stop()

  const wire = pages.reduce((sum, page) => sum + page.length, 0)
  const of = (list: readonly Measured[], pick: (m: Measured) => number) => median(list.map(pick))
  const stall = (what: string, value: number): Figure => ({
    what: `stall while a snapshot of ${people} people is ${what}`,
    value,
    unit: 'ms',
    limit: { atMost: 15 },
  })
  return [
    {
      what: `whole snapshot of ${people} people, CPU`,
      value: of(ours, (m) => m.cpuMs),
      unit: 'ms',
      yardstick: { what: 'static file', value: of(theirs, (m) => m.cpuMs) },
      limit: { atMost: 2 },
    },
    {
      what: 'the same, time',
      value: of(ours, (m) => m.ms),
      unit: 'ms',
      yardstick: { what: 'static file', value: of(theirs, (m) => m.ms) },
      limit: { atMost: 2 },
    },
    {
      what: 'the same, on the wire',
      value: wire / 1e6,
      unit: 'MB',
      yardstick: { what: 'static file', value: file.length / 1e6 },
    },
    { what: 'built the first time, CPU', value: built.cpuMs, unit: 'ms' },
    stall('built the first time', built.spent.stallMs - quietWhileBuilt.stallMs),
    {
      what: 'stall while it is served',
      value: of(ours, (m) => m.spent.stallMs),
      unit: 'ms',
      yardstick: { what: 'static file', value: of(theirs, (m) => m.spent.stallMs) },
    },
    stall('built after one change, median', median(stalls)),
    stall('built after one change, worst', Math.max(...stalls)),
    { what: 'blocks', value: counts.blocks, unit: 'blocks' },
    {
      what: 'blocks encoded again after one change',
      value: (after.blocks - counts.blocks) / ROUNDS,
      unit: 'blocks',
      limit: { atMost: 2 },
    },
    {
      what: 'blocks encoded for an audience that does not see one type more, nor its managers',
      value: shared.blocks - after.blocks,
      unit: 'blocks',
    },
    { what: 'memory for it', value: (rss - idle) / 1e6, unit: 'MB RSS' },
  ]
}

interface Measured {
  readonly ms: number
  readonly cpuMs: number
  readonly spent: Spent
}

async function measured<T>(
  server: ServerProcess<unknown>,
  work: () => Promise<T>,
): Promise<Measured & { readonly result: T }> {
  const before = await server.spent()
  const start = performance.now()
  const result = await work()
  const ms = performance.now() - start
  const spent = await server.spent()
  return { ms, cpuMs: spent.cpuMs - before.cpuMs, spent, result }
}

/** All pages as they come, compressed. */
async function snapshot({ ready }: App, person: number): Promise<Buffer[]> {
  const { port, tokens } = ready
  const line = await Line.open(port)
  const query = operation('Snapshot')
  const headers = { authorization: `Bearer ${tokens[person]}`, 'accept-encoding': 'gzip' }
  const pages: Buffer[] = []
  for (let after: string | null = null; ;) {
    const body = JSON.stringify({ query, variables: { first: PAGE, after } })
    const answer = await line.ask(requestBytes(port, '/graphql', body, headers))
    if (answer.status !== 200 || answer.headers['content-encoding'] !== 'gzip') {
      throw new Error(`No page: ${answer.status} ${String(answer.body.subarray(0, 500))}`)
    }
    pages.push(answer.body)
    after = cursorOf(answer.body)
    if (after === null) break
  }
  line.close()
  return pages
}

/** The cursor of the next page stands at the end, in a block that is not compressed. */
function cursorOf(page: Buffer): string | null {
  const end = page.subarray(-400).toString('latin1')
  const found = /"endCursor":"([^"]+)","hasNextPage":(true|false)/.exec(end)
  if (!found) throw new Error('The page has no end')
  return found[2] === 'true' ? (found[1] ?? null) : null
}

async function fetchFile({ ready }: Plain): Promise<Buffer> {
  const line = await Line.open(ready.port)
  const { body } = await line.ask(requestBytes(ready.port, '/file', ''))
  line.close()
  return body
}

function rowsOf(page: Buffer): number {
  const { snapshot }: { snapshot: { departments: unknown[]; staff: unknown[] } } = JSON.parse(
    gunzipSync(page).toString(),
  ).data
  return snapshot.departments.length + snapshot.staff.length
}
