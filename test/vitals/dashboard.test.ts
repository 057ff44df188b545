import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Administration } from '../../src/access/administration.ts'
import { Authority } from '../../src/access/authority.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { ancestry } from '../../src/model/state.ts'
import type { Client } from '../support/client.ts'
import { openDatabase } from '../../src/changelog/database.ts'
import { Days } from '../../src/vitals/days.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

const LDIF = [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('')
const DASHBOARD = `{ admin {
  staffCounts { active disabled trashed } departmentCounts { active disabled trashed } failedImports
  changesPerDay { day staff departments }
  house { isDatabaseUp isDirectoryUp behind headVersion onlinePeople onlineClients audiences
    projector { isAlive stopped isConfirmed leftOut } webhooks { active failing givenUp } imports { waiting failed } edits { running } }
} }`

interface Dashboard {
  readonly staffCounts: Readonly<Record<string, number>>
  readonly departmentCounts: Readonly<Record<string, number>>
  readonly failedImports: number | null
  readonly changesPerDay:
    | readonly { readonly day: string; readonly staff: number; readonly departments: number }[]
    | null
  readonly house: Readonly<Record<string, unknown>> | null
}

let server: TestServer
let hr: Client
beforeAll(async () => {
  server = await startServer({ ldif: LDIF })
  hr = await server.login('hr', 'dolores')
})
afterAll(() => server?.close())

async function dashboard(client: Client): Promise<Dashboard | null> {
  return (await client.query(DASHBOARD))['admin'] as Dashboard | null
}

const state = () => server.instance.replica.state

function delegate() {
  const role = [...state().all('role')].find((r) => r.name === 'Branch administrator')
  const staff = [...state().all('staff')].find((s) => s.roleIds.includes(role?.id ?? ''))
  const branchId = role?.abilities[0]?.departmentId
  if (!staff || typeof branchId !== 'string') throw new Error('the demo company has no delegate')
  return { staff, branchId }
}

async function rename(login: string, title: string): Promise<void> {
  const { version } = server.instance.replica
  await server.slapd.ldapmodify(
    `dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: ${title}\n`,
  )
  await server.until(() => server.instance.replica.version > version)
}

describe('the dashboard', () => {
  it('[T36] counts the whole company for whoever administers it, and says how the house is', async () => {
    const wire = await hr.socket()
    const { snapshot } = await hr.query('{ snapshot(first: 1) { ... on SnapshotPage { version } } }')
    const since = (snapshot as { version: string }).version
    wire.subscribe('1', 'subscription ($since: Version!) { changes(since: $since) { __typename } }', {
      since,
    })
    await wire.next()
    const of = await dashboard(hr)
    const active = [...state().all('staff')].filter((s) => s.status === 'ACTIVE').length
    expect(of?.staffCounts['active']).toBe(active)
    expect(of?.failedImports).toBe(0)
    await expect
      .poll(async () => (await dashboard(hr))?.house)
      .toEqual({
        isDatabaseUp: true,
        isDirectoryUp: true,
        behind: 0,
        headVersion: server.instance.replica.version,
        onlinePeople: 1,
        onlineClients: 1,
        audiences: 1,
        projector: { isAlive: true, stopped: null, isConfirmed: false, leftOut: 0 },
        webhooks: { active: 0, failing: 0, givenUp: 0 },
        imports: { waiting: 0, failed: 0 },
        edits: { running: 0 },
      })
    await wire.close()
  })

  it('[T36] [T37] counts of others only what their administration shows, and tells them nothing of the house', async () => {
    const { staff, branchId } = delegate()
    const client = await server.login(staff.login, 'dolores')
    const of = await dashboard(client)
    const administration = new Administration(new Authority(state(), staff.id))
    const shown = [...state().all('staff')].filter((s) => administration.staff(s.id) !== null)
    expect(of?.staffCounts['active']).toBe(shown.filter((s) => s.status === 'ACTIVE').length)
    const below = [...state().all('department')].filter((d) =>
      [...ancestry(state(), d.id)].some(({ id }) => id === branchId),
    )
    expect(of?.departmentCounts['active']).toBe(below.filter((d) => d.status === 'ACTIVE').length)
    expect(of?.house).toBeNull()
    expect(await dashboard(await server.login('staff', 'dolores'))).toBeNull()
  })

  it('[T36] changes a day count where one reads everything, each of the last 14 days', async () => {
    const { staff } = delegate()
    const hrId = [...state().all('staff')].find((s) => s.login === 'hr')?.id ?? ''
    const authority = new Authority(state(), staff.id)
    const db = await openDatabase(server.database.url)
    try {
      // Of its own, because a server counts so often only.
      const today = async (staffId: string) =>
        (await new Days(db, Date.now).of(new Authority(state(), staffId))).at(-1)?.staff ?? 0
      const [all, own] = [await today(hrId), await today(staff.id)]
      const inside = [...state().all('staff')].find((s) => authority.over('staff.read', s).isAll)
      const outside = [...state().all('staff')].find((s) => !authority.showsStaff(s))
      await rename(outside?.login ?? '', 'Somebody outside')
      expect([await today(hrId), await today(staff.id)]).toEqual([all + 1, own])
      await rename(inside?.login ?? '', 'Somebody inside')
      expect([await today(hrId), await today(staff.id)]).toEqual([all + 2, own + 1])
    } finally {
      await db.close()
    }
    const days = (await dashboard(hr))?.changesPerDay ?? []
    expect(days).toHaveLength(14)
    expect(days.map(({ day }) => day)).toEqual(days.map(({ day }) => day).toSorted())
  })

  it('[L6] says that a mass loss waits for somebody', async () => {
    const people = [...state().all('staff')].filter((s) => s.status === 'ACTIVE' && s.login !== 'hr')
    const ldif = people
      .slice(0, 60)
      .map(
        ({ login }) =>
          `dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\nreplace: dlrDisabled\ndlrDisabled: TRUE\n`,
      )
    await server.slapd.ldapmodify(ldif.join('\n'))
    const projector = async () => (await dashboard(hr))?.house?.['projector'] as { stopped: string | null }
    await expect.poll(async () => (await projector()).stopped, { timeout: 20_000 }).toMatch(/^mass: /)
  }, 40_000)
})
