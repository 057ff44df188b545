import { afterAll, beforeAll, expect, it } from 'vitest'
import { ldifEntry } from '../../src/directory/ldif.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Staff } from '../../src/model/entry.ts'
import { Device } from '../support/device.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

const IMPORTED = 400

let server: TestServer
beforeAll(async () => {
  server = await startServer({
    ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join(''),
    settings: { MERGE_DELAY_MS: '200' },
  })
})
afterAll(() => server?.close())

/** As HR tools write it: one entry after the other, each like somebody who is there. */
function newcomers(models: readonly Staff[]): string {
  const entries = Array.from({ length: IMPORTED }, (_, n) => {
    const model = models[n % models.length]
    return ldifEntry(`uid=new${n},${server.slapd.layout.people}`, {
      objectClass: ['inetOrgPerson', 'dlrPerson'],
      uid: `new${n}`,
      cn: `李小红 ${n}`,
      sn: '李',
      dlrType: model?.typeId ?? '',
      dlrDepartment: model?.memberships.map((m) => m.departmentId) ?? [],
    })
  })
  return entries.join('')
}

it('[P5] [L3] a bulk import by another tool: a version a person, few deltas, everybody ends with a fresh copy, others are answered meanwhile', async () => {
  const logins = ['hr', 'hr', 'staff', 'guest']
  const devices = await Promise.all(logins.map(async (l) => new Device(await server.login(l, 'dolores'))))
  for (const device of devices) {
    await device.load()
    await device.follow()
  }
  const { replica } = server.instance
  const start = replica.version
  const seen = new Set<string>()
  const known = new Map(devices[0]?.copy.staff)
  const models = [...replica.state.all('staff')].filter((s) => s.status === 'ACTIVE' && known.has(s.id))

  let isImporting = true
  const importing = server.slapd.ldapmodify(newcomers(models)).finally(() => (isImporting = false))
  const asked: number[] = []
  while (isImporting) {
    await devices[0]?.client.query('{ __typename }')
    asked.push(replica.version)
  }
  await importing
  await server.until(() => replica.version >= start + IMPORTED)
  expect(replica.version).toBe(start + IMPORTED)
  expect(asked.some((version) => version > start && version < start + IMPORTED)).toBe(true)

  for (const device of devices) {
    const fresh = await new Device(device.client).load()
    let deltas = 0
    for (; device.copy.digest !== fresh.digest; deltas++)
      for (const { id } of (await device.next()).changes) seen.add(id)
    expect(device.copy.staff).toEqual(fresh.staff)
    expect(device.copy.departments).toEqual(fresh.departments)
    expect(deltas).toBeLessThan(IMPORTED / 4)
  }
  expect(seen.size).toBe(IMPORTED)
  for (const device of devices) await device.close()
}, 60_000)
