import { at } from '../support/sync-world.ts'
import { setImmediate } from 'node:timers/promises'
import { pause } from '../../src/clock.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { createLogger } from '../../src/log.ts'
import type { Staff } from '../../src/model/entry.ts'
import { CursorMint } from '../../src/sync/cursor.ts'
import { Hub } from '../../src/push/hub.ts'
import { Sync } from '../../src/sync/sync.ts'
import { Follower } from '../support/follower.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import { startSlapd, TEST_BASE } from '../support/slapd.ts'
import { added, benchCompany, benchId, VersionWriter } from './company.ts'
import type { Bench, Figure } from './figures.ts'
import { startInstanceProcess } from './instance.ts'
import { startDatabase } from './world.ts'

const SECRET = 'the token secret of the benches, long enough'

interface Size {
  readonly people: number
  readonly audiences: number
  /** Subscriptions, shared out among the audiences. */
  readonly clients: number
}

/**
 * Issue 3, item 9: what a change costs as people, audiences and clients grow, and what a large directory costs to start and to
 * hold. A change must cost more with the audiences that it concerns, and with nothing else.
 */
export const bench: Bench = async ({ isSmall, say }) => {
  const some = isSmall ? 10 : 100
  const sizes: Size[] = [
    ...[1000, 10_000, 100_000].map((people) => ({ people, audiences: some, clients: some })),
    ...(isSmall ? [50] : [10, 1000]).map((audiences) => ({ people: 10_000, audiences, clients: audiences })),
    { people: 10_000, audiences: some, clients: isSmall ? 1000 : 10_000 },
  ]
  const figures: Figure[] = []
  const costs = new Map<Size, number>()
  for (const size of sizes.filter(({ people }) => !isSmall || people < 100_000)) {
    const cost = await costOfChange(size, isSmall ? 10 : 100)
    costs.set(size, cost)
    const { people, audiences, clients } = size
    say(`${people} people, ${audiences} audiences, ${clients} clients: ${cost.toFixed(0)} us a change`)
    const [first] = sizes
    const isGrowthOfPeople =
      first && size !== first && audiences === first.audiences && clients === first.clients
    figures.push({
      what: `CPU per change: ${people} people, ${audiences} audiences, ${clients} clients`,
      value: cost,
      unit: 'us',
      ...(isGrowthOfPeople
        ? { yardstick: { what: '1000 people', value: costs.get(first) ?? Number.NaN }, limit: { atMost: 2 } }
        : {}),
    })
  }
  figures.push(...(await startUp(isSmall ? 1000 : 100_000, say)))
  return figures
}

/** Server CPU of evaluating, encoding and handing over one edit of a person, in microseconds. */
async function costOfChange({ people, audiences, clients }: Size, changes: number): Promise<number> {
  const history = new MemoryHistory()
  const writer = new VersionWriter()
  history.append(writer.write(benchCompany({ people, audiences }).map(added)))
  const sync = new Sync({ replica: history, secret: SECRET })
  const hub = new Hub({
    sync,
    replica: history,
    mergeDelayMs: 0,
    heartbeatMs: 600_000,
    log: createLogger('silent'),
  })
  const mint = new CursorMint(SECRET)
  for (let n = 0; n < clients; n++) {
    const id = benchId('p', n % audiences)
    // What they add up to is not looked at here.
    const cursor = mint.cursor({
      ...sync.views.headPoint(sync.view(id).audience),
      summary: { rows: people, sum: 0n },
    })
    await new Follower(at(id), cursor, false).join(hub)
  }
  const edit = async (n: number) => {
    // Of the types that all audiences see; not among those who are online.
    const before = history.state.get('staff', benchId('p', ((n * 37) % (people / 20)) * 20 + (n % 10)))
    if (!before) throw new Error('nobody to edit')
    const after: Staff = { ...before, title: `Title ${n}` }
    history.append(writer.write([{ kind: 'staff', id: before.id, before, after }]))
    do await setImmediate()
    while (!hub.isIdle)
  }
  for (let n = 0; n < 10; n++) await edit(n)
  const start = process.cpuUsage()
  for (let n = 0; n < changes; n++) await edit(n)
  const { user, system } = process.cpuUsage(start)
  hub.close()
  return (user + system) / changes
}

/** A real instance over a real directory of that size. */
async function startUp(people: number, say: (text: string) => void): Promise<Figure[]> {
  const slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people })].join('') })
  const database = await startDatabase()
  try {
    const first = performance.now()
    const importing = await startInstanceProcess(slapd, database.url)
    await ready(importing.url)
    const imported = performance.now() - first
    say(`first start with ${people} people: ${Math.round(imported)} ms`)
    await importing.stop()
    const second = performance.now()
    const instance = await startInstanceProcess(slapd, database.url)
    await ready(instance.url)
    const started = performance.now() - second
    const { rss } = await instance.usage()
    await instance.stop()
    return [
      { what: `first start until ready, ${people} people to import`, value: imported, unit: 'ms' },
      { what: `start until ready, ${people} people in the log`, value: started, unit: 'ms' },
      { what: 'resident memory per 10,000 people', value: rss / 1e6 / (people / 10_000), unit: 'MB' },
    ]
  } finally {
    await database.stop()
    await slapd.stop()
  }
}

async function ready(url: string): Promise<void> {
  while ((await fetch(`${url}/readyz`)).status !== 200) await pause(50)
}
