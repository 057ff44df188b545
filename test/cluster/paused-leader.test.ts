import pg from 'pg'
import { afterEach, expect, it, vi } from 'vitest'
import { readSince } from '../../src/changelog/log.ts'
import { openDatabase } from '../../src/changelog/database.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { chainHash, GENESIS_HASH } from '../../src/model/canonical.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { Device } from '../support/device.ts'
import { Client } from '../support/client.ts'
import { InstanceProcess } from '../support/instance-process.ts'
import { startSlapd, TEST_BASE } from '../support/slapd.ts'

const PATIENCE = { timeout: 60_000, interval: 50 }

let cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanUp.toReversed()) await clean()
  cleanUp = []
})

async function tokenIn(database: TestDatabase): Promise<number> {
  const [row] = await database.sql<{ token: string }>('SELECT token FROM lease WHERE expires_at > now()')
  return Number(row?.token ?? 0)
}

it.each(['rests', 'commits'] as const)(
  '[T82] [L9] a leader that is stopped while it %s and wakes up when another leads: one history, nothing lost, nothing twice',
  async (what) => {
    const database = await createDatabase()
    const slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
    cleanUp.push(
      () => database.drop(),
      () => slapd.stop(),
    )
    const start = async () => {
      const instance = await InstanceProcess.start({ slapd, databaseUrl: database.url })
      cleanUp.push(() => instance.kill9())
      return instance
    }
    const leader = await start()
    const other = await start()
    const first = await tokenIn(database)
    const devices = await Promise.all(
      [leader, other].map(async ({ url }) => {
        const client = new Client(url)
        await client.login('hr', 'dolores')
        const device = new Device(client)
        await device.load()
        return device
      }),
    )
    const written: string[] = []
    const title = async (text: string) => {
      written.push(text)
      await slapd.ldapmodify(
        `dn: uid=staff,${slapd.layout.people}\nchangetype: modify\nreplace: title\ntitle: ${text}\n`,
      )
    }

    // Its commit waits for a row that somebody holds, and goes on in the database while its process stands still.
    const holder = new pg.Client({ connectionString: database.url })
    await holder.connect()
    cleanUp.push(() => holder.end())
    if (what === 'commits') {
      await holder.query('BEGIN')
      await holder.query('SELECT FROM log_head FOR UPDATE')
      await title('under way')
      const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
      await vi.waitFor(async () => expect(await database.sql(waiting)).not.toEqual([]), PATIENCE)
    }
    leader.pause()
    if (what === 'commits') await holder.query('ROLLBACK')
    await vi.waitFor(async () => expect(await tokenIn(database)).toBeGreaterThan(first), PATIENCE)
    for (let n = 0; n < 5; n++) await title(`while it is stopped ${n}`)
    const catchesUp = (device: Device | undefined, text: string) =>
      vi.waitFor(async () => {
        await device?.catchUp()
        expect(JSON.stringify([...(device?.copy.staff.values() ?? [])])).toContain(text)
      }, PATIENCE)
    await catchesUp(devices[1], 'while it is stopped 4')

    leader.resume()
    for (let n = 0; n < 5; n++) await title(`when it is awake ${n}`)
    await Promise.all(devices.map((device) => catchesUp(device, 'when it is awake 4')))
    await vi.waitFor(async () => expect(await leader.readiness()).toBe(200), PATIENCE)
    expect(devices[0]?.copy).toEqual(devices[1]?.copy)
    expect(leader.log).toContain('the lease was given back')

    const db = await openDatabase(database.url)
    cleanUp.push(() => db.close())
    const versions = await readSince(db, 0, 1000)
    let hash = GENESIS_HASH
    for (const { version, changes, hash: own } of versions) {
      hash = chainHash(hash, version, changes)
      expect(own).toBe(hash)
    }
    const titles = versions
      .slice(1)
      .flatMap(({ changes }) => changes.map(({ after }) => after?.kind === 'staff' && after.title))
    // What is written while nobody leads may be read as one; what is written is never missing at its end or told twice.
    expect(titles).toEqual(written.filter((text) => titles.includes(text)))
    expect(titles.filter((text) => String(text).startsWith('when'))).toHaveLength(5)
  },
  300_000,
)
