import { createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { LogVersion } from '../../src/changelog/log.ts'
import { blocksOf } from '../../src/sync/blocks.ts'
import { CursorMint } from '../../src/sync/cursor.ts'
import { Sync } from '../../src/sync/sync.ts'
import { applyPages } from '../support/apply.ts'
import { applyEdit, newCompany } from '../support/histories.ts'
import { channel, Follower, startHub } from '../support/hub-world.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import { oracleView } from '../support/oracle.ts'
import { at, catchUp, expectTrue, SECRET, snapshot, start } from '../support/sync-world.ts'

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

describe('whoever may not go on is told why', () => {
  it('[C1] [T27] refuses forged, foreign and truncated cursors, byte by byte', async () => {
    const { company, sync } = start()
    const [admin, ordinary] = company.of('staff')
    const cursor = (await snapshot(sync, admin?.id ?? '')).cursor
    const reasonOf = async (version: string, staffId = admin?.id ?? '') => {
      const result = await sync.changesSince(at(staffId), version, 10, false)
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

  it('[C1] a cursor ends with the first 12 bytes of the HMAC-SHA-256 of what stands before', async () => {
    const { company, sync } = start()
    const { cursor } = await snapshot(sync, company.of('staff')[0]?.id ?? '')
    const bytes = Buffer.from(cursor, 'base64url')
    const key = new Uint8Array(hkdfSync('sha256', SECRET, '', 'dolores cursor', 32))
    const mac = createHmac('sha256', key).update(bytes.subarray(0, -12)).digest()
    expect(bytes.subarray(-12)).toEqual(mac.subarray(0, 12))
  })

  it('[R1] [D6] answers VIEW_CHANGED where the log has more than is read for one answer', async () => {
    const { company, history, sync } = start()
    const id = company.of('staff')[1]?.id ?? ''
    const { cursor } = await snapshot(sync, id)
    history.changesAfter = async () => ({ kind: 'tooMuch' })
    expect(await sync.changesSince(at(id), cursor, 10, false)).toMatchObject({
      kind: 'Resync',
      reason: 'VIEW_CHANGED',
    })
  })

  it('[S2] [T9] keeps one page for all sizes that come to it', async () => {
    const { company, sync } = start({ rowsAtOnce: 1000, sliceMs: 4, blockRows: 500 })
    const id = company.of('staff')[0]?.id ?? ''
    const keys = await Promise.all(
      [400, 401, 5000].map(async (size) => {
        const page = await sync.snapshot(id, size, null)
        return page.kind === 'SnapshotPage' ? blocksOf(page)?.key : null
      }),
    )
    expect(keys[0]).toBeDefined()
    expect(new Set(keys).size).toBe(1)
  })

  it('[S1] [V6] lets nobody read on in a page of a time at which they had another grant', async () => {
    const { company, history, sync } = start()
    const [admin, ordinary] = company.of('staff')
    const page = await sync.snapshot(admin?.id ?? '', 1, null)
    if (page.kind === 'Resync' || !admin || !ordinary) throw new Error('no page')
    company.put({ ...ordinary, roleIds: admin.roleIds })
    const version = company.commit()
    if (version) history.append(version)
    const next = await sync.snapshot(ordinary.id, 1, page.endCursor)
    expect(next).toMatchObject({ kind: 'Resync', reason: 'DIVERGED' })
    expect(await sync.snapshot(admin.id, 1, page.endCursor)).toMatchObject({ kind: 'SnapshotPage' })
  })

  it('[D5] tells revoked types to whoever takes them, and every removal to whoever does not', async () => {
    const { company, history, sync } = start()
    const id = company.of('staff')[0]?.id ?? ''
    const { cursor } = await snapshot(sync, id)
    for (const rule of company.of('rule')) company.put({ ...rule, staffTypeIds: rule.staffTypeIds.slice(1) })
    const version = company.commit()
    if (version) history.append(version)
    for (const compact of [true, false, true]) {
      const delta = await sync.changesSince(at(id), cursor, 100, compact)
      if (delta.kind === 'Resync') throw new Error(delta.reason)
      expect([delta.revoked !== null, delta.changes.some((c) => c.action === 'REMOVE')]).toEqual([
        compact,
        !compact,
      ])
    }
  })

  it('[R2] [I6] [V5] names no field that has become sensitive while the device was away', async () => {
    const { company, history, sync } = start()
    const id = company.of('staff')[1]?.id ?? ''
    const old = (await snapshot(sync, id)).cursor
    const nickname = {
      kind: 'fieldDefinition',
      id: company.id('fieldDefinition'),
      key: 'nickname',
      label: 'Nickname',
      appliesTo: 'STAFF',
      isSensitive: false,
      sortKey: '',
    } as const
    const commit = () => {
      const version = company.commit()
      if (version) history.append(version)
      history.prune(history.version)
    }
    company.put(nickname)
    commit()
    const shown = {
      reason: 'PRUNED',
      keepOld: true,
      staffFields: expect.arrayContaining(['nickname', 'title']),
    }
    expect(await sync.changesSince(at(id), old, 10, false)).toMatchObject(shown)
    company.put({ ...nickname, isSensitive: true })
    commit()
    const hidden = await sync.changesSince(at(id), old, 10, false)
    expect(hidden).toMatchObject({ reason: 'PRUNED', keepOld: true })
    expect(hidden).toMatchObject({ staffFields: expect.not.arrayContaining(['nickname']) })
  })

  it('[R1] [L7] answers PRUNED below the base and serves a cursor at the base', async () => {
    const { company, history, sync } = start()
    const id = company.of('staff')[1]?.id ?? ''
    const old = (await snapshot(sync, id)).cursor
    const version = applyEdit(company, { op: 'rename department', a: 0, b: 5, c: 0 })
    if (version) history.append(version)
    const atBase = (await snapshot(sync, id)).cursor
    history.prune(history.version)
    const pruned = await sync.changesSince(at(id), old, 10, false)
    expect(pruned).toMatchObject({ kind: 'Resync', reason: 'PRUNED', keepOld: true })
    expect(await sync.changesSince(at(id), atBase, 10, false)).toMatchObject({
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
    expect(await sync.changesSince(at(id), cursor, 10, false)).toMatchObject({ reason: 'DIVERGED' })
    history.replace([])
    expect(await sync.changesSince(at(id), cursor, 10, false)).toMatchObject({ reason: 'DIVERGED' })
  })

  it('[R1] answers SCHEMA to a cursor of another view code', async () => {
    const { company, sync } = start()
    const foreign = new CursorMint(SECRET, 200).cursor({
      version: 1,
      hash: '0'.repeat(16),
      fingerprint: '0'.repeat(16),
      summary: { rows: 0, sum: 0n },
    })
    expect(await sync.changesSince(at(company.of('staff')[0]?.id ?? ''), foreign, 10, false)).toMatchObject({
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
    const of = (id = '') => sync.changesSince(at(id), 'forged', 10, false)
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
    expect(sync.reportDigest(at(id), cursor)).toBe(true)
    expect(sync.reportDigest(at(id), 'nonsense')).toBe(false)
    expect(await sync.changesSince(at(id), cursor, 10, false)).toMatchObject({ reason: 'CHECKSUM' })
    expect(await sync.changesSince(at(id), cursor, 10, false)).toMatchObject({ kind: 'Delta' })
  })

  it('[D8] a report is about the copy of the device that made it, and of no other device of the same person', async () => {
    const { company, sync } = start()
    const id = company.of('staff')[0]?.id ?? ''
    const [phone, laptop] = [at(id, 'phone'), at(id, 'laptop')]
    const { cursor } = await snapshot(sync, id)
    sync.reportDigest(phone, cursor)
    const followed = await sync.follow(laptop, cursor, false, ({ kind }) => kind)
    expect([followed, (await sync.changesSince(laptop, cursor, 10, false)).kind]).toEqual(['Delta', 'Delta'])
    expect(await sync.changesSince(phone, cursor, 10, false)).toMatchObject({ reason: 'CHECKSUM' })
  })

  it('[D8] after a report adds up from the rows what it took from a cursor', async () => {
    const { company, history, sync } = start({ rowsAtOnce: 3, sliceMs: 0, blockRows: 2 })
    const id = company.of('staff')[0]?.id ?? ''
    const { cursor } = await snapshot(new Sync({ replica: history, secret: SECRET }), id)
    const mint = new CursorMint(SECRET)
    const read = mint.read(cursor)
    if (read.kind !== 'token' || read.token.kind !== 'cursor') throw new Error(read.kind)
    const { at: position } = read.token
    const wrong = mint.cursor({
      ...position,
      summary: { ...position.summary, sum: position.summary.sum + 1n },
    })
    const { digest } = oracleView(company.list, id)
    expect(await sync.changesSince(at(id), wrong, 10, false)).not.toMatchObject({ digest })
    const told = () => sync.snapshot(id, 1, null)
    expect(await told()).not.toMatchObject({ digest })
    sync.reportDigest(at(id), wrong)
    await expect.poll(told).toMatchObject({ digest })
    expect(await sync.changesSince(at(id), cursor, 10, false)).toMatchObject({ kind: 'Delta', digest })
  })

  it('[D8] [P1] a report of a copy whose digest is right costs the others nothing', async () => {
    const { company, history, sync, hub } = startHub({ pace: { rowsAtOnce: 40, sliceMs: 0, blockRows: 2 } })
    const id = company.of('staff')[0]?.id ?? ''
    const operation = channel()
    const page = await sync.snapshot(id, 5000, null)
    if (page.kind === 'Resync') throw new Error(page.reason)
    const followers = Array.from({ length: 5 }, () => new Follower(id, page.version, operation))
    for (const follower of followers) {
      hub.join(follower, follower.since)
      await follower.delta()
    }
    sync.reportDigest(at(id), page.version)
    const before = hub.counts
    const version = applyEdit(company, { op: 'edit person', a: 1, b: 51, c: 1 })
    if (version) history.append(version)
    for (const follower of followers) await follower.delta()
    expect(hub.counts.encodings - before.encodings).toBe(1)
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
    const first = await sync.changesSince(at(id), copy.cursor, 3, false)
    if (first.kind === 'Resync') throw new Error(first.reason)
    expect(first.hasMore).toBe(true)
    const second = await other.changesSince(at(id), first.to, 100, false)
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
    const page = await sync.changesSince(at(id), cursor, 1, false)
    const part = await sync.snapshot(id, 2, null)
    if (page.kind === 'Resync' || part.kind === 'Resync') throw new Error('unexpected resync')
    expect(page.hasMore).toBe(true)
    if (person) company.put({ ...person, roleIds: [] })
    const version = company.commit()
    if (version) history.append(version)
    expect(await sync.changesSince(at(id), page.to, 1, false)).toMatchObject({
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
