import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { CursorMint } from '../../src/sync/cursor.ts'
import { NO_ROWS } from '../../src/sync/digest.ts'
import { rowsOf } from '../support/apply.ts'
import { Device, operation } from '../support/device.ts'
import { oracleDigest } from '../support/oracle-digest.ts'
import { clientFor, tokenFor } from '../support/pass.ts'
import { startServer, TOKEN_SECRET, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

/** One instance after the other is replaced, while everybody stays online. */
let old: TestServer
let next: TestServer
beforeAll(async () => {
  old = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  await old.until(() => old.instance.replica.version > 0)
  next = await startServer({ slapd: old.slapd, database: old.database })
})
afterAll(async () => {
  await next?.closeInstance()
  await old?.close()
})

const title = (text: string) =>
  old.slapd.ldapmodify(
    `dn: uid=staff,ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: ${text}\n`,
  )
const titleIn = (device: Device) =>
  [...device.copy.staff.values()].find((row) => row.login === 'staff')?.title

it('[T57] [I9] every socket is told 1012, and goes on at the other instance with the same cursor and the same session', async () => {
  const devices: Device[] = []
  for (let i = 0; i < 12; i++) {
    const device = new Device(await clientFor(old, i % 2 ? 'hr' : 'staff'))
    await device.load()
    await device.follow()
    devices.push(device)
  }
  await title('Before the upgrade')
  await Promise.all(devices.map((device) => device.next()))
  const closing = old.closeInstance()
  for (const device of devices) expect(await device.closed).toMatchObject({ code: 1012 })
  await title('During the upgrade')
  await closing

  const moved = devices.map((device) => {
    const client = next.client()
    client.tokens = device.client.tokens
    return new Device(client, device.copy)
  })
  // What was told before they left is not told again, and what happened meanwhile is not left out: the copies see to that.
  await Promise.all(moved.map((device) => device.follow()))
  for (const device of moved) while (titleIn(device) !== 'During the upgrade') await device.next()
  await title('After the upgrade')
  for (const device of moved) {
    while (titleIn(device) !== 'After the upgrade') await device.next()
    const fresh = await new Device(device.client).load()
    expect(device.copy.digest).toBe(oracleDigest(rowsOf(fresh)))
    await device.close()
  }
})

it('[T57] a client of before the upgrade asks for what it knows, and gets nothing else', async () => {
  const device = new Device(await clientFor(next, 'hr'))
  await device.load()
  const document =
    'subscription ($since: Version!) { changes(since: $since) { ... on Delta { from to changes { action id staff { id title } } } } }'
  const wire = await device.client.socket()
  wire.subscribe('old', document, { since: device.copy.cursor })
  await wire.next()
  await title('Told to old and new clients')
  const read = async () => {
    const { payload } = await wire.next()
    return (payload as { data: { changes: { changes: { staff: object }[] } } }).data.changes
  }
  let changes = await read()
  // A heartbeat may come between.
  while (changes.changes.length === 0) changes = await read()
  expect(Object.keys(changes).sort()).toEqual(['changes', 'from', 'to'])
  expect(changes.changes.map((change) => Object.keys(change.staff).sort())).toEqual([['id', 'title']])
  // A kind of answer that it has never heard of is an empty object to it, never an error.
  wire.subscribe('resync', document, { since: 'not a cursor' })
  expect(await wire.next()).toMatchObject({ id: 'resync', payload: { data: { changes: {} } } })
  expect(await wire.next()).toEqual({ id: 'resync', type: 'complete' })
  await wire.close()
})

it('[T57] [R1] [R2] a cursor of another view code answers SCHEMA on every way in, and nothing of the copy is kept', async () => {
  const device = new Device(await clientFor(next, 'hr'))
  await device.load()
  const position = { version: 1, hash: '0'.repeat(16), fingerprint: '0'.repeat(16), summary: NO_ROWS }
  const version = new CursorMint(TOKEN_SECRET, 200).cursor(position)
  const expected = { __typename: 'Resync', reason: 'SCHEMA', keepOld: false }
  const asked = await device.client.query(operation('ChangesSince'), { version })
  expect(asked['changesSince']).toMatchObject(expected)
  const pages = await device.client.query(operation('Snapshot'), { after: version })
  expect(pages['snapshot']).toMatchObject(expected)
  const wire = await device.client.socket()
  wire.subscribe('live', operation('Changes'), { since: version })
  expect(await wire.next()).toMatchObject({ payload: { data: { changes: expected } } })
  await wire.close()
})

it('[T57] an access token that the old instance gave out is good on the new one', async () => {
  const client = next.client()
  client.tokens = { accessToken: await tokenFor(old, 'hr'), refreshToken: '', expiresAt: '' }
  expect((await client.ask('{ viewer { staff { login } } }')).data).toEqual({
    viewer: { staff: { login: 'hr' } },
  })
})
