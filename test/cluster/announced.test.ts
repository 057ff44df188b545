import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, expect, it, vi } from 'vitest'
import { append } from '../../src/changelog/append.ts'
import { openDatabase } from '../../src/changelog/database.ts'
import { migrate } from '../../src/changelog/migrate.ts'
import { CHANGELOG_CHANNEL } from '../../src/changelog/wake.ts'
import { readHead } from '../../src/changelog/log.ts'
import { acquireLease, releaseLease } from '../../src/cluster/lease.ts'
import { serviceUser } from '../../src/local/child.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { PrivatePostgres } from '../../src/local/postgres.ts'
import { LogWriter, NOTHING } from '../changelog/log-writer.ts'
import { createDatabase } from '../support/database.ts'
import { Device } from '../support/device.ts'
import { added, staff } from '../support/entries.ts'
import { InstanceProcess } from '../support/instance-process.ts'
import { startServer } from '../support/server.ts'
import { startSlapd, TEST_BASE } from '../support/slapd.ts'

const PATIENCE = { timeout: 60_000, interval: 50 }

let cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanUp.toReversed()) await clean()
  cleanUp = []
})

it('[T80] [P5] every commit is announced once, however many changes it has, and one that is refused not at all', async () => {
  const database = await createDatabase()
  const db = await openDatabase(database.url)
  const listener = new pg.Client({ connectionString: database.url })
  cleanUp.push(
    () => database.drop(),
    () => db.close(),
    () => listener.end(),
  )
  await listener.connect()
  const announced: string[] = []
  listener.on('notification', ({ payload }) => void announced.push(payload ?? ''))
  await listener.query(`LISTEN ${CHANGELOG_CHANNEL}`)

  const writer = await LogWriter.open(db)
  const sizes = [1, 500, 3, 1200]
  let n = 0
  for (const size of sizes) await writer.write(Array.from({ length: size }, () => staff(++n)))
  await expect(append(db, { name: 'projector', token: 99n }, NOTHING)).rejects.toThrow()
  // Notifications come in the order of the commits: when this one is here, so are all before it.
  await database.sql(`SELECT pg_notify($1, 'the end')`, [CHANGELOG_CHANNEL])
  await vi.waitFor(() => expect(announced.at(-1)).toBe('the end'), PATIENCE)
  expect(announced).toEqual([...sizes.map((_, i) => String(i + 1)), 'the end'])
})

it('[T80] an instance that stands still with a full line holds up no commit, is cut off by the database, and catches up when it wakes', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'dolores-wedged-'))
  await chmod(dir, 0o711)
  // Over TCP, as in production; the port is fixed, so the address is what makes it ours.
  const address = `127.${[1, 2, 3].map(() => 1 + Math.floor(Math.random() * 250)).join('.')}`
  const settings = { listen_addresses: address, fsync: 'off' }
  const postgres = await PrivatePostgres.start({ dir, user: serviceUser(), settings })
  cleanUp.push(
    () => rm(dir, { recursive: true, force: true }),
    () => postgres.stop(),
  )
  await migrate(postgres.url)
  const slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  const databaseUrl = `postgresql://postgres@${address}/dolores`
  const still = await InstanceProcess.start({ slapd, databaseUrl })
  cleanUp.push(
    () => slapd.stop(),
    () => still.kill9(),
  )
  const db = await openDatabase(postgres.url)
  const sql = new pg.Client({ connectionString: postgres.url })
  await sql.connect()
  cleanUp.push(
    () => db.close(),
    () => sql.end(),
  )
  const waits = async () => {
    const { rows } = await sql.query<{ event: string | null }>(
      `SELECT wait_event AS event FROM pg_stat_activity WHERE application_name = 'dolores listener'`,
    )
    return rows.map(({ event }) => event)
  }
  const usage = async () => {
    const { rows } = await sql.query<{ usage: number }>('SELECT pg_notification_queue_usage() AS usage')
    return rows[0]?.usage
  }

  const lines = (await waits()).length
  still.pause()
  // More than the system's buffers take.
  const flood = `SELECT pg_notify('${CHANGELOG_CHANNEL}', repeat('x', 7900) || n) FROM generate_series(1, 2500) n`
  await sql.query(flood)
  await vi.waitFor(async () => expect(await waits()).toContain('ClientWrite'), PATIENCE)
  expect(await usage()).toBeGreaterThan(0)
  const lease = await vi.waitFor(async () => {
    const acquired = await acquireLease(db, 'projector', 'test', 600_000)
    if (!acquired) throw new Error('the paused leader still has it')
    return acquired
  }, PATIENCE)
  const { version } = await append(db, lease, { ...NOTHING, changes: [added(staff(1))] })
  for (let n = 2; n <= 50; n++) await append(db, lease, { ...NOTHING, changes: [added(staff(n))] })
  await vi.waitFor(async () => expect(await usage()).toBe(0), PATIENCE)
  expect(await waits()).not.toContain('ClientWrite')

  await releaseLease(db, lease)
  still.resume()
  await vi.waitFor(async () => expect(await still.readiness()).toBe(200), PATIENCE)
  await vi.waitFor(async () => expect(await waits()).toHaveLength(lines), PATIENCE)
  expect((await readHead(db)).version).toBeGreaterThanOrEqual(version + 49)
}, 300_000)

it('[T81] a version that two instances announce, and announce again, comes to every client once', async () => {
  const database = await createDatabase()
  const slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  const servers = [await startServer({ slapd, database }), await startServer({ slapd, database })]
  cleanUp.push(
    () => database.drop(),
    () => slapd.stop(),
    ...servers.map((server) => () => server.close()),
  )
  const devices = await Promise.all(
    servers.map(async (server) => {
      const device = new Device(await server.login('hr', 'dolores'))
      await device.load()
      await device.follow()
      cleanUp.push(() => device.close())
      return device
    }),
  )
  // The copy refuses what comes twice; every edit must come, and nothing else.
  for (let n = 0; n < 10; n++) {
    await slapd.ldapmodify(
      `dn: uid=staff,${slapd.layout.people}\nchangetype: modify\nreplace: title\ntitle: T${n}\n`,
    )
    const announce = () =>
      database.sql(`SELECT pg_notify('${CHANGELOG_CHANNEL}', version::text) FROM log_head`)
    await Promise.all([announce(), announce(), announce()])
    for (const device of devices) {
      const { changes } = await device.next()
      expect(changes.map(({ action }) => action)).toEqual(['UPDATE'])
    }
    await announce()
  }
  for (const [i, device] of devices.entries()) {
    // What was announced again made nothing: the next that comes is the answer to a change of places.
    expect(device.waiting).toBe(0)
    await device.close()
    const elsewhere = servers[1 - i]
    if (!elsewhere) throw new Error('there are two')
    const moved = new Device(await elsewhere.login('hr', 'dolores'), device.copy)
    await moved.follow()
    cleanUp.push(() => moved.close())
    expect(moved.waiting).toBe(0)
  }
  expect(devices[0]?.copy).toEqual(devices[1]?.copy)
}, 90_000)
