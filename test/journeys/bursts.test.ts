import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { rowsOf } from '../support/apply.ts'
import { Device } from '../support/device.ts'
import { oracleDigest } from '../support/oracle-digest.ts'
import { clientFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

let server: TestServer
let device: Device
beforeAll(async () => {
  server = await startServer({
    ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join(''),
    settings: { MERGE_DELAY_MS: '400' },
  })
  device = new Device(await clientFor(server, 'hr'))
  await device.load()
  await device.follow()
})
afterAll(async () => {
  await device?.close()
  await server?.close()
})

const record = (login: string, title: string) =>
  `dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: ${title}\n`

it('[P5] [D2] a burst is merged: fewer deltas than versions, and each person is told once, with what is true', async () => {
  const people = [...server.instance.replica.state.all('staff')]
    .filter((s) => s.status === 'ACTIVE')
    .slice(0, 50)
  const { version } = server.instance.replica
  await server.slapd.ldapmodify(people.map(({ login }, i) => record(login, `Burst ${i}`)).join('\n'))
  const told: string[] = []
  let deltas = 0
  while (told.length < people.length) {
    const { changes } = await device.next()
    told.push(...changes.map(({ id }) => id))
    if (changes.length > 0) deltas++
  }
  expect(told.toSorted()).toEqual(people.map(({ id }) => id).toSorted())
  expect(deltas).toBeLessThan((server.instance.replica.version - version) / 2)
  expect(device.copy.digest).toBe(oracleDigest(rowsOf(await new Device(device.client).load())))
})

it('[P5] edits that never pause do not hold deltas back: the delay has a bound', async () => {
  let edits = 0
  let told = 0
  // Each edit comes well within the delay after the one before; were each to start it anew, nothing would ever be told.
  while (told < 3 && edits < 300) {
    await server.slapd.ldapmodify(record('staff', `Without a pause ${edits++}`))
    for (; device.waiting > 0; told++) await device.next()
  }
  expect(told).toBeGreaterThanOrEqual(3)
  expect(edits).toBeLessThan(300)
})
