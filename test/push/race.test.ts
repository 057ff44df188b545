import { afterEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../src/log.ts'
import { Hub } from '../../src/push/hub.ts'
import type { ChangesResult } from '../../src/sync/results.ts'
import type { Channel, Subscriber } from '../../src/push/subscriber.ts'
import { Sync } from '../../src/sync/sync.ts'
import type { SnapshotPage } from '../../web/sdk/contract.ts'
import { applyNews, copyOf, rowsOf } from '../support/apply.ts'
import { newCompany } from '../support/histories.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import { MessageQueue } from '../support/message-queue.ts'
import { oracleDigest } from '../support/oracle-digest.ts'

const log = createLogger('silent')
const hubs: Hub[] = []
afterEach(() => {
  for (const hub of hubs.splice(0)) hub.close()
})

function start() {
  const company = newCompany({ departments: 4, people: 8 })
  const history = new MemoryHistory()
  history.append(...company.versions)
  const sync = new Sync({ replica: history, secret: 'a secret of the tests, long enough' })
  const hub = new Hub({ sync, replica: history, mergeDelayMs: 0, heartbeatMs: 60_000, log })
  hubs.push(hub)
  let edits = 0
  /** Each edit is of another person: whichever is missed or told twice, it shows. */
  const edit = () => {
    const people = company.of('staff')
    const person = people[++edits % people.length]
    if (person) company.put({ ...person, title: `Edit ${edits}` })
    const version = company.commit()
    if (version) history.append(version)
  }
  return { company, history, sync, hub, edit, id: company.of('staff')[0]?.id ?? '' }
}

const bytesOf = (root: ChangesResult) => Buffer.from(JSON.stringify(root))
/** Encoding may take a turn or none. */
const CHANNELS: readonly Channel[] = [
  { compact: false, encode: bytesOf },
  { compact: true, encode: async (root) => bytesOf(root) },
]

function subscriber(staffId: string, channel: Channel, results: MessageQueue<ChangesResult>): Subscriber {
  const end = (error: unknown = null) => {
    throw new Error(`the operation has ended: ${String(error)}`)
  }
  return {
    staffId,
    sessionId: `session of ${staffId}`,
    channel,
    operationId: 'live',
    frame: (payload) => [payload],
    write: (frame) => {
      const result: ChangesResult = JSON.parse(Buffer.concat([...frame]).toString())
      results.push(result)
      return true
    },
    complete: end,
    fail: end,
    close: end,
  }
}

/**
 * A snapshot of pages of two rows, then a subscription; edits happen after so many turns of the microtask queue since it
 * began, and one more at the end. Resolves when the copy is where the log is; a copy takes no delta twice and none that
 * leaves something out.
 */
async function race(snapshotEdits: readonly number[], ticks: readonly number[]): Promise<void> {
  for (const channel of CHANNELS) await raceOn(channel, snapshotEdits, ticks)
}

async function raceOn(
  channel: Channel,
  snapshotEdits: readonly number[],
  ticks: readonly number[],
): Promise<void> {
  const { history, sync, hub, edit, id } = start()
  const pages: SnapshotPage[] = []
  for (let after: string | null = null; ;) {
    const page = await sync.snapshot(id, 2, after)
    if (page.kind === 'Resync') throw new Error(`resync ${page.reason}`)
    pages.push(page)
    if (snapshotEdits.includes(pages.length)) edit()
    if (!page.hasNextPage) break
    after = page.endCursor
  }
  const copy = copyOf(pages)
  const results = new MessageQueue<ChangesResult>()
  // Somebody who follows already: the hub has others to bring along.
  const others = new MessageQueue<ChangesResult>()
  hub.join(subscriber(id, channel, others), copy.cursor)
  await others.next()
  hub.join(subscriber(id, channel, results), copy.cursor)
  for (const [i, tick] of ticks.entries()) {
    for (let at = ticks[i - 1] ?? 0; at < tick; at++) await Promise.resolve()
    edit()
  }
  edit()
  const head = sync.headCursor(sync.view(id).audience)
  while (copy.cursor !== head) {
    const result = await results.next()
    if (result.kind === 'Resync') throw new Error(`resync ${result.reason}`)
    applyNews(copy, result)
  }
  const truth = await sync.snapshot(id, 5000, null)
  expect(truth.kind === 'SnapshotPage' && truth.digest).toBe(oracleDigest(rowsOf(copy)))
  expect(history.version).toBe(1 + snapshotEdits.length + ticks.length + 1)
}

/** More turns than any way through `join` takes, the writing of the first answer included. */
const TURNS = 20

describe('a subscription that races with edits', () => {
  it('[T50] [S3] misses nothing and is told nothing twice, at whatever turn an edit happens', async () => {
    for (let tick = 0; tick <= TURNS; tick++) await race([], [tick])
  })

  it('[T50] [S3] nor when two edits happen, at whatever turns', async () => {
    for (let first = 0; first <= TURNS; first += 4)
      for (let second = first; second <= TURNS; second += 5) await race([], [first, second])
  })

  it('[T50] [S1] [S3] nor when edits happen between the pages of the snapshot as well', async () => {
    for (const page of [1, 3, 6]) for (let tick = 0; tick <= TURNS; tick += 4) await race([page], [tick])
    await race([1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 5, 8, 13, 21, 34])
  })
})
