import { at } from './sync-world.ts'
import { expect } from 'vitest'
import { createLogger } from '../../src/log.ts'
import { Hub } from '../../src/push/hub.ts'
import { Sync } from '../../src/sync/sync.ts'
import type { Delta } from '../../web/sdk/contract.ts'
import type { Copy } from '../../web/sdk/copy.ts'
import { applyPages, copyOf } from './apply.ts'
import { flush, Follower } from './follower.ts'
import type { Company } from './histories.ts'
import { MemoryHistory } from './memory-history.ts'
import { oracleView } from './oracle.ts'

/** Rows of one page: small, so that differences have several. */
const FIRST = 3
const ALL = 10_000
const log = createLogger('silent')

/**
 * The promise of the live sync for one change of a directory: everybody's stale copy and what they are told, pulled or
 * pushed, compact or not, make the copy that a fresh snapshot makes, which is what the rules say.
 */
export async function expectFollows(company: Company, change: (company: Company) => unknown): Promise<void> {
  const replica = new MemoryHistory()
  replica.append(...company.versions)
  const sync = new Sync({ replica, secret: 'a secret of the tests, long enough' })
  const hub = new Hub({ sync, replica, mergeDelayMs: 0, heartbeatMs: 2 ** 31 - 1, log })
  try {
    const viewers = company.of('staff').map(({ id }) => id)
    const copies = await Promise.all(
      viewers.flatMap((id) => [true, false].map((compact) => staleCopies(sync, hub, id, compact))),
    )
    const known = company.versions.length
    change(company)
    company.commit()
    replica.append(...company.versions.slice(known))
    await flush(hub)
    for (const { viewerId, compact, pulled, pushed, follower } of copies) {
      applyPages(pulled, await pull(sync, viewerId, pulled.cursor, compact))
      for (const message of follower.inbox) applyPages(pushed, [JSON.parse(message)])
      const fresh = await freshCopy(sync, viewerId)
      const oracle = contentOf(oracleView(company.list, viewerId))
      expect(contentOf(fresh)).toEqual(oracle)
      expect(contentOf(pulled)).toEqual(oracle)
      expect(contentOf(pushed)).toEqual(oracle)
      expect(pulled.cursor).toBe(fresh.cursor)
    }
  } finally {
    hub.close()
  }
}

async function staleCopies(sync: Sync, hub: Hub, viewerId: string, compact: boolean) {
  const [pulled, pushed] = [await freshCopy(sync, viewerId), await freshCopy(sync, viewerId)]
  const follower = await new Follower(at(viewerId), pushed.cursor, compact).join(hub)
  return { viewerId, compact, pulled, pushed, follower }
}

async function freshCopy(sync: Sync, viewerId: string): Promise<Copy> {
  const page = await sync.snapshot(viewerId, ALL, null)
  if (page.kind === 'Resync') throw new Error(page.reason)
  return copyOf([page])
}

async function pull(sync: Sync, viewerId: string, cursor: string, compact: boolean): Promise<Delta[]> {
  const pages: Delta[] = []
  for (let since = cursor; ;) {
    const page = await sync.changesSince(at(viewerId), since, FIRST, compact)
    if (page.kind === 'Resync') throw new Error(page.reason)
    pages.push(page)
    if (!page.hasMore) return pages
    since = page.to
  }
}

function contentOf(copy: Omit<Copy, 'cursor' | 'sum' | 'commit'>) {
  const { departments, staff, departmentTypes, staffTypes, fields, digest } = copy
  return {
    departments: new Map(departments),
    staff: new Map(staff),
    departmentTypes,
    staffTypes,
    fields,
    digest,
  }
}
