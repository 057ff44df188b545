import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { LogVersion } from '../../src/changelog/log.ts'
import type { Entry } from '../../src/model/entry.ts'
import type { ChangesResult, Delta, SnapshotPage } from '../../src/sync/results.ts'
import { CursorMint } from '../../src/sync/cursor.ts'
import type { Pace } from '../../src/sync/slices.ts'
import { Sync } from '../../src/sync/sync.ts'
import type { Copy } from '../../web/sdk/copy.ts'
import { applyPages, copyOf, rowsOf } from '../support/apply.ts'
import { applyEdit, edits, newCompany } from '../support/histories.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import { oracleView } from '../support/oracle.ts'

const SECRET = 'a secret of the tests, long enough'

/** Of an instance that has not read everything yet. */
class LaggingHistory extends MemoryHistory {
  readonly missing: LogVersion[] = []

  override async waitFor(version: number): Promise<boolean> {
    this.append(...this.missing.splice(0))
    return version <= this.version
  }

  override async databaseHead(): ReturnType<MemoryHistory['databaseHead']> {
    const head = await super.databaseHead()
    const last = this.missing.at(-1)
    return last ? { ...head, version: last.version, hash: last.hash } : head
  }
}

function start(pace?: Pace) {
  const company = newCompany()
  const history = new MemoryHistory()
  history.append(...company.versions)
  return { company, history, sync: new Sync({ replica: history, secret: SECRET, ...(pace ? { pace } : {}) }) }
}

