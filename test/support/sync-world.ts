import { expect } from 'vitest'
import type { Entry } from '../../src/model/entry.ts'
import type { SignedIn } from '../../src/model/signed-in.ts'
import { CursorMint } from '../../src/sync/cursor.ts'
import type { ChangesResult, Delta, SnapshotPage } from '../../src/sync/results.ts'
import type { Pace } from '../../src/sync/slices.ts'
import { Sync } from '../../src/sync/sync.ts'
import type { Copy } from '../../web/sdk/copy.ts'
import { applyPages, copyOf } from './apply.ts'
import { newCompany } from './histories.ts'
import { MemoryHistory } from './memory-history.ts'
import { oracleView } from './oracle.ts'

export const SECRET = 'a secret of the tests, long enough'

/** A person at their only device, unless another is named. */
export function at(staffId: string, device = ''): SignedIn {
  return { staffId, sessionId: `session of ${staffId} ${device}` }
}

export function start(pace?: Pace) {
  const company = newCompany()
  const history = new MemoryHistory()
  history.append(...company.versions)
  return { company, history, sync: new Sync({ replica: history, secret: SECRET, ...(pace ? { pace } : {}) }) }
}

export async function snapshot(sync: Sync, staffId: string, first = 7): Promise<Copy> {
  const pages: SnapshotPage[] = []
  for (let after: string | null = null; ;) {
    const page = await sync.snapshot(staffId, first, after)
    if (page.kind === 'Resync') throw new Error(`resync ${page.reason}`)
    pages.push(page)
    if (!page.hasNextPage) return copyOf(pages)
    after = page.endCursor
  }
}

/** Reads a whole difference, page by page, and commits it once. */
export async function catchUp(sync: Sync, copy: Copy, staffId: string, first: number, compact: boolean) {
  const pages: Delta[] = []
  let since = copy.cursor
  for (;;) {
    const page: ChangesResult = await sync.changesSince(at(staffId), since, first, compact)
    if (page.kind === 'Resync') return page
    pages.push(page)
    if (!page.hasMore) break
    since = page.to
  }
  applyPages(copy, pages)
  return pages
}

/** A snapshot whose grant changes between its pages is begun again. */
export async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!/resync VIEW_CHANGED/.test(String(error))) throw error
    }
  }
}

/** The version that a cursor of ours stands for. */
export function versionOf(cursor: string): number {
  const read = new CursorMint(SECRET).read(cursor)
  if (read.kind !== 'token' || read.token.kind !== 'cursor') throw new Error('not a cursor')
  return read.token.at.version
}

export function expectTrue(copy: Copy, entries: readonly Entry[], staffId: string) {
  const oracle = oracleView(entries, staffId)
  expect(Object.fromEntries(copy.departments)).toEqual(Object.fromEntries(oracle.departments))
  expect(Object.fromEntries(copy.staff)).toEqual(Object.fromEntries(oracle.staff))
  expect(copy.digest).toBe(oracle.digest)
}
