import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Staff } from '../../src/model/entry.ts'
import { rowsOf } from '../support/apply.ts'
import { Device } from '../support/device.ts'
import { oracleDigest } from '../support/oracle-digest.ts'
import { clientFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

/** Grants that change for everybody at the same moment, while everybody is online. */
let server: TestServer
let devices: Map<Staff, Device>

const PEOPLE = 600
const DIGEST_OF_NOTHING = '0'.repeat(32)

beforeAll(async () => {
  server = await startServer({
    ldif: [...demoLdif({ baseDn: TEST_BASE, people: PEOPLE })].join(''),
    settings: { MASS_DELETE_PERCENT: '100' },
  })
  await server.until(() => server.instance.replica.version > 0)
  devices = new Map()
  for (const person of sample(3)) {
    const device = new Device(await clientFor(server, person.login))
    await device.load(5000)
    await device.follow()
    devices.set(person, device)
  }
  expect(devices.size).toBeGreaterThan(10)
})
afterAll(async () => {
  await Promise.all([...(devices?.values() ?? [])].map((device) => device.close()))
  await server?.close()
})

/** So many active people of every set of roles. */
function sample(each: number): Staff[] {
  const taken = new Map<string, number>()
  return [...server.instance.replica.state.all('staff')].filter(({ status, roleIds }) => {
    const key = roleIds.join(' ')
    const n = taken.get(key) ?? 0
    taken.set(key, n + 1)
    return status === 'ACTIVE' && roleIds.length > 0 && n < each
  })
}

const person = (login: string, lines: string) =>
  `dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\n${lines}\n`
const rule = (lines: string) => `dn: cn=colleagues,ou=rules,${TEST_BASE}\nchangetype: modify\n${lines}\n`
const typeId = (key: string) => server.slapd.idOf(`cn=staff-${key},ou=types,${TEST_BASE}`)

type Delta = Awaited<ReturnType<Device['next']>>

/** What a device is told until it has exactly what its person may see; each delta is applied as it comes. */
async function untilTrue(device: Device): Promise<Delta[]> {
  const rows = rowsOf(await new Device(device.client).load(5000))
  const digest = oracleDigest(rows)
  const told: Delta[] = []
  while (device.copy.digest !== digest) told.push(await device.next())
  expect(oracleDigest(rowsOf(device.copy))).toBe(digest)
  return told
}

describe('on the open sockets of everybody', () => {
  it('[P3] [T33] [T34] a rule that most hold is cut: the next delta of each is by the new grant, and nothing slips out before', async () => {
    const interns = await typeId('intern')
    const held = new Set([...devices.keys()].filter((viewer) => holds(viewer, 'Colleagues')).map((v) => v.id))
    const victim = [...server.instance.replica.state.all('staff')].find(
      (s) => s.typeId === interns && s.status === 'ACTIVE' && s.memberships.length > 0,
    )
    const { version } = server.instance.replica
    await server.slapd.ldapmodify(
      [
        rule(`delete: dlrStaffType\ndlrStaffType: ${interns}`),
        person(victim?.login ?? '', 'replace: title\ntitle: No longer a colleague of theirs'),
      ].join('\n'),
    )
    await server.until(() => server.instance.replica.version >= version + 2)
    for (const [viewer, device] of devices) {
      const told = await untilTrue(device)
      const text = JSON.stringify(told)
      expect(text.includes('No longer a colleague')).toBe(device.copy.staff.has(victim?.id ?? ''))
      if (held.has(viewer.id)) expect(told[0]?.viewerChanged).toBe(true)
    }
    expect(held.size).toBeGreaterThan(5)
    expect(held.size).toBeLessThan(devices.size)
  })

  it('[P3] [D5] a rule that most hold is widened again: they are told the rows that came, and nobody else is', async () => {
    const interns = await typeId('intern')
    const { version } = server.instance.replica
    await server.slapd.ldapmodify(rule(`add: dlrStaffType\ndlrStaffType: ${interns}`))
    await server.until(() => server.instance.replica.version > version)
    for (const [viewer, device] of devices) {
      const told = (await untilTrue(device)).filter(({ changes }) => changes.length > 0)
      if (!holds(viewer, 'Colleagues')) expect(told).toEqual([])
      for (const { changes } of told) {
        const came = changes.filter(({ action }) => action === 'ADD').map(({ staff }) => staff?.typeId)
        expect(new Set(came)).toEqual(new Set([interns]))
      }
    }
  })

  it('[P3] [T33] the roles of all of them are taken away in one go: empty copies, and no word of what comes after', async () => {
    for (const device of devices.values()) {
      await device.close()
      await device.load(5000)
      await device.follow()
    }
    const witness = [...devices.keys()][0]?.login ?? ''
    const records = [...devices.keys()].map(({ login }) => person(login, 'delete: dlrRole'))
    await server.slapd.ldapmodify(
      [...records, person(witness, 'replace: displayName\ndisplayName: Too late for all of them')].join('\n'),
    )
    for (const [viewer, device] of devices) {
      let isTold = false
      while (device.copy.digest !== DIGEST_OF_NOTHING) {
        const delta = await device.next().catch((error: unknown) => {
          expect(String(error)).toContain('VIEW_CHANGED')
          return null
        })
        expect(JSON.stringify(delta)).not.toContain('Too late')
        if (!delta) {
          await device.load()
          isTold = true
        }
        isTold ||= delta?.viewerChanged === true
      }
      expect(isTold, viewer.login).toBe(true)
      expect(rowsOf(device.copy)).toEqual([])
    }
  })
})

function holds(viewer: Staff, name: string): boolean {
  const { state } = server.instance.replica
  const rules = [...state.all('rule')].filter((r) => r.name === name).map(({ id }) => id)
  return viewer.roleIds.some((id) => state.get('role', id)?.ruleIds.some((r) => rules.includes(r)))
}
