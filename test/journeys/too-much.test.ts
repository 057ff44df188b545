import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Staff } from '../../src/model/entry.ts'
import { operation } from '../support/device.ts'
import { clientFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'
import type { Wire } from '../support/wire.ts'

/** More people than one delta tells of. */
const PEOPLE = 1300

let server: TestServer
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: PEOPLE })].join('') })
  await server.until(() => server.instance.replica.version > 0)
})
afterAll(() => server?.close())

const rule = (lines: string) => `dn: cn=colleagues,ou=rules,${TEST_BASE}\nchangetype: modify\n${lines}\n`

it('[R1] [D6] [T54] a change that is too much for a delta sends everybody to a snapshot, not all at the same moment', async () => {
  const wires = await spectators(150)
  await server.slapd.ldapmodify(rule('delete: dlrStaffType\n-\ndelete: dlrDepartmentType'))
  const told = await Promise.all(wires.map(whatMatters))
  for (const wire of wires) wire.ws.terminate()
  const delays = new Map<number, number>()
  for (const answer of told) {
    expect(answer).toMatchObject({
      __typename: 'Resync',
      reason: 'VIEW_CHANGED',
      keepOld: false,
      departmentTypeIds: [],
      staffTypeIds: [],
      sensitiveFields: [],
    })
    delays.set(answer.delayMs, (delays.get(answer.delayMs) ?? 0) + 1)
  }
  // A hundred may come at once, the others at some moments later.
  expect(delays.get(0) ?? 0).toBeLessThanOrEqual(100)
  expect(delays.size).toBeGreaterThan(4)
  expect(Math.max(...[...delays].map(([delay, n]) => (delay > 0 ? n : 0)))).toBeLessThan(20)
})

interface Told {
  readonly __typename: string
  readonly changes?: readonly unknown[]
  readonly delayMs: number
}

/** The next answer that is no heartbeat. */
async function whatMatters(wire: Wire): Promise<Told> {
  for (;;) {
    const { payload } = await wire.next()
    const { changes } = (payload as { data: { changes: Told } }).data
    if (changes.changes?.length !== 0) return changes
  }
}

/** Sockets of people who hold nothing but the rule that most hold. */
async function spectators(n: number): Promise<Wire[]> {
  const only = [...server.instance.replica.state.all('staff')].filter(
    (s) =>
      s.status === 'ACTIVE' &&
      s.roleIds.length === 1 &&
      holds(s, 'Colleagues') &&
      !holds(s, 'Everything') &&
      !holds(s, 'Mobile numbers of colleagues'),
  )
  return Promise.all(
    only.slice(0, n).map(async ({ login }) => {
      const client = await clientFor(server, login)
      const { snapshot } = await client.query('{ snapshot(first: 1) { ... on SnapshotPage { version } } }')
      const wire = await client.socket()
      wire.subscribe('live', operation('Changes'), { since: (snapshot as { version: string }).version })
      await wire.next()
      return wire
    }),
  )
}

function holds(viewer: Staff, name: string): boolean {
  const { state } = server.instance.replica
  const rules = [...state.all('rule')].filter((r) => r.name === name).map(({ id }) => id)
  return viewer.roleIds.some((id) => state.get('role', id)?.ruleIds.some((r) => rules.includes(r)))
}
