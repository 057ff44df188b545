import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { append, appendWithin, prepare, type Commit } from '../../src/changelog/append.ts'
import { openDatabase, type Database, type Sql, type Statement } from '../../src/changelog/database.ts'
import { loadState, readHead, readSince, versionHash } from '../../src/changelog/log.ts'
import { loadNodes, nodeCsn, readSource } from '../../src/changelog/nodes.ts'
import { LeaseLost, type LeaseToken } from '../../src/changelog/fence.ts'
import { acquireLease } from '../../src/cluster/lease.ts'
import { canonicalJson, chainHash, GENESIS_HASH } from '../../src/model/canonical.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { added, change, department, idOf, staff } from '../support/entries.ts'

const NOTHING: Commit = { changes: [], nodes: [], removed: [], cookie: null }

let database: TestDatabase
let db: Database
let lease: LeaseToken

beforeAll(async () => {
  database = await createDatabase()
  db = await openDatabase(database.url)
})
afterAll(async () => {
  await db.close()
  await database.drop()
})
beforeEach(async () => {
  const token = await acquireLease(db, 'projector', 'test', 60_000)
  if (!token) throw new Error('the lease is taken')
  lease = token
})

describe('append', () => {
  it('[L4] chains SHA-256 over the canonical entries, recomputed from what the database gives back', async () => {
    const first = department(1, { metadata: [{ key: 'b"\\', value: '\u001f\u2028😀' }] })
    await append(db, lease, { ...NOTHING, changes: [added(staff(2)), added(first)] })
    await append(db, lease, {
      ...NOTHING,
      changes: [change(first, { ...first, name: '新' }), change(staff(2), null)],
    })
    let hash = GENESIS_HASH
    const versions = await readSince(db, 0, 100)
    expect(versions.map((v) => v.version)).toEqual([1, 2])
    for (const version of versions) {
      hash = chainHash(hash, version.version, version.changes)
      expect(version.hash).toBe(hash)
      expect(await versionHash(db, version.version)).toBe(hash)
    }
    expect(await readHead(db)).toEqual({ version: 2, hash, baseVersion: 0, baseHash: GENESIS_HASH })
    expect(versions[0]?.changes.map((c) => c.kind)).toEqual(['department', 'staff'])
    const { entries } = await loadState(db)
    expect(entries.map(canonicalJson)).toEqual([canonicalJson({ ...first, name: '新' })])
  })

  it('[L5] makes no version when nothing changed, but saves nodes and cookie', async () => {
    const before = await readHead(db)
    const node = {
      id: idOf(7),
      parentId: null,
      rdn: 'ou=研发',
      csn: 'c1',
      source: { a: [1, null] },
      entry: null,
    }
    const head = await append(db, lease, { ...NOTHING, nodes: [node], cookie: 'rid=000,csn=c1' })
    expect(head).toEqual(before)
    expect(await readHead(db)).toEqual(before)
    expect((await readSource(db)).cookie).toBe('rid=000,csn=c1')
    expect(await nodeCsn(db, idOf(7))).toBe('c1')
    expect((await loadNodes(db)).find((n) => n.id === idOf(7))).toEqual(node)
    await append(db, lease, { ...NOTHING, removed: [idOf(7)] })
    expect(await nodeCsn(db, idOf(7))).toBeNull()
    expect((await readSource(db)).cookie).toBe('rid=000,csn=c1')
  })

  it('[L9] commits rows, entries, cookie and hash together, or none of them', async () => {
    const before = await readHead(db)
    const node = { id: idOf(8), parentId: null, rdn: 'uid=p8', csn: 'c8', source: null, entry: staff(8) }
    const twice = [added(staff(8)), added(staff(8))]
    await expect(
      append(db, lease, { changes: twice, nodes: [node], removed: [], cookie: 'lost' }),
    ).rejects.toThrow()
    expect(await readHead(db)).toEqual(before)
    expect(await nodeCsn(db, idOf(8))).toBeNull()
    expect((await readSource(db)).cookie).not.toBe('lost')
  })

  it('[L9] refuses a token that was taken over on database time, and writes nothing', async () => {
    const before = await readHead(db)
    expect(await acquireLease(db, 'projector', 'rival', 60_000)).toBeNull()
    await db.prisma.$executeRaw`UPDATE lease SET expires_at = clock_timestamp() - interval '1 ms'`
    const stale = append(db, lease, { ...NOTHING, changes: [added(staff(9))], cookie: 'stale' })
    await expect(stale).rejects.toThrow(LeaseLost)
    const rival = await acquireLease(db, 'projector', 'rival', 60_000)
    expect(rival?.token).toBe(lease.token + 1n)
    await expect(append(db, lease, { ...NOTHING, cookie: 'stale' })).rejects.toThrow(LeaseLost)
    expect(await readHead(db)).toEqual(before)
    expect((await readSource(db)).cookie).not.toBe('stale')
    await db.prisma.$executeRaw`DELETE FROM lease`
  })

  it('[L9] a commit that outlasts the lease is committed: nobody can take the lease while its row is locked', async () => {
    const before = await readHead(db)
    const people = Array.from({ length: 1200 }, (_, i) => added(staff(20_000 + i)))
    const prepared = await prepare([{ ...NOTHING, changes: people }])
    expect(prepared.parts.length).toBeGreaterThan(2)
    const { head } = await db.transaction((tx) => {
      // Time goes by: after the first statement the lease has run out.
      const slow: Sql = {
        run: async <R extends object>(statement: Statement, values: readonly unknown[]) => {
          const rows = await tx.run<R>(statement, values)
          await tx.run({ name: 'expire', text: 'UPDATE lease SET expires_at = to_timestamp(0)' }, [])
          return rows
        },
      }
      return appendWithin(slow, lease, prepared, before)
    })
    expect(head.version).toBe(before.version + 1)
    expect(await readHead(db)).toEqual(head)
  })

  it('[T19] refuses what PostgreSQL cannot store before anything is sent, and names the entry', async () => {
    const before = await readHead(db)
    for (const name of ['a\0b', '\ud800', 'x\udc00y', '\\\0']) {
      const bad = append(db, lease, { ...NOTHING, changes: [added(staff(10)), added(staff(11, { name }))] })
      await expect(bad).rejects.toThrow(idOf(11))
    }
    expect(await readHead(db)).toEqual(before)
    const innocent = staff(11, { name: '\\u0000 \\\\ud800 😀 \u0001' })
    await append(db, lease, { ...NOTHING, changes: [added(innocent)] })
    const [version] = await readSince(db, before.version, 1)
    expect(version?.changes[0]?.after).toEqual(innocent)
  })

  it('[L3] commits a first load of 100,000 entries as one version', async () => {
    const before = await readHead(db)
    const people = Array.from({ length: 100_000 }, (_, i) => staff(1_000_000 + i))
    const nodes = people.map((entry) => ({
      id: entry.id,
      parentId: null,
      rdn: `uid=${entry.login}`,
      csn: '20261124000000.000000Z#000000#001#000000',
      source: { kind: 'entry', entry },
      entry,
    }))
    const started = performance.now()
    const head = await append(db, lease, { ...NOTHING, changes: people.map(added), nodes })
    const written = performance.now()
    expect(head.version).toBe(before.version + 1)
    const { entries } = await loadState(db)
    expect(entries.length).toBeGreaterThanOrEqual(100_000)
    const all = await loadNodes(db)
    expect(all.length).toBe(100_000)
    expect(written - started).toBeLessThan(90_000)
  }, 180_000)
})

