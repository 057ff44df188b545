import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { Client } from '../support/client.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { Device } from '../support/device.ts'
import { InstanceProcess } from '../support/instance-process.ts'
import { startSlapd, TEST_BASE, type TestSlapd } from '../support/slapd.ts'

/** How many more files than it has open after a sign-in an instance may open in the flood. */
const SPARE_FILES = 40
const run = promisify(execFile)
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

async function start(): Promise<InstanceProcess> {
  const instance = await InstanceProcess.start({ slapd, databaseUrl: database.url })
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
  const startedAt = performance.now()
  const again = await start()
  process.stdout.write(
    `an instance was ready ${Math.round(performance.now() - startedAt)} ms after its start\n`,
  )
  const elsewhere = await deviceOn(again)
  expect(elsewhere.copy).toEqual(device.copy)
}, 300_000)

it('[T85] [T44] without a free file descriptor the instance lives, serves those it has, and lets others in when there is room again', async () => {
  const instance = await start()
  const device = await deviceOn(instance)
  const open = async () => (await readdir(`/proc/${instance.pid}/fd`)).length
  const limit = (await open()) + SPARE_FILES
  // Not before: while it starts, its modules are read many at a time.
  await run('prlimit', ['--pid', String(instance.pid), `--nofile=${limit}`])
  const { port } = new URL(instance.url)
  const flood: Socket[] = []
  for (let n = 0; n < 300; n++) {
    const socket = connect(Number(port), '127.0.0.1')
    flood.push(socket.on('error', () => {}))
  }
  // More than it can hold: the rest is sent away, or waits at the door.
  await vi.waitFor(async () => expect(await open()).toBeGreaterThan(limit - 3), PATIENCE)
  await title('in the flood')
  await hears(device, 'in the flood')
  for (const socket of flood) socket.destroy()
  await vi.waitFor(async () => expect(await open()).toBeLessThan(limit - 20), PATIENCE)
  await vi.waitFor(async () => expect(await instance.readiness()).toBe(200), PATIENCE)
  const later = await deviceOn(instance)
  expect(later.copy).toEqual(device.copy)
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
