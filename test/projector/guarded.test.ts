import { afterEach, describe, expect, it, vi } from 'vitest'
import { append } from '../../src/changelog/append.ts'
import { confirm, loadNodes, readSource } from '../../src/changelog/nodes.ts'
import { Replica } from '../../src/changelog/replica.ts'
import { LeaseLost } from '../../src/changelog/fence.ts'
import { acquireLease, releaseLease } from '../../src/cluster/lease.ts'
import { DirectoryWriter } from '../../src/directory/writer.ts'
import { LdapPool } from '../../src/directory/pool.ts'
import { createLogger } from '../../src/log.ts'
import { waitForPosition } from '../../src/projector/position.ts'
import { parseSource } from '../../src/projector/source.ts'
import { PROJECTOR_LEASE, requestReconcile, requireProjector } from '../../src/projector/status.ts'
import { CuttingProxy } from './cutting-proxy.ts'
import { World, type Running } from './world.ts'

let world: World

afterEach(() => world.close())

const dnOf = (uid: string) => `uid=${uid},${world.slapd.layout.people}`

function people(from: number, to: number): string {
  const uids = Array.from({ length: to - from }, (_, i) => `p${from + i}`)
  return uids
    .map((uid) => `dn: ${dnOf(uid)}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\nsn: ${uid}\n\n`)
    .join('')
}

const removal = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `dn: ${dnOf(`p${from + i}`)}\nchangetype: delete\n\n`).join('')

const stateOf = (running: Running, state: string) =>
  vi.waitFor(() => expect(running.projector.status.state).toBe(state), { timeout: 10_000, interval: 10 })

const count = async () => (await world.entries()).filter(({ kind }) => kind === 'staff').length

