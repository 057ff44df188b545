import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { Client } from '../support/client.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { Device } from '../support/device.ts'
import { InstanceProcess, type InstanceProcessOptions } from '../support/instance-process.ts'
import { startSlapd, TEST_BASE, type TestSlapd } from '../support/slapd.ts'

const PATIENCE = { timeout: 60_000, interval: 100 }

let database: TestDatabase
let slapd: TestSlapd
let cleanUp: (() => Promise<unknown>)[]

beforeEach(async () => {
  database = await createDatabase()
  slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  cleanUp = [() => database.drop(), () => slapd.stop()]
})
afterEach(async () => {
  for (const clean of cleanUp.toReversed()) await clean()
})

async function start(o: Partial<InstanceProcessOptions> = {}): Promise<InstanceProcess> {
  const instance = await InstanceProcess.start({ slapd, databaseUrl: database.url, ...o })
  cleanUp.push(() => instance.kill9())
  return instance
}

async function deviceOn({ url }: InstanceProcess): Promise<Device> {
  const client = new Client(url)
  await client.login('hr', 'dolores')
  const device = new Device(client)
  await device.load()
  await device.follow()
  cleanUp.push(() => device.close())
  return device
}

const title = (text: string) =>
  slapd.ldapmodify(
    `dn: uid=staff,${slapd.layout.people}\nchangetype: modify\nreplace: title\ntitle: ${text}\n`,
  )

/** Applies what is pushed until the text stands in the copy. */
async function hears(device: Device, text: string): Promise<void> {
  while (!JSON.stringify([...device.copy.staff.values()]).includes(text)) {
    await vi.waitFor(() => expect(device.waiting).toBeGreaterThan(0), PATIENCE)
    await device.next()
  }
}

it('[T85] the leader is killed (kill -9, as by a machine without memory): another takes over, its clients notice nothing, and a new one starts', async () => {
  const leader = await start()
  const other = await start()
  const device = await deviceOn(other)
  await title('before')
  await hears(device, 'before')
  await leader.kill9()
  await title('after')
  await hears(device, 'after')
  const again = await start()
  const elsewhere = await deviceOn(again)
  expect(elsewhere.copy).toEqual(device.copy)
}, 300_000)

it('[T85] [L9] a process that stood still for longer than its lease and the silence it allows is well again, and says how long it stood still', async () => {
  const instance = await start()
  const device = await deviceOn(instance)
  const stall = async () => {
    const answer = await fetch(`${instance.url}/readyz`)
    const body: unknown = await answer.json()
    return typeof body === 'object' && body !== null ? Number(Reflect.get(body, 'worstStallMs')) : 0
  }
  const before = await stall()
  instance.pause()
  const lease = `SELECT FROM lease WHERE expires_at < clock_timestamp() - interval '2 s'`
  await vi.waitFor(async () => expect(await database.sql(lease)).toHaveLength(1), PATIENCE)
  instance.resume()
  await vi.waitFor(async () => expect(await instance.readiness()).toBe(200), PATIENCE)
  expect(await stall()).toBeGreaterThan(Math.max(before, 5000))
  await title('awake')
  await hears(device, 'awake')
}, 300_000)
