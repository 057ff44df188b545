import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { SnapshotPage } from '../../web/sdk/contract.ts'
import { applyNews, copyOf, rowsOf } from '../support/apply.ts'
import type { Client } from '../support/client.ts'
import { Device, operation } from '../support/device.ts'
import { oracleDigest } from '../support/oracle-digest.ts'
import { clientFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'
import { Wire } from '../support/wire.ts'
import type { Delta } from '../../web/sdk/contract.ts'

let server: TestServer
let client: Client
let logins: string[]
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  client = await clientFor(server, 'hr')
  const active = [...server.instance.replica.state.all('staff')].filter((s) => s.status === 'ACTIVE')
  logins = active.map(({ login }) => login).filter((login) => login !== 'hr')
})
afterAll(() => server?.close())

let edits = 0
/** Of another person each time; it is in the log when this resolves. */
async function edit(): Promise<void> {
  const title = `Edit ${++edits}`
  const login = logins[edits % logins.length]
  await server.slapd.ldapmodify(
    `dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: ${title}\n`,
  )
  await server.until(() => [...server.instance.replica.state.all('staff')].some((s) => s.title === title))
}

/** The places between two messages at which something may happen, in order. */
const PLACES = [
  'after the first page of the snapshot',
  'after the second page',
  'after the last page',
  'when the socket has opened',
  'while connection_init is on its way',
  'when it was acknowledged',
  'while subscribe is on its way',
  'after the first answer',
] as const
type Place = (typeof PLACES)[number]

/** Snapshot, socket, subscription, with edits at some places; ends with one more edit, at which the copy must be true. */
async function run(happens: ReadonlySet<Place>): Promise<void> {
  const at = async (place: Place) => (happens.has(place) ? edit() : undefined)
  const pages: SnapshotPage[] = []
  for (let after: string | null = null; ;) {
    const { snapshot } = await client.query(operation('Snapshot'), { first: 90, after })
    const page = snapshot as SnapshotPage
    pages.push(page)
    if (pages.length === 1) await at('after the first page of the snapshot')
    if (pages.length === 2) await at('after the second page')
    if (!page.hasNextPage) break
    after = page.endCursor
  }
  expect(pages.length).toBeGreaterThan(2)
  const copy = copyOf(pages)
  await at('after the last page')
  const wire = await Wire.open(`${server.url}/graphql`)
  await at('when the socket has opened')
  wire.send({
    type: 'connection_init',
    payload: { authorization: `Bearer ${client.tokens?.accessToken}` },
  })
  await at('while connection_init is on its way')
  expect((await wire.next()).type).toBe('connection_ack')
  await at('when it was acknowledged')
  wire.subscribe('live', operation('Changes'), { since: copy.cursor })
  await at('while subscribe is on its way')
  const take = async () => {
    const { payload } = await wire.next()
    // The copy takes no delta twice, and none that does not begin where it is (D7).
    applyNews(copy, (payload as { data: { changes: Delta } }).data.changes)
  }
  await take()
  await at('after the first answer')
  await edit()
  const truth = await new Device(client).load()
  while (copy.cursor !== truth.cursor) await take()
  expect(copy.digest).toBe(oracleDigest(rowsOf(truth)))
  expect(copy.staff).toEqual(truth.staff)
  expect(wire.waiting).toEqual([])
  await wire.close()
}

it.each(PLACES)('[T50] [S3] an edit %s is told once', async (place) => run(new Set([place])))

it('[T50] [S1] [S3] edits at all of these places are told once', async () => run(new Set(PLACES)))

it('[T50] [S3] edits that nobody waits for, all the while: no gap, no duplicate', async () => {
  let isOn = true
  const writing = (async () => {
    while (isOn) await edit()
  })()
  for (let i = 0; i < 5; i++) {
    const device = new Device(client)
    await device.load(50)
    await device.follow()
    for (let n = 0; n < 3; n++) await device.next()
    await device.close()
    await device.follow()
    await device.next()
    await device.close()
  }
  isOn = false
  await writing
})
