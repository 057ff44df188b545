import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { DirectoryClient, type ClientStatus, type DirectoryCopy } from '../../web/sdk/client.ts'
import { Copy, type Rows } from '../../web/sdk/copy.ts'
import { MemoryStore, type CopyStore, type Kept } from '../../web/sdk/store.ts'
import { applyEdit, edit, newCompany, type Company, type Edit } from '../support/histories.ts'
import { flush } from '../support/follower.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import { snapshot } from '../support/sync-world.ts'
import { InProcess } from './in-process.ts'

const LEASE_SECONDS = 3600
const TURNS = 3000

interface World {
  readonly company: Company
  readonly history: MemoryHistory
  readonly server: InProcess
  store: CopyStore
  client: DirectoryClient
  now: number
}

const worlds: World[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) {
    await world.client.close()
    world.server.close()
  }
})

/** The first person of the company sees all of it; others see parts. */
function start(person = 0, store: CopyStore = new MemoryStore()): World {
  const company = newCompany()
  const history = new MemoryHistory()
  history.append(...company.versions)
  const staffId = company.of('staff')[person]?.id ?? ''
  const server = new InProcess(history, staffId)
  const world: World = {
    company,
    history,
    server,
    store,
    now: 1_000_000,
    client: open(server, store, () => world.now),
  }
  worlds.push(world)
  return world
}

