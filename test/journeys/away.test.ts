import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prune } from '../../src/changelog/prune.ts'
import { openDatabase } from '../../src/changelog/database.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Delta } from '../../web/sdk/contract.ts'
import { rowsOf } from '../support/apply.ts'
import { Device, operation } from '../support/device.ts'
import { oracleDigest } from '../support/oracle-digest.ts'
import { clientFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

/** Devices that were away while the log was pruned. */
let one: TestServer
beforeAll(async () => {
  one = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  await one.until(() => one.instance.replica.version > 0)
})
afterAll(() => one?.close())

let edits = 0
async function edit(times: number): Promise<void> {
  const logins = [...one.instance.replica.state.all('staff')].filter((s) => s.status === 'ACTIVE')
  for (let i = 0; i < times; i++) {
    const { version } = one.instance.replica
    const login = logins[++edits % logins.length]?.login
    await one.slapd.ldapmodify(
      `dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: Edit ${edits}\n`,
    )
    await one.until(() => one.instance.replica.version > version)
  }
}

/** Weeks pass, as the log has it. */
const weeksPass = () =>
  one.database.sql(`UPDATE log_version SET committed_at = committed_at - interval '40 days'`)

async function pruneLog(): Promise<void> {
  const db = await openDatabase(one.database.url)
  await prune(db, { maxAgeDays: 30, maxVersions: 1_000_000 })
  await db.close()
}

/** An instance that has nothing in memory but the head: it answers what is older from the log. */
const another = () => startServer({ slapd: one.slapd, database: one.database })

async function loaded(server: TestServer, login = 'hr'): Promise<Device> {
  const device = new Device(await clientFor(server, login))
  await device.load()
  return device
}

/** The same device, which now speaks with another instance. */
async function movedTo(server: TestServer, device: Device): Promise<Device> {
  return new Device(await clientFor(server, 'hr'), device.copy)
}

async function expectFresh(device: Device): Promise<void> {
  const fresh = await new Device(device.client).load()
  expect(device.copy.cursor).toBe(fresh.cursor)
  expect(device.copy.staff).toEqual(fresh.staff)
  expect(device.copy.digest).toBe(oracleDigest(rowsOf(fresh)))
}

describe('a device that was away', () => {
  it('[T52] [R1] [R2] longer than the horizon: PRUNED, its copy stays usable meanwhile, and a snapshot follows by itself', async () => {
    const device = await loaded(one)
    await edit(3)
    await weeksPass()
    // A new instance prunes when it starts.
    const two = await another()
    const late = await movedTo(two, device)
    await expect.poll(async () => (await changes(late)).__typename, { timeout: 10_000 }).toBe('Resync')
    const before = rowsOf(late.copy)
    const told = await late.refresh()
    expect(told?.resync).toMatchObject({ reason: 'PRUNED', keepOld: true, delayMs: 0 })
    expect(told?.shown && [...told.shown.departments.values(), ...told.shown.staff.values()]).toEqual(before)
    await expectFresh(late)
    await two.closeInstance()
  })

  it('[T52] a subscription from below the horizon is told the same, and ends', async () => {
    const device = await loaded(one)
    await edit(2)
    await weeksPass()
    await pruneLog()
    const two = await another()
    const wire = await (await clientFor(two, 'hr')).socket()
    wire.subscribe('live', operation('Changes'), { since: device.copy.cursor })
    expect(await wire.next()).toMatchObject({
      payload: { data: { changes: { __typename: 'Resync', reason: 'PRUNED' } } },
    })
    expect(await wire.next()).toEqual({ id: 'live', type: 'complete' })
    await two.closeInstance()
  })

  it('[L7] [I8] that has exactly the base goes on as if nothing had been pruned', async () => {
    const device = await loaded(one)
    await weeksPass()
    await pruneLog()
    await edit(2)
    const two = await another()
    const back = await movedTo(two, device)
    expect(await back.refresh()).toBeNull()
    await expectFresh(back)
    await two.closeInstance()
  })

  it('[T88] [D10] the log is pruned between two pages of a catch-up: PRUNED, nothing of the pages is applied', async () => {
    const device = await loaded(one)
    await edit(4)
    const two = await another()
    const back = await movedTo(two, device)
    const page = await changes(back, 1)
    expect(page).toMatchObject({ __typename: 'Delta', hasMore: true })
    await weeksPass()
    await pruneLog()
    const { changesSince } = await back.client.query(operation('ChangesSince'), {
      version: page.to,
      first: 1,
    })
    expect(changesSince).toMatchObject({ __typename: 'Resync', reason: 'PRUNED' })
    const { cursor } = back.copy
    expect(cursor).toBe(device.copy.cursor)
    expect((await back.refresh(1))?.resync.reason).toBe('PRUNED')
    await expectFresh(back)
    await two.closeInstance()
  })

  it('[T88] [L7] the log is pruned while many catch up: each has all that it missed, or is told PRUNED, never a hole', async () => {
    const devices: Device[] = []
    for (let i = 0; i < 6; i++) {
      devices.push(await loaded(one))
      await edit(2)
    }
    const two = await another()
    const back = await Promise.all(devices.map((device) => movedTo(two, device)))
    await weeksPass()
    const pruning = pruneLog()
    const outcomes = await Promise.all(back.map((device) => device.refresh(3)))
    await pruning
    for (const outcome of outcomes) expect(outcome?.resync.reason ?? 'PRUNED').toBe('PRUNED')
    for (const device of back) await expectFresh(device)
    await two.closeInstance()
  })
})

async function changes(device: Device, first = 1000): Promise<Delta & { __typename: string }> {
  const { changesSince } = await device.client.query(operation('ChangesSince'), {
    version: device.copy.cursor,
    first,
  })
  return changesSince as Delta & { __typename: string }
}
