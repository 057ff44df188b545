import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import { prune } from '../../src/changelog/prune.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { Client } from '../support/client.ts'
import { Device, operation } from '../support/device.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

/** Has followed from the beginning and remembers; the other instance of each test has just started. */
let old: TestServer
let db: Database
let hr: Client
let edits = 0

beforeAll(async () => {
  old = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  db = await openDatabase(old.database.url)
  hr = await old.login('hr', 'dolores')
})
afterAll(async () => {
  await db?.close()
  await old?.close()
})

let device: Device
let young: TestServer
let youngHr: Client

/** Ten people change, then an instance starts that has seen nothing of it. */
beforeEach(async () => {
  device = new Device(hr)
  await device.load()
  await edit()
  young = await startServer({ slapd: old.slapd, database: old.database })
  youngHr = new Client(young.url)
  youngHr.tokens = hr.tokens
  return () => young.closeInstance()
})

async function edit(): Promise<void> {
  const logins = [...old.instance.replica.state.all('staff')].map(({ login }) => login).toSorted()
  const ldif = logins.slice(0, 10).map((login) => {
    const dn = `uid=${login},${old.slapd.layout.people}`
    return `dn: ${dn}\nchangetype: modify\nreplace: title\ntitle: edit ${++edits}\n\n`
  })
  await old.slapd.ldapmodify(ldif.join(''))
  const last = `edit ${edits}`
  await old.until(() => [...old.instance.replica.state.all('staff')].some(({ title }) => title === last))
}

/** Forgets everything but the head. */
async function pruneAll(): Promise<void> {
  await db.prisma.$executeRaw`UPDATE log_version SET committed_at = committed_at - interval '2 days'`
  expect(await prune(db, { maxAgeDays: 1, maxVersions: 1 })).toBe(old.instance.replica.version)
}

interface Page {
  readonly __typename: string
  readonly reason?: string
  readonly hasMore?: boolean
  readonly to?: string
  readonly endCursor?: string
  readonly hasNextPage?: boolean
}

async function changes(client: Client, version: string | null): Promise<Page> {
  const { changesSince } = await client.query(operation('ChangesSince'), { version, first: 3 })
  return changesSince as Page
}

async function snapshot(client: Client, after: string | null): Promise<Page> {
  const answer = await client.query(operation('Snapshot'), { first: 60, after })
  return answer['snapshot'] as Page
}

it.each([0, 1, 2, 3])(
  '[T88] [D10] [L7] the log is pruned after %i pages of a catch-up: PRUNED where it is gone, the rest where it is remembered, never a hole',
  async (pages) => {
    let at = device.copy.cursor
    for (let n = 0; n < pages; n++) {
      const page = await changes(youngHr, at)
      expect(page).toMatchObject({ __typename: 'Delta', hasMore: true })
      at = page.to ?? ''
    }
    await pruneAll()
    expect(await changes(youngHr, at)).toMatchObject({ __typename: 'Resync', reason: 'PRUNED' })
    // The instance that has it in memory goes on, and what it says is whole.
    await device.catchUp(3)
    const fresh = new Device(youngHr)
    expect(device.copy).toEqual(await fresh.load())
    await edit()
    await fresh.catchUp()
    await device.catchUp()
    expect(fresh.copy).toEqual(device.copy)
  },
)

it.each([1, 2, 3])(
  '[T88] [S1] the log is pruned after %i pages of a snapshot whose version is gone: PRUNED where it is, the rest where it is remembered',
  async (pages) => {
    let at: string | null = null
    for (let n = 0; n < pages; n++) {
      const page = await snapshot(youngHr, at)
      expect(page).toMatchObject({ __typename: 'SnapshotPage', hasNextPage: true })
      at = page.endCursor ?? ''
    }
    await edit()
    await pruneAll()
    const later = await startServer({ slapd: old.slapd, database: old.database })
    const laterHr = new Client(later.url)
    laterHr.tokens = hr.tokens
    expect(await snapshot(laterHr, at)).toMatchObject({ __typename: 'Resync', reason: 'PRUNED' })
    for (let rest: Page | null = null; rest?.hasNextPage !== false; at = rest.endCursor ?? null) {
      rest = await snapshot(hr, at)
      expect(rest.__typename).toBe('SnapshotPage')
    }
    await later.closeInstance()
  },
)