function open(server: InProcess, store: CopyStore, now: () => number): DirectoryClient {
  return new DirectoryClient({
    transport: server,
    store,
    copyLeaseSeconds: LEASE_SECONDS,
    now,
    random: () => 0.5,
  })
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Turns of the event loop, in which waits are cut short, until something holds. */
async function until(world: World, holds: () => boolean): Promise<void> {
  for (let n = 0; n < TURNS; n++) {
    if (holds()) return
    world.client.wake()
    await turn()
  }
  throw new Error(`it did not come to hold: ${world.client.status.state} ${world.server.asked.join(' ')}`)
}

function change(world: World, edits: readonly Edit[]): void {
  const known = world.company.versions.length
  for (const one of edits) applyEdit(world.company, one)
  world.history.append(...world.company.versions.slice(known))
}

const contentOf = (copy: DirectoryCopy | null) =>
  copy && {
    departments: new Map([...copy.outline.departments()].map((row) => [row.id, row])),
    staff: new Map([...copy.outline.people()].map((row) => [row.id, row])),
    departmentTypes: copy.departmentTypes,
    staffTypes: copy.staffTypes,
    fields: copy.fields,
  }

/** What a fresh snapshot shows, and the cursor at which it stands. */
async function fresh({ server }: World) {
  const copy = await snapshot(server.sync, server.staffId, 1000)
  return {
    departments: new Map(copy.departments),
    staff: new Map(copy.staff),
    departmentTypes: copy.departmentTypes,
    staffTypes: copy.staffTypes,
    fields: copy.fields,
  }
}

const marksOf = ({ departments, staff, departmentTypes, staffTypes, fields }: Rows) =>
  JSON.stringify([
    [...departments.values(), ...staff.values()].map(({ id, revision }) => `${id} ${revision}`).sort(),
    departmentTypes,
    staffTypes,
    fields,
  ])

/** The client has taken everything that has happened, and shows what a fresh snapshot shows. */
async function settle(world: World): Promise<void> {
  await flush(world.server.hub)
  const expected = await fresh(world)
  const marks = marksOf(expected)
  await until(world, () => {
    const shown = contentOf(world.client.status.copy)
    return world.client.status.state === 'live' && shown !== null && marksOf(shown) === marks
  })
  expect(contentOf(world.client.status.copy)).toEqual(expected)
}

/** What the store holds is a state that was true (K1): its rows add up to what is written beside them. */
async function expectTrue(store: CopyStore): Promise<void> {
  const kept = await store.load()
  if (kept === null || kept.cursor === null) return
  expect(Copy.restore(kept.cursor, kept.rows).sum).toBe(kept.sum)
}

/** The device has kept something else. */
async function rewrite(world: World, change: (kept: Kept) => Kept): Promise<void> {
  const kept = await world.store.load()
  world.store = new MemoryStore(kept && change(kept))
}

describe('a client', () => {
  it('[S1] [D1] downloads, shows nothing before the end, and follows every change', async () => {
    const world = start()
    expect(world.client.status).toMatchObject({ state: 'opening', copy: null })
    const seen: ClientStatus[] = []
    world.client.subscribe(() => seen.push(world.client.status))
    await settle(world)
    const downloading = seen.filter(({ received }) => received > 0)
    expect(downloading.length).toBeGreaterThan(2)
    expect(downloading.every(({ copy }) => copy === null)).toBe(true)
    change(world, [{ op: 'rename person', a: 1, b: 7, c: 0 }])
    await settle(world)
    expect(world.server.asked.filter((name) => name === 'ChangesSince')).toEqual([])
  })

  it('[K1] shows at once what the device has kept, without the server, and catches up when it is there', async () => {
    const world = start()
    await settle(world)
    const before = contentOf(world.client.status.copy)
    await world.client.close()
    change(world, [{ op: 'rename person', a: 1, b: 7, c: 0 }])
    world.server.isAway = true
    world.client = open(world.server, world.store, () => world.now)
    await until(world, () => world.client.status.state === 'paused')
    expect(contentOf(world.client.status.copy)).toEqual(before)
    world.server.isAway = false
    const { length } = world.server.asked
    await settle(world)
    expect(world.server.asked.slice(length)).toEqual([])
  })

  it('[K2] does not open what has not reached the server for too long, nor when the clock was turned back', async () => {
    for (const turnBack of [false, true]) {
      const world = start()
      await settle(world)
      await world.client.close()
      const { now } = world
      if (turnBack) await rewrite(world, (kept) => ({ ...kept, seenAt: now + (LEASE_SECONDS + 1) * 1000 }))
      world.now = turnBack ? now : now + (LEASE_SECONDS + 1) * 1000
      world.server.isAway = true
      world.client = open(world.server, world.store, () => world.now)
      await until(world, () => world.client.status.state === 'emptied')
      expect(world.client.status).toMatchObject({ copy: null, hasExpired: true })
      expect(await world.store.load()).toBeNull()
      world.server.isAway = false
      await settle(world)
      expect(world.client.status.hasExpired).toBe(false)
    }
  })

  it('[K2] lets go of what it shows when the lease ends while it is open', async () => {
    const world = start()
    await settle(world)
    world.server.isAway = true
    world.server.drop(1006)
    await until(world, () => world.client.status.state === 'paused')
    expect(world.client.status.copy).not.toBeNull()
    world.now += (LEASE_SECONDS + 1) * 1000
    await until(world, () => world.client.status.copy === null)
    expect(world.client.status.hasExpired).toBe(true)
    expect(await world.store.load()).toBeNull()
  })

  it('[D5] [K2] purges what is revoked, and says so', async () => {
    const world = start()
    await settle(world)
    const own = world.company.entries.get(world.server.staffId)
    if (own?.kind !== 'staff') throw new Error('nobody')
    const known = world.company.versions.length
    const other = world.company.of('role')[1]?.id ?? ''
    world.company.put({ ...own, roleIds: [other] })
    world.company.commit()
    world.history.append(...world.company.versions.slice(known))
    await settle(world)
    expect(world.server.acknowledged).toContain(world.client.cursor)
  })

  it.each([
    ['DIVERGED', () => {}],
    ['PRUNED', (world: World) => world.history.prune(world.history.version)],
  ])('[R1] [R2] starts again when it is told to (%s)', async (_, cause) => {
    const world = start()
    await settle(world)
    await world.client.close()
    change(world, [
      { op: 'rename person', a: 1, b: 7, c: 0 },
      { op: 'rename person', a: 2, b: 8, c: 0 },
    ])
    cause(world)
    if (_ === 'DIVERGED') await rewrite(world, (kept) => ({ ...kept, cursor: 'of another time' }))
    world.client = open(world.server, world.store, () => world.now)
    const { length } = world.server.asked
    await settle(world)
    expect(world.server.asked.slice(length)).toContain('Snapshot')
  })

  it('[D8] a device whose rows are not what the server takes them for reports it and starts again', async () => {
    const world = start()
    await settle(world)
    await world.client.close()
    await rewrite(world, (kept) => ({
      ...kept,
      rows: {
        ...kept.rows,
        staff: new Map([...kept.rows.staff].map(([id, row]) => [id, { ...row, revision: 'x' }])),
      },
    }))
    world.client = open(world.server, world.store, () => world.now)
    for (let n = 0; n < 12; n++) change(world, [{ op: 'rename person', a: n, b: n + 20, c: 0 }])
    await settle(world)
    expect(world.server.asked).toContain('Snapshot')
    await expectTrue(world.store)
  })

  it('[P4] ends when the session has ended, and asks nothing more', async () => {
    const world = start()
    await settle(world)
    world.server.isOver = true
    world.server.drop(4401)
    await until(world, () => world.client.status.state === 'ended')
    const { length } = world.server.asked
    world.client.wake()
    await turn()
    expect(world.server.asked).toHaveLength(length)
    expect(world.server.followers).toBe(0)
  })

  it('comes back at once with a new token when the old one ran out, and with its cursor', async () => {
    const world = start()
    await settle(world)
    const { length } = world.server.asked
    world.server.drop(4403)
    await turn()
    expect(world.server.followers).toBe(1)
    change(world, [{ op: 'rename person', a: 1, b: 7, c: 0 }])
    await settle(world)
    expect(world.server.asked).toHaveLength(length)
  })

  it('[K3] waits for what a mutation has returned', async () => {
    const world = start()
    await settle(world)
    change(world, [{ op: 'rename person', a: 1, b: 7, c: 0 }])
    const version = await world.server.sync.cursorOf(world.server.staffId)
    await world.client.waitFor(version)
    expect(world.client.cursor).toBe(version)
    await settle(world)
  })

  it('leaves nothing behind when it is wiped, also in the middle of a download', async () => {
    for (const isWhole of [true, false]) {
      const world = start()
      if (isWhole) await settle(world)
      else
        await new Promise<void>((resolve) => {
          world.client.subscribe(() => void (world.client.status.received > 0 && resolve()))
        })
      await world.client.wipe()
      expect(world.client.status).toMatchObject({ state: 'ended', copy: null })
      expect(await world.store.load()).toBeNull()
      await turn()
      expect(await world.store.load()).toBeNull()
      expect(world.server.followers).toBe(0)
    }
  })

  it('[T52] a device that cannot keep anything shows what is true all the same, and keeps nothing else', async () => {
    const broken = new MemoryStore()
    broken.apply = () => Promise.reject(new Error('the disk is full'))
    const world = start(0, broken)
    await settle(world)
    change(world, [{ op: 'rename person', a: 1, b: 7, c: 0 }])
    await settle(world)
    expect(await broken.load()).toBeNull()
  })
})

type Act =
  | { readonly act: 'edit'; readonly edit: Edit }
  | { readonly act: 'away' | 'back' | 'drop' | 'late' | 'crash' | 'prune' | 'turn' }

const acts = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: edit.map((one): Act => ({ act: 'edit', edit: one })) },
    fc.constantFrom<Act>(
      { act: 'away' },
      { act: 'back' },
      { act: 'drop' },
      { act: 'late' },
      { act: 'crash' },
      { act: 'prune' },
      { act: 'turn' },
      { act: 'turn' },
    ),
  ),
  { minLength: 4, maxLength: 24 },
)

