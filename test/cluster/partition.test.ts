import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readHead } from '../../src/changelog/log.ts'
import { openDatabase } from '../../src/changelog/database.ts'
import { lockLease } from '../../src/changelog/fence.ts'
import { listen } from '../../src/changelog/wake.ts'
import { acquireLease } from '../../src/cluster/lease.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { createLogger } from '../../src/log.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { Device } from '../support/device.ts'
import { MessageQueue } from '../support/message-queue.ts'
import { Partition, type Swallowed } from '../support/partition.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { startSlapd, TEST_BASE, type TestSlapd } from '../support/slapd.ts'

const PATIENCE = { timeout: 60_000, interval: 50 }
const log = createLogger('silent')

let cleanUp: (() => Promise<unknown>)[] = []
let database: TestDatabase
let network: Partition

beforeEach(async () => {
  database = await createDatabase()
  network = await Partition.before(database.url)
  cleanUp = [() => database.drop(), () => network.close()]
})
afterEach(async () => {
  for (const clean of cleanUp.toReversed()) await clean()
})

describe('a database behind a network that swallows bytes', () => {
  it('[T89] is UNAVAILABLE in bounded time whichever way is swallowed, and answers on new connections after it', async () => {
    const isolated = async (what: Swallowed) => {
      const own = await Partition.before(database.url)
      const db = await openDatabase(own.url)
      cleanUp.push(
        () => own.close(),
        () => db.close(),
      )
      const before = await readHead(db)
      own.swallow(what)
      const inTransaction = db.prisma.$transaction((tx) => tx.$queryRaw`SELECT 1`)
      const questions = [readHead(db), openDatabase(own.url), inTransaction]
      for (const question of await Promise.allSettled(questions)) expect(question.status).toBe('rejected')
      await expect(readHead(db)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      own.heal()
      expect(await readHead(db)).toEqual(before)
    }
    await Promise.all((['up', 'down', 'both'] as const).map(isolated))
  }, 60_000)

  it('[T79] [T89] a listener notices that nothing can come any more, and wakes when it listens again', async () => {
    const wakes = new MessageQueue<string | undefined>()
    const stop = new AbortController()
    cleanUp.push(async () => stop.abort())
    listen(network.url, 'news', (payload) => wakes.push(payload), stop.signal, log)
    expect(await wakes.next()).toBeUndefined()
    network.swallow('both')
    const woken = wakes.next()
    await database.sql(`SELECT pg_notify('news', 'swallowed')`)
    const lost = `SELECT FROM pg_stat_activity WHERE application_name = 'dolores listener' AND datname = current_database()`
    expect(await database.sql(lost)).toHaveLength(1)
    network.heal()
    expect(await woken).toBeUndefined()
    await database.sql(`SELECT pg_notify('news', 'heard')`)
    expect(await wakes.next()).toBe('heard')
  }, 60_000)

  it('[T89] [L9] a leader that vanishes in the middle of its commit does not keep the others from the lease', async () => {
    const [lost, near] = [await openDatabase(network.url), await openDatabase(database.url)]
    cleanUp.push(
      () => lost.close(),
      () => near.close(),
    )
    const lease = await acquireLease(lost, 'projector', 'lost', 100)
    if (!lease) throw new Error('the lease is taken')
    const commit = lost.transaction(async (tx) => {
      await lockLease(tx, { ...lease })
      network.swallow('both')
      await tx.run({ name: 'test_next', text: 'UPDATE log_head SET version = version + 1' }, [])
    })
    await expect(commit).rejects.toThrow()
    await vi.waitFor(
      async () => expect(await acquireLease(near, 'projector', 'near', 60_000)).not.toBeNull(),
      PATIENCE,
    )
    expect((await readHead(near)).version).toBe(0)
  }, 90_000)
})

describe('two instances', () => {
  let slapd: TestSlapd
  const title = (text: string) =>
    slapd.ldapmodify(
      `dn: uid=staff,${slapd.layout.people}\nchangetype: modify\nreplace: title\ntitle: ${text}\n`,
    )
  const readiness = async ({ url }: TestServer) => (await fetch(`${url}/readyz`)).status

  async function deviceOf(server: TestServer): Promise<Device> {
    const device = new Device(await server.login('hr', 'dolores'))
    await device.load()
    await device.follow()
    cleanUp.push(() => device.close())
    return device
  }

  /** Applies what is pushed until the text stands in the copy. */
  async function hears(device: Device, text: string): Promise<void> {
    while (!JSON.stringify([...device.copy.staff.values()]).includes(text)) {
      await vi.waitFor(() => expect(device.waiting).toBeGreaterThan(0), PATIENCE)
      await device.next()
    }
  }

  beforeEach(async () => {
    slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
    cleanUp.push(() => slapd.stop())
  })

  it.each(['both', 'down'] as const)(
    '[T89] the leader that cannot hear the database (%s swallowed) serves what it has, is not ready, commits nothing, and heals; the other goes on',
    async (what) => {
      const far = await startServer({ slapd, database, settings: { DATABASE_URL: network.url } })
      cleanUp.push(() => far.close())
      const remote = await deviceOf(far)
      await vi.waitFor(() => expect(far.instance.projector.status.state).toBe('following'), PATIENCE)
      const near = await startServer({ slapd, database })
      cleanUp.push(() => near.close())
      const local = await deviceOf(near)
      expect(near.instance.projector.status.state).toBe('standby')

      network.swallow(what)
      await title('during')
      await vi.waitFor(() => expect(near.instance.projector.status.state).toBe('following'), PATIENCE)
      await hears(local, 'during')
      await vi.waitFor(async () => expect(await readiness(far)).toBe(503), PATIENCE)
      expect(await readiness(near)).toBe(200)
      const served = await remote.client.query('{ departments { totalCount } }')
      expect(served).toEqual(await local.client.query('{ departments { totalCount } }'))
      expect(JSON.stringify([...remote.copy.staff.values()])).not.toContain('during')
      await vi.waitFor(() => expect(far.instance.projector.status.state).toBe('standby'), PATIENCE)

      network.heal()
      await hears(remote, 'during')
      await vi.waitFor(async () => expect(await readiness(far)).toBe(200), PATIENCE)
      await title('after')
      await Promise.all([hears(remote, 'after'), hears(local, 'after')])
      expect(remote.copy.staff).toEqual(local.copy.staff)
      expect(far.instance.replica.hash).toBe(near.instance.replica.hash)
    },
    120_000,
  )

  it('[T62] [T89] the leader that cannot hear the directory says so, refuses sign-ins, goes on answering, and heals', async () => {
    const directory = await Partition.before(slapd.url)
    cleanUp.push(() => directory.close())
    const server = await startServer({ slapd, database, settings: { LDAP_URLS: directory.url } })
    cleanUp.push(() => server.close())
    const device = await deviceOf(server)
    await vi.waitFor(() => expect(server.instance.projector.status.state).toBe('following'), PATIENCE)
    directory.swallow('both')
    await title('unheard')
    const refused = await server
      .client()
      .ask('mutation { login(input: { login: "hr", password: "dolores" }) { __typename } }')
    expect(refused.errors[0]?.extensions['code']).toBe('UNAVAILABLE')
    await vi.waitFor(() => expect(server.instance.projector.status.state).toBe('unreachable'), PATIENCE)
    const ready = await fetch(`${server.url}/readyz`)
    expect(await ready.json()).toMatchObject({ status: 'ready', directory: 'down' })
    await device.client.query('{ departments { totalCount } }')
    directory.heal()
    await hears(device, 'unheard')
    await expect.poll(() => server.client().login('hr', 'dolores'), PATIENCE).toBeTruthy()
  }, 120_000)
})