describe('a mass delete', () => {
  it('[L6][T64] made while nobody looked stops the projector with nothing committed, until it is confirmed', async () => {
    world = await World.start()
    await world.slapd.ldapmodify(people(0, 50))
    await followedOnce()
    const version = await world.version()
    await world.slapd.ldapmodify(removal(0, 11))

    const running = world.project()
    await stateOf(running, 'stopped')
    expect(running.projector.status.reason).toMatch(/11 of 50 people/)
    expect((await readSource(world.db)).stopped).toMatch(/11 of 50 people/)
    await expect(requireProjector(world.db)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect([await world.version(), await count()]).toEqual([version, 50])
    await running.stop()

    const next = world.project()
    await stateOf(next, 'stopped')
    expect(await confirm(world.db)).toBe(true)
    await world.consumed()
    expect([await world.version(), await count()]).toEqual([version + 1, 39])
    expect(await readSource(world.db)).toMatchObject({ stopped: null, confirmed: false })
    await requireProjector(world.db)
    await world.expectAgreement()
  })

  it('[L6][T64] made one by one before our eyes stops at the share, and goes on when confirmed', async () => {
    world = await World.start()
    await world.slapd.ldapmodify(people(0, 100))
    const running = world.project()
    await world.consumed()
    await world.slapd.ldapmodify(removal(0, 30))
    await stateOf(running, 'stopped')
    expect(await count()).toBe(90)
    await confirm(world.db)
    await world.consumed()
    expect(await count()).toBe(70)
    await world.expectAgreement()
  })

  it('[L6][T64] made before the eyes of two projectors, one after the other, is one; confirmed, it is over', async () => {
    world = await World.start()
    await world.slapd.ldapmodify(people(0, 50))
    const first = world.project()
    await world.consumed()
    await world.slapd.ldapmodify(removal(0, 9))
    await world.consumed()
    await first.stop()

    const second = world.project()
    await stateOf(second, 'following')
    await world.slapd.ldapmodify(removal(9, 12))
    await stateOf(second, 'stopped')
    expect(second.projector.status.reason).toMatch(/1[0-2] of 50 people/)
    await confirm(world.db)
    await world.consumed()
    await second.stop()

    const third = world.project()
    await stateOf(third, 'following')
    await world.slapd.ldapmodify(removal(12, 14))
    await world.consumed()
    expect(third.projector.status.state).toBe('following')
    await world.expectAgreement()
  })

  it('[L6][T63] is not seen in an answer that was cut: the log keeps what it has', async () => {
    world = await World.start()
    await world.slapd.ldapmodify(people(0, 20))
    await followedOnce()
    const version = await world.version()
    // Nothing of the tree may be read by an account that can only sign in.
    const blind = { ...world.slapd.options, bindDn: dnOf('p1'), bindPassword: 'p1' }
    await world.slapd.ldapmodify(
      `dn: ${dnOf('p1')}\nchangetype: modify\nadd: userPassword\nuserPassword: p1\n`,
    )
    const running = world.project({ directory: blind, timing: { giveUpMs: 200 } })
    await vi.waitFor(async () => expect((await readSource(world.db)).stopped).toMatch(/^unreachable: /))
    expect([await world.version(), await count()]).toEqual([version, 20])
    await running.stop()

    world.project()
    await world.consumed()
    expect((await readSource(world.db)).stopped).toBeNull()
    await world.expectAgreement()
  })
})

describe('a connection that breaks', () => {
  it('[L6][T62] anywhere in a refresh changes nothing; the refresh that comes to its end is one version', async () => {
    world = await World.start()
    await world.slapd.ldapmodify(people(0, 60))
    await followedOnce()
    const version = await world.version()
    await world.slapd.ldapmodify(removal(0, 3) + people(60, 90))
    const proxy = await CuttingProxy.open(world.slapd.url)
    try {
      const running = world.project({ directory: { ...world.slapd.options, urls: [proxy.url] } })
      for (let bytes = 300; bytes < 6000; bytes += 700) {
        const cuts = proxy.cutAfter(bytes)
        await vi.waitFor(() => expect(proxy.cuts).toBeGreaterThan(cuts + 1), { timeout: 10_000, interval: 5 })
        expect(await world.version()).toBe(version)
      }
      proxy.cutAfter(Infinity)
      await stateOf(running, 'following')
      await world.consumed()
      expect(await world.version()).toBe(version + 1)
      await world.expectAgreement()
    } finally {
      await proxy.close()
    }
  })
})

async function followedOnce(): Promise<void> {
  const first = world.project()
  await world.consumed()
  await first.stop()
}

describe('a provider that is behind', () => {
  it('[L9][T65] is not believed: nothing is set back, writes are refused, until it has caught up', async () => {
    world = await World.start()
    await world.slapd.ldapmodify(people(0, 20))
    await followedOnce()
    const ahead = await aheadOfDirectory()
    await world.slapd.ldapmodify(removal(0, 1))

    const running = world.project()
    await stateOf(running, 'stopped')
    expect(running.projector.status.reason).toMatch(
      /^behind: .* is behind what was read before, of server 001/,
    )
    await expect(requireProjector(world.db)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await count()).toBe(20)

    await confirm(world.db)
    await world.consumed()
    expect(await count()).toBe(19)
    const { cookie, stopped } = await readSource(world.db)
    expect(stopped).toBeNull()
    expect(cookie).not.toBe(ahead)
    await world.expectAgreement()
  })

  it('[L9] is believed after the grace time, as a new version', async () => {
    world = await World.start()
    await world.slapd.ldapmodify(people(0, 20))
    await followedOnce()
    const version = await world.version()
    await aheadOfDirectory()
    await world.slapd.ldapmodify(removal(0, 1))
    world.project({ timing: { behindGraceMs: 300 } })
    await world.consumed()
    expect(await world.version()).toBe(version + 1)
    await world.expectAgreement()
  })
})

/** As if another provider had shown us a later state: the saved cookie is of next year. */
async function aheadOfDirectory(): Promise<string> {
  const { cookie } = await readSource(world.db)
  const ahead = (cookie ?? '').replace(/csn=\d{4}/, `csn=${new Date().getFullYear() + 1}`)
  await world.sql('UPDATE source SET cookie = $1', [ahead])
  return ahead
}

describe('two projectors', () => {
  it('[L9][T82] only one commits; when it falls silent the other takes over and the first is fenced', async () => {
    world = await World.start()
    // No renewal may come too late on a busy machine: the lease changes hands when the test says so.
    const timing = { leaseMs: 20_000 }
    const first = world.project({ timing })
    await world.consumed()
    const second = world.project({ timing })
    await world.slapd.ldapmodify(people(0, 30))
    await world.consumed()
    expect([first, second].map(({ projector }) => projector.status.state)).toEqual(['following', 'standby'])

    const stale = await acquireLease(world.db, PROJECTOR_LEASE, 'test-1', 1)
    if (!stale) throw new Error('the lease was not to be had')
    await vi.waitFor(async () =>
      expect(await acquireLease(world.db, PROJECTOR_LEASE, 'rival', 60_000)).not.toBeNull(),
    )
    const nothing = { changes: [], nodes: [], removed: [], cookie: 'stale' }
    await expect(append(world.db, stale, nothing)).rejects.toBeInstanceOf(LeaseLost)

    const version = await world.version()
    await world.slapd.ldapmodify(people(30, 40))
    await stateOf(first, 'standby')
    expect([await world.version(), (await readSource(world.db)).cookie]).not.toContain('stale')
    expect(await world.version()).toBe(version)

    await world.sql(`UPDATE lease SET expires_at = '-infinity'`)
    await world.consumed()
    await world.expectAgreement()
  })

  it('[L1][L2] that stop and start under writes leave one history that agrees with the directory', async () => {
    world = await World.start()
    const writing = { on: true }
    const writer = (async () => {
      for (let n = 0; writing.on; n++) await world.slapd.ldapmodify(people(n, n + 1))
    })()
    for (let round = 0; round < 4; round++) {
      const [a, b] = [world.project(), world.project()]
      const version = await world.version()
      await vi.waitFor(async () => expect(await world.version()).toBeGreaterThan(version + 5), {
        timeout: 10_000,
      })
      await Promise.all([a.stop(), b.stop()])
    }
    writing.on = false
    await writer
    world.project()
    await world.consumed()
    await world.expectAgreement()
  })
})

describe('a full comparison', () => {
  it('[L1] takes back in one version what an event has told that never was (trap 3), and then finds nothing', async () => {
    world = await World.start()
    await world.slapd.ldapmodify(people(0, 20))
    await followedOnce()
    await phantom(await world.slapd.idOf(dnOf('p1')))
    const version = await world.version()

    const running = world.project()
    await stateOf(running, 'following')
    expect(await world.version()).toBe(version)
    for (let time = 0; time < 2; time++) {
      await requestReconcile(world.db)
      await vi.waitFor(async () => expect((await readSource(world.db)).reconciledAt).not.toBeNull(), {
        timeout: 20_000,
      })
      expect(await world.version()).toBe(version + 1)
    }
    await world.expectAgreement()
  })

  it('at first contact comes to its end, however often is looked for what else there is to do', async () => {
    world = await World.start()
    await world.slapd.ldapmodify(people(0, 200))
    const running = world.project({ timing: { pollMs: 1 } })
    await stateOf(running, 'following')
    await world.expectAgreement()
  })

  it('is made again when it is due, by the clock', async () => {
    world = await World.start()
    const time = { now: Date.now() }
    world.project({ clock: { now: () => time.now }, reconcileHours: 24 })
    await world.consumed()
    const { reconciledAt } = await readSource(world.db)
    time.now += 25 * 3_600_000
    await vi.waitFor(async () => expect((await readSource(world.db)).reconciledAt).not.toEqual(reconciledAt))
  })
})

/** Puts a value into the log, and into the projector's memory, that the directory has never stored. */
async function phantom(id: string): Promise<void> {
  const lease = await acquireLease(world.db, PROJECTOR_LEASE, 'phantom', 60_000)
  const node = (await loadNodes(world.db)).find((one) => one.id === id)
  const mapped = parseSource(node?.source)
  if (!lease || !node?.entry || mapped?.kind !== 'entry' || mapped.entry.kind !== 'staff')
    throw new Error('no node')
  const entry = { ...mapped.entry, title: 'Phantom' }
  const change = { kind: entry.kind, id, before: node.entry, after: entry }
  const nodes = [{ ...node, source: { ...mapped, entry }, entry }]
  await append(world.db, lease, { changes: [change], nodes, removed: [], cookie: null })
  await releaseLease(world.db, lease)
}

describe('waiting for a write', () => {
  it('[L1] resolves with the version that contains it, also where it makes none or removes', async () => {
    world = await World.start()
    world.project()
    await world.consumed()
    const stop = new AbortController()
    const replica = await Replica.open(world.db, createLogger('silent'), stop.signal)
    const pool = new LdapPool(world.slapd.options)
    try {
      const writer = new DirectoryWriter(pool)
      const wait = (position: Parameters<typeof waitForPosition>[2]) =>
        waitForPosition(world.db, replica, position, 5000)
      const added = await writer.add(dnOf('ann'), { objectClass: ['inetOrgPerson'], cn: 'ann', sn: 'a' })
      const version = await wait(added)
      expect(replica.state.get('staff', added.id)).toMatchObject({ name: 'ann' })
      expect(version).toBe(replica.version)

      const same = await writer.modify(dnOf('ann'), [
        { operation: 'replace', attribute: 'sn', values: ['b'] },
      ])
      expect(same.csn > added.csn).toBe(true)
      expect(await wait(same)).toBe(version)

      const gone = await writer.remove(dnOf('ann'))
      expect(await wait({ ...gone, isRemoved: true })).toBe((version ?? 0) + 1)
      expect(replica.state.get('staff', added.id)).toBeUndefined()
    } finally {
      stop.abort()
      await pool.close()
    }
  })

  it('[L1] gives up with null when nobody carries it into the log, and says so before the next write', async () => {
    world = await World.start()
    await followedOnce()
    const stop = new AbortController()
    const replica = await Replica.open(world.db, createLogger('silent'), stop.signal)
    const pool = new LdapPool(world.slapd.options)
    try {
      const written = await new DirectoryWriter(pool).add(dnOf('ann'), {
        objectClass: ['inetOrgPerson'],
        cn: 'a',
        sn: 'a',
      })
      expect(await waitForPosition(world.db, replica, written, 200)).toBeNull()
      await expect(requireProjector(world.db)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    } finally {
      stop.abort()
      await pool.close()
    }
  })
})