it('[I1] [I10] [K1] [D7] [R1] whatever happens to it, a client comes to show the truth, and a device never keeps what was not true', async () => {
  await fc.assert(
    fc.asyncProperty(acts, fc.nat(3), async (history, person) => {
      const world = start(person)
      try {
        for (const one of history) {
          await play(world, one)
          await expectTrue(world.store)
        }
        world.server.isAway = false
        await settle(world)
        await expectTrue(world.store)
      } finally {
        await world.client.close()
        world.server.close()
        worlds.splice(worlds.indexOf(world), 1)
      }
    }),
    { numRuns: Number(process.env['HISTORIES'] ?? 150) },
  )
}, 300_000)

async function play(world: World, one: Act): Promise<void> {
  const { server, history } = world
  switch (one.act) {
    case 'edit':
      return change(world, [one.edit])
    case 'away':
      server.isAway = true
      return server.drop(1006)
    case 'back':
      server.isAway = false
      return world.client.wake()
    case 'drop':
      return server.drop(1013)
    case 'late':
      return server.drop(4403)
    case 'crash': {
      // The process is gone: what it had not written is lost, what it had is there.
      const gone = world.client
      world.store = new MemoryStore(await world.store.load())
      world.client = open(server, world.store, () => world.now)
      return await gone.close()
    }
    case 'prune':
      return history.prune(Math.max(0, history.version - 1))
    case 'turn':
      world.client.wake()
      for (let n = 0; n < 5; n++) await turn()
  }
}
