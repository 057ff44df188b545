import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/changelog/database.ts'
import { prune } from '../../src/changelog/prune.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Resync } from '../../web/sdk/contract.ts'
import type { Rows } from '../../web/sdk/copy.ts'
import { Device, operation } from '../support/device.ts'
import { clientFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

/** What a device still holds from the moment on at which it was told to start again, for every reason. */
let server: TestServer
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  await server.until(() => server.instance.replica.version > 0)
})
afterAll(() => server?.close())

async function directory(ldif: string): Promise<void> {
  const { version } = server.instance.replica
  await server.slapd.ldapmodify(ldif)
  await server.until(() => server.instance.replica.version > version)
}
const person = (login: string, lines: string) =>
  directory(`dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\n${lines}\n`)
const roleId = (key: string) => server.slapd.idOf(`cn=${key},ou=roles,${TEST_BASE}`)

/** Somebody with a role, on a device with a copy. */
async function somebody(nth: number, role: string): Promise<{ device: Device; login: string }> {
  const plain = [...server.instance.replica.state.all('staff')].filter(
    (s) => s.status === 'ACTIVE' && !['hr', 'staff', 'guest'].includes(s.login),
  )
  const login = plain[nth]?.login ?? ''
  await person(login, `replace: dlrRole\ndlrRole: ${await roleId(role)}`)
  const device = new Device(await clientFor(server, login))
  await device.load()
  return { device, login }
}

/** The log below the head is gone, and with it what this instance had in memory of it. */
async function onAnotherInstance<T>(act: (other: TestServer) => Promise<T>): Promise<T> {
  await server.database.sql(`UPDATE log_version SET committed_at = committed_at - interval '40 days'`)
  const db = await openDatabase(server.database.url)
  await prune(db, { maxAgeDays: 30, maxVersions: 1_000_000 })
  await db.close()
  const other = await startServer({ slapd: server.slapd, database: server.database })
  try {
    return await act(other)
  } finally {
    await other.closeInstance()
  }
}

/** Nothing but rows of listed types, and no value of a sensitive field that is not listed. */
function expectWithin(rows: Rows, { departmentTypeIds, staffTypeIds, sensitiveFields }: Resync): void {
  for (const { typeId } of rows.departments.values()) expect(departmentTypeIds).toContain(typeId)
  for (const row of rows.staff.values()) {
    expect(staffTypeIds).toContain(row.typeId)
    if (!sensitiveFields.includes('mobile')) expect(row.mobile).toBeNull()
  }
}

const held = (rows: Rows) => rows.departments.size + rows.staff.size

describe('[R1] [R2] told to start again', () => {
  it('PRUNED under the same grant: everything but rows of a type that has gone may be shown until the snapshot is there', async () => {
    const { device, login } = await somebody(0, 'administrator')
    const interns = await server.slapd.idOf(`cn=staff-intern,ou=types,${TEST_BASE}`)
    const isIntern = ({ typeId }: { typeId: string }) => typeId === interns
    const before = [...device.copy.staff.values()]
    expect(before.some(isIntern)).toBe(true)
    await directory(`dn: cn=staff-intern,ou=types,${TEST_BASE}\nchangetype: delete\n`)
    await onAnotherInstance(async (other) => {
      const moved = new Device(await clientFor(other, login), device.copy)
      const told = await moved.refresh()
      expect(told?.resync).toMatchObject({ reason: 'PRUNED', keepOld: true })
      expect(told?.resync.staffTypeIds).not.toContain(interns)
      expect([...(told?.shown?.staff.values() ?? [])]).toEqual(before.filter((row) => !isIntern(row)))
      if (told) expectWithin(moved.copy, told.resync)
    })
  })

  it('PRUNED after the role was taken down a step: nothing is shown until the snapshot is there, and it has no numbers', async () => {
    const { device, login } = await somebody(1, 'administrator')
    expect([...device.copy.staff.values()].some((row) => row.mobile !== null)).toBe(true)
    await person(login, `replace: dlrRole\ndlrRole: ${await roleId('employee')}`)
    await onAnotherInstance(async (other) => {
      const moved = new Device(await clientFor(other, login), device.copy)
      const told = await moved.refresh()
      expect(told).toMatchObject({
        shown: null,
        resync: { reason: 'PRUNED', keepOld: false, sensitiveFields: [] },
      })
      expect(held(moved.copy)).toBeGreaterThan(0)
      if (told) expectWithin(moved.copy, told.resync)
    })
  })

  it('DIVERGED with the copy of somebody else, left on a shared device: nothing of it is shown to whoever signs in next', async () => {
    const { device } = await somebody(2, 'administrator')
    const { device: next } = await somebody(3, 'guest')
    const inherited = new Device(next.client, device.copy)
    const told = await inherited.refresh()
    expect(told).toMatchObject({ shown: null, resync: { reason: 'DIVERGED', keepOld: false } })
    expect(held(inherited.copy)).toBeLessThan(held(device.copy))
    if (told) expectWithin(inherited.copy, told.resync)
  })

  it('CHECKSUM after the device has reported another digest: once, then its new copy goes on', async () => {
    const { device } = await somebody(4, 'insider')
    const report = { version: device.copy.cursor, digest: 'f'.repeat(32) }
    expect(await device.client.query(operation('ReportDigest'), report)).toEqual({ reportDigest: true })
    const told = await device.refresh()
    expect(told).toMatchObject({ shown: null, resync: { reason: 'CHECKSUM', keepOld: false } })
    if (told) expectWithin(device.copy, told.resync)
    expect(await device.refresh()).toBeNull()
  })

  it('VIEW_CHANGED between two pages of a difference: none of them is applied, and nothing is shown', async () => {
    const { device, login } = await somebody(5, 'administrator')
    for (const name of ['hr', 'guest']) await person(name, `replace: title\ntitle: Page ${Math.random()}`)
    const { changesSince } = await device.client.query(operation('ChangesSince'), {
      version: device.copy.cursor,
      first: 1,
    })
    const page = changesSince as { to: string; hasMore: boolean }
    expect(page.hasMore).toBe(true)
    await person(login, 'delete: dlrRole')
    const told = await device.client.query(operation('ChangesSince'), { version: page.to, first: 1 })
    expect(told['changesSince']).toMatchObject({
      __typename: 'Resync',
      reason: 'VIEW_CHANGED',
      keepOld: false,
      departmentTypeIds: [],
      staffTypeIds: [],
      sensitiveFields: [],
    })
    // From the stored cursor it is a difference like any other: everything goes.
    expect(await device.refresh()).toBeNull()
    expect(held(device.copy)).toBe(0)
  })
})

it('[K2] [D5] a revoke is applied at once, and its purge stands in the audit log with the version', async () => {
  const { device, login } = await somebody(6, 'administrator')
  await device.follow()
  await person(login, 'delete: dlrRole')
  while (held(device.copy) > 0) await device.next()
  const version = device.copy.cursor
  expect(await device.client.query(operation('AcknowledgePurge'), { version })).toEqual({
    acknowledgePurge: true,
  })
  const rows = await server.database.sql(`SELECT * FROM audit WHERE action = 'copy.purge'`)
  expect(JSON.stringify(rows)).toContain(version)
  expect(rows).toHaveLength(1)
  await device.close()
})
