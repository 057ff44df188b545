import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Resync, SnapshotPage } from '../../web/sdk/contract.ts'
import { SnapshotStaging } from '../../web/sdk/staging.ts'
import { rowsOf } from '../support/apply.ts'
import { Client } from '../support/client.ts'
import { Device, operation } from '../support/device.ts'
import { oracleDigest } from '../support/oracle-digest.ts'
import { clientFor } from '../support/pass.ts'
import { Proxy } from '../support/proxy.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

/** Snapshots that do not come to their end in one go. */
let server: TestServer
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  await server.until(() => server.instance.replica.version > 0)
})
afterAll(() => server?.close())

type Page = (SnapshotPage & { __typename: 'SnapshotPage' }) | (Resync & { __typename: 'Resync' })

async function page(client: Client, after: string | null, first = 60): Promise<Page> {
  const { snapshot } = await client.query(operation('Snapshot'), { first, after })
  return snapshot as Page
}

async function pageOf(client: Client, after: string | null): Promise<SnapshotPage> {
  const answer = await page(client, after)
  if (answer.__typename === 'Resync') throw new Error(answer.reason)
  return answer
}

const modify = (login: string, lines: string) =>
  server.slapd.ldapmodify(`dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\n${lines}\n`)

async function edited(login: string, lines: string): Promise<void> {
  const { version } = server.instance.replica
  await modify(login, lines)
  await server.until(() => server.instance.replica.version > version)
}

/** The rest of a snapshot, over any client. */
async function finish(staging: SnapshotStaging, client: Client, after: string) {
  for (let next = after; ;) {
    const staged = staging.add(await pageOf(client, next))
    if (staged.kind === 'whole') return staged.copy
    if (staged.kind !== 'partial') throw new Error(staged.kind)
    next = staged.next
  }
}

describe('a snapshot that is torn down half way', () => {
  it('[S1] shows nothing of its pages: the copy before it stays, version and all, and can go on', async () => {
    const device = new Device(await clientFor(server, 'hr'))
    await device.load()
    const before = { cursor: device.copy.cursor, rows: rowsOf(device.copy) }
    await edited('staff', 'replace: title\ntitle: Told by the snapshot')
    const staging = new SnapshotStaging()
    expect(staging.add(await pageOf(device.client, null)).kind).toBe('partial')
    // Here the device is switched off.
    expect({ cursor: device.copy.cursor, rows: rowsOf(device.copy) }).toEqual(before)
    await device.catchUp()
    expect(JSON.stringify(rowsOf(device.copy))).toContain('Told by the snapshot')
  })

  it('[S1] [I9] goes on at the same version where its instance has died, edits or not, on another', async () => {
    const two = await startServer({ slapd: server.slapd, database: server.database })
    const staging = new SnapshotStaging()
    const first = await pageOf(await clientFor(two, 'hr'), null)
    const { cursor } = await new Device(await clientFor(server, 'hr')).load()
    expect(first.version).toBe(cursor)
    const staged = staging.add(first)
    await two.closeInstance()
    await edited('staff', 'replace: title\ntitle: After the first page')
    const client = await clientFor(server, 'hr')
    const copy = await finish(staging, client, staged.kind === 'partial' ? staged.next : '')
    expect(copy.cursor).toBe(cursor)
    expect(JSON.stringify(rowsOf(copy))).not.toContain('After the first page')
    const device = new Device(client, copy)
    await device.follow()
    const fresh = await new Device(client).load()
    expect(device.copy.digest).toBe(oracleDigest(rowsOf(fresh)))
    expect(device.copy.staff).toEqual(fresh.staff)
    await device.close()
  })

  it('[S1] a page whose bytes break off is asked for again, with the same `after`, and is the same page', async () => {
    let left = 3000
    const proxy = await Proxy.before(server.url, (to, chunk) => {
      const part = chunk.subarray(0, Math.max(0, left))
      left -= chunk.length
      to.write(part)
      if (left <= 0) to.destroy()
    })
    const own = await clientFor(server, 'hr')
    const broken = new Client(`http://127.0.0.1:${proxy.port}`)
    broken.tokens = own.tokens
    const staging = new SnapshotStaging()
    await expect(page(broken, null)).rejects.toThrow()
    left = Infinity
    const again = await pageOf(broken, null)
    const staged = staging.add(again)
    left = 3000
    const after = staged.kind === 'partial' ? staged.next : ''
    await expect(page(broken, after)).rejects.toThrow()
    left = Infinity
    const copy = await finish(staging, broken, after)
    expect(copy.digest).toBe(again.digest)
    expect(copy.digest).toBe(oracleDigest(rowsOf(copy)))
    proxy.close()
  })

  it('[S1] [R2] whose reader loses their role in the middle ends VIEW_CHANGED, and nothing of it may be kept', async () => {
    const client = await clientFor(server, 'staff')
    const first = await pageOf(client, null)
    await edited('staff', 'delete: dlrRole')
    expect(await page(client, first.endCursor)).toMatchObject({
      __typename: 'Resync',
      reason: 'VIEW_CHANGED',
      keepOld: false,
      departmentTypeIds: [],
      staffTypeIds: [],
      sensitiveFields: [],
    })
    expect(await pageOf(client, null)).toMatchObject({ departments: [], staff: [], hasNextPage: false })
  })
})