async function snapshot(sync: Sync, staffId: string, first = 7): Promise<Copy> {
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
async function catchUp(sync: Sync, copy: Copy, staffId: string, first: number, compact: boolean) {
  const pages: Delta[] = []
  let since = copy.cursor
  for (;;) {
    const page: ChangesResult = await sync.changesSince(staffId, since, first, compact)
    if (page.kind === 'Resync') return page
    pages.push(page)
    if (!page.hasMore) break
    since = page.to
  }
  applyPages(copy, pages)
  return pages
}

/** A snapshot whose grant changes between its pages is begun again. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!/resync VIEW_CHANGED/.test(String(error))) throw error
    }
  }
}

/** The version that a cursor of ours stands for. */
function versionOf(cursor: string): number {
  const read = new CursorMint(SECRET).read(cursor)
  if (read.kind !== 'token' || read.token.kind !== 'cursor') throw new Error('not a cursor')
  return read.token.at.version
}

function expectTrue(copy: Copy, entries: readonly Entry[], staffId: string) {
  const oracle = oracleView(entries, staffId)
  expect(Object.fromEntries(copy.departments)).toEqual(Object.fromEntries(oracle.departments))
  expect(Object.fromEntries(copy.staff)).toEqual(Object.fromEntries(oracle.staff))
  expect(copy.digest).toBe(oracle.digest)
}

describe('stale copy + delta = fresh snapshot', () => {
  it('[D1] [D2] [D4] [D5] [D8] [D10] [I2] [I4] holds for everyone at every moment of random histories', async () => {
    await fc.assert(
      fc.asyncProperty(
        edits(25),
        fc.nat(5),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        fc.constantFrom(0, 4, 1000),
        async (steps, stride, first, compact, rowsAtOnce) => {
          const { company, history, sync } = start({ rowsAtOnce, sliceMs: 0, blockRows: 2 })
          const viewers = company.of('staff').map((s) => s.id)
          const copies = new Map<string, Copy>()
          for (const id of viewers) copies.set(id, await snapshot(sync, id))
          for (const [i, step] of steps.entries()) {
            const version = applyEdit(company, step)
            if (version) history.append(version)
            for (const [j, id] of viewers.entries()) {
              if ((i + j) % (stride + 1) !== 0) continue
              const copy = copies.get(id) ?? (await snapshot(sync, id))
              const result = await catchUp(sync, copy, id, first, compact)
              if (!Array.isArray(result)) throw new Error(`[I5] an unasked resync: ${result.reason}`)
              expectTrue(copy, company.list, id)
            }
          }
          for (const id of viewers) expectTrue(await snapshot(sync, id), company.list, id)
        },
      ),
      { numRuns: 120 },
    )
  }, 120_000)

  it('[D1] [S1] [S2] [I2] holds for answers that take many turns while the head moves on in each', async () => {
    await fc.assert(
      fc.asyncProperty(
        edits(60),
        fc.boolean(),
        fc.constantFrom(0, 3, 8),
        async (steps, compact, rowsAtOnce) => {
          const { company, history, sync } = start({ rowsAtOnce, sliceMs: 0, blockRows: 2 })
          const states = new Map([[history.version, company.list]])
          const viewers = company.of('staff').map((s) => s.id)
          let isMoving = true
          const reader = async (id: string) => {
            let copy = await patiently(() => snapshot(sync, id))
            for (let isLast = false; !isLast;) {
              isLast = !isMoving
              const result = await catchUp(sync, copy, id, 3, compact)
              if (!Array.isArray(result)) copy = await patiently(() => snapshot(sync, id))
              const version = versionOf(copy.cursor)
              expectTrue(copy, states.get(version) ?? [], id)
            }
          }
          const reading = Promise.all(viewers.map(reader))
          for (const step of steps) {
            await new Promise(setImmediate)
            const version = applyEdit(company, step)
            if (!version) continue
            states.set(version.version, company.list)
            history.append(version)
          }
          isMoving = false
          await reading
        },
      ),
      { numRuns: 60 },
    )
  }, 120_000)

  it('[D3] [I10] never names a row that the client could not see', async () => {
    await fc.assert(
      fc.asyncProperty(edits(20), fc.boolean(), async (steps, compact) => {
        const { company, history, sync } = start()
        const viewers = company.of('staff').map((s) => s.id)
        const since = new Map<string, { cursor: string; known: Set<string> }>()
        for (const id of viewers) {
          const copy = await snapshot(sync, id)
          since.set(id, { cursor: copy.cursor, known: new Set(rowsOf(copy).map((r) => r.id)) })
        }
        for (const step of steps) {
          const version = applyEdit(company, step)
          if (version) history.append(version)
        }
        for (const [id, { cursor, known }] of since) {
          const result = await sync.changesSince(id, cursor, 5000, compact)
          if (result.kind === 'Resync') throw new Error(result.reason)
          const oracle = oracleView(company.list, id)
          const mayKnow = new Set([...known, ...oracle.departments.keys(), ...oracle.staff.keys()])
          const text = JSON.stringify(result.changes)
          const entryIds = [...company.of('department'), ...company.of('staff')].map((e) => e.id)
          for (const entryId of entryIds) if (!mayKnow.has(entryId)) expect(text).not.toContain(entryId)
          expect(new Set(result.changes.map((c) => c.id)).size).toBe(result.changes.length)
        }
      }),
      { numRuns: 80 },
    )
  }, 120_000)

  it('[D2] tells departments before people and parents before children', async () => {
    const { company, history, sync } = start()
    const admin = company.of('staff')[0]?.id ?? ''
    const before = await sync.snapshot('nobody', 1, null)
    expect(before.kind === 'SnapshotPage' && before.departments).toEqual([])
    const person = company.of('staff')[1]
    const role = company.of('staff')[0]?.roleIds ?? []
    const cursor = (await snapshot(sync, person?.id ?? '')).cursor
    if (person) company.put({ ...person, roleIds: role })
    const version = company.commit()
    if (version) history.append(version)
    const result = await sync.changesSince(person?.id ?? '', cursor, 5000, false)
    if (result.kind === 'Resync') throw new Error(result.reason)
    const seen = new Set(rowsOf(await snapshot(sync, admin)).map((r) => r.id))
    const told = new Set<string>()
    for (const change of result.changes) {
      const { department } = change
      if (change.action === 'ADD' && department?.parentId) {
        const isNew = result.changes.some((c) => c.id === department.parentId && c.action === 'ADD')
        if (isNew) expect(told).toContain(department.parentId)
      }
      told.add(change.id)
      expect(seen).toContain(change.id)
    }
    const categories = result.changes.map((c) => c.category)
    expect(categories).toEqual([...categories].sort())
    expect(result.viewerChanged).toBe(true)
  })
})

describe('whoever may not go on is told why', () => {
  it('[C1] [T27] refuses forged, foreign and truncated cursors, byte by byte', async () => {
    const { company, sync } = start()
    const [admin, ordinary] = company.of('staff')
    const cursor = (await snapshot(sync, admin?.id ?? '')).cursor
    const reasonOf = async (version: string, staffId = admin?.id ?? '') => {
      const result = await sync.changesSince(staffId, version, 10, false)
      return result.kind === 'Resync' ? result.reason : result.kind
    }
    expect(await reasonOf(cursor)).toBe('Delta')
    expect(await reasonOf(cursor, ordinary?.id)).toBe('DIVERGED')
    for (let i = 0; i < cursor.length; i++) {
      const other = cursor[i] === 'A' ? 'B' : 'A'
      expect(await reasonOf(cursor.slice(0, i) + other + cursor.slice(i + 1))).toBe('DIVERGED')
    }
    for (const bad of [
      '',
      '0',
      'null',
      '../..',
      cursor.slice(1),
      `${cursor}A`,
      '\u0000',
      'é'.repeat(30),
      'A'.repeat(1e6),
    ]) {
      expect(await reasonOf(bad)).toBe('DIVERGED')
    }
  })

  it('[R1] [L7] answers PRUNED below the base and serves a cursor at the base', async () => {
    const { company, history, sync } = start()
    const id = company.of('staff')[1]?.id ?? ''
    const old = (await snapshot(sync, id)).cursor
    const version = applyEdit(company, { op: 'rename department', a: 0, b: 5, c: 0 })
    if (version) history.append(version)
    const atBase = (await snapshot(sync, id)).cursor
    history.prune(history.version)
    const pruned = await sync.changesSince(id, old, 10, false)
    expect(pruned).toMatchObject({ kind: 'Resync', reason: 'PRUNED', keepOld: true })
    expect(await sync.changesSince(id, atBase, 10, false)).toMatchObject({
      kind: 'Delta',
      changes: [],
      hasMore: false,
    })
  })

  it('[R1] [T53] answers DIVERGED when the database holds another history', async () => {
    const { company, history, sync } = start()
    const id = company.of('staff')[0]?.id ?? ''
    const cursor = (await snapshot(sync, id)).cursor
    const other = newCompany()
    applyEdit(other, { op: 'rename department', a: 3, b: 99, c: 0 })
    history.replace(
      [...other.versions].map((v) => ({ ...v, hash: v.hash.replace(/^./, (d) => (d === '0' ? '1' : '0')) })),
    )
    expect(await sync.changesSince(id, cursor, 10, false)).toMatchObject({ reason: 'DIVERGED' })
    history.replace([])
    expect(await sync.changesSince(id, cursor, 10, false)).toMatchObject({ reason: 'DIVERGED' })
  })

  it('[R1] answers SCHEMA to a cursor of another view code', async () => {
    const { company, sync } = start()
    const foreign = new CursorMint(SECRET, 200).cursor({
      version: 1,
      hash: '0'.repeat(16),
      fingerprint: '0'.repeat(16),
    })
    expect(await sync.changesSince(company.of('staff')[0]?.id ?? '', foreign, 10, false)).toMatchObject({
      reason: 'SCHEMA',
    })
  })

  it('[R2] tells with a Resync what the grant of today contains, and keeps no copy whose grant it does not know', async () => {
    const { company, sync } = start()
    const [admin, ordinary, scoped] = company.of('staff').map((s) => s.id)
    const typeIds = (kind: 'departmentType' | 'staffType', hidden = '') =>
      company
        .of(kind)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .filter((type) => type.name !== hidden)
        .map((type) => type.id)
    const of = (id = '') => sync.changesSince(id, 'forged', 10, false)
    expect(await of(admin)).toMatchObject({
      keepOld: false,
      departmentTypeIds: typeIds('departmentType'),
      staffTypeIds: typeIds('staffType'),
      sensitiveFields: ['floor', 'mobile'],
    })
    expect(await of(ordinary)).toMatchObject({
      departmentTypeIds: typeIds('departmentType', 'Secret'),
      staffTypeIds: typeIds('staffType', 'Hidden'),
      sensitiveFields: [],
    })
    expect(await of(scoped)).toMatchObject({ keepOld: false, sensitiveFields: ['mobile'] })
    expect(await of('nobody')).toMatchObject({ departmentTypeIds: [], staffTypeIds: [], sensitiveFields: [] })
  })

  it('[D8] answers CHECKSUM once to the copy that reported a wrong digest', async () => {
    const { company, sync } = start()
    const id = company.of('staff')[0]?.id ?? ''
    const cursor = (await snapshot(sync, id)).cursor
    expect(sync.reportDigest(id, cursor)).toBe(true)
    expect(sync.reportDigest(id, 'nonsense')).toBe(false)
    expect(await sync.changesSince(id, cursor, 10, false)).toMatchObject({ reason: 'CHECKSUM' })
    expect(await sync.changesSince(id, cursor, 10, false)).toMatchObject({ kind: 'Delta' })
  })

  it('[D10] [C2] [I9] goes on with pages that another instance has begun, also where it is behind', async () => {
    const { company, history, sync } = start()
    const id = company.of('staff')[0]?.id ?? ''
    const behind = new LaggingHistory()
    behind.append(...company.versions)
    const other = new Sync({ replica: behind, secret: SECRET })
    const copy = await snapshot(sync, id)
    for (let i = 0; i < 6; i++) {
      const version = applyEdit(company, { op: 'edit person', a: i, b: i + 50, c: 1 })
      if (version) history.append(version)
      if (version) behind.missing.push(version)
    }
    const first = await sync.changesSince(id, copy.cursor, 3, false)
    if (first.kind === 'Resync') throw new Error(first.reason)
    expect(first.hasMore).toBe(true)
    const second = await other.changesSince(id, first.to, 100, false)
    if (second.kind === 'Resync') throw new Error(second.reason)
    applyPages(copy, [first, second])
    expectTrue(copy, company.list, id)
  })

  it('[D10] [S1] drops a paged delta and a snapshot whose grant has changed meanwhile', async () => {
    const { company, history, sync } = start()
    const person = company.of('staff')[1]
    const id = person?.id ?? ''
    const cursor = (await snapshot(sync, id)).cursor
    for (let i = 0; i < 6; i++) {
      const version = applyEdit(company, { op: 'edit person', a: i, b: i + 50, c: 1 })
      if (version) history.append(version)
    }
    const page = await sync.changesSince(id, cursor, 1, false)
    const part = await sync.snapshot(id, 2, null)
    if (page.kind === 'Resync' || part.kind === 'Resync') throw new Error('unexpected resync')
    expect(page.hasMore).toBe(true)
    if (person) company.put({ ...person, roleIds: [] })
    const version = company.commit()
    if (version) history.append(version)
    expect(await sync.changesSince(id, page.to, 1, false)).toMatchObject({
      reason: 'VIEW_CHANGED',
      departmentTypeIds: [],
    })
    expect(await sync.snapshot(id, 2, part.endCursor)).toMatchObject({
      reason: 'VIEW_CHANGED',
      staffTypeIds: [],
    })
  })

  it('[D5] revoking a type costs less than 200 bytes however many rows it had, where they concern nobody else', async () => {
    const { company, history, sync } = start()
    const [admin] = company.of('staff')
    const hidden = company.of('staffType')[2]?.id ?? ''
    const department = company.of('department')[0]?.id ?? ''
    const { newStaff } = await import('../support/newcomers.ts')
    for (const person of company.of('staff')) company.put({ ...person, managerId: null })
    for (let i = 0; i < 500; i++) company.put(newStaff(company.id('staff'), [department], hidden, []))
    const first = company.commit()
    if (first) history.append(first)
    const id = admin?.id ?? ''
    const copy = await snapshot(sync, id, 1000)
    const rule = company.of('rule')[0]
    if (rule) company.put({ ...rule, staffTypeIds: rule.staffTypeIds.filter((t) => t !== hidden) })
    const second = company.commit()
    if (second) history.append(second)
    const pages = await catchUp(sync, copy, id, 5000, true)
    if (!Array.isArray(pages)) throw new Error(pages.reason)
    const [delta] = pages
    expect(JSON.stringify({ changes: delta?.changes, revoked: delta?.revoked }).length).toBeLessThan(200)
    expectTrue(copy, company.list, id)
  })
})

describe('what was worked out once', () => {
  it('[S1] the summary of a snapshot is not worked out again when the head moves on between its pages', async () => {
    const { company, history, sync } = start()
    const id = company.of('staff')[0]?.id ?? ''
    const first = await sync.snapshot(id, 3, null)
    if (first.kind === 'Resync') throw new Error(first.reason)
    const version = applyEdit(company, { op: 'edit person', a: 3, b: 99, c: 0 })
    if (version) history.append(version)
    const walk = vi.spyOn(history.state, 'all')
    const second = await sync.snapshot(id, 3, first.endCursor)
    expect(second).toMatchObject({ version: first.version, digest: first.digest })
    expect(walk.mock.calls.map(([kind]) => kind)).not.toContain('staff')
  })
})