describe('appendWithin', () => {
  it('[L2] gives 8 writers with rollbacks contiguous versions, and a polling reader misses none', async () => {
    const start = (await readHead(db)).version
    const seen: number[] = []
    let writing = true
    const reader = (async () => {
      for (let last = start; ;) {
        const done = !writing
        const versions = await readSince(db, last, 1000)
        for (const { version } of versions) seen.push(version)
        last = versions.at(-1)?.version ?? last
        if (done && versions.length === 0) return
      }
    })()
    const writer = async (w: number) => {
      // Leases of their own, so that nothing but the head keeps them apart.
      const own = await acquireLease(db, `writer ${w}`, 'test', 60_000)
      if (!own) throw new Error('the lease is taken')
      for (let i = 0; i < 30; i++) {
        const work = db.transaction(async (tx) => {
          const entries = [0, 1, 2].map((k) => added(staff(5_000_000 + w * 1000 + i * 10 + k)))
          await appendWithin(tx, own, await prepare([{ ...NOTHING, changes: entries }]), null)
          if ((i + w) % 5 === 0) throw new Error('rolled back')
        })
        await work.catch((error: unknown) => expect(String(error)).toContain('rolled back'))
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, w) => writer(w)))
    writing = false
    await reader
    const committed = 8 * 30 - 8 * 6
    expect(seen).toEqual(Array.from({ length: committed }, (_, i) => start + 1 + i))
    let hash = (await versionHash(db, start)) ?? ''
    for (const version of await readSince(db, start, 1000)) {
      hash = chainHash(hash, version.version, version.changes)
      expect(version.hash).toBe(hash)
    }
    expect((await readHead(db)).hash).toBe(hash)
  })
})
