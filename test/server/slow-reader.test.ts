import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { rowsOf } from '../support/apply.ts'
import { Device } from '../support/device.ts'
import { oracleDigest } from '../support/oracle-digest.ts'
import { clientFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'
import type { Wire } from '../support/wire.ts'

const EDITS = 12
const DEPARTMENTS = 4
const READERS = 100
const BACKLOG = 256 * 1024

let server: TestServer
beforeAll(async () => {
  server = await startServer({
    ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join(''),
    limits: { maxBacklog: BACKLOG },
  })
})
afterAll(() => server?.close())

const SLIM =
  'subscription ($since: Version!) { changes(since: $since) { ... on Delta { from to changes { id } } } }'
/** One edit is told in more than a megabyte: after a few of them the kernel takes no more for somebody who does not read. */
const FAT = `subscription ($since: Version!) { changes(since: $since) { ... on Delta { from to changes { id
  ${Array.from({ length: 15 }, (_, i) => `d${i}: department { description }`).join(' ')} } } } }`

interface Told {
  readonly from: string
  readonly to: string
  readonly changes: readonly { readonly id: string }[]
}

/** A subscription that must go on where it was. */
class Reader {
  readonly wire: Wire
  readonly bytes: number[] = []
  /** Every `to`, in order. */
  readonly chain: string[]

  constructor(wire: Wire, since: string) {
    this.wire = wire
    this.chain = [since]
    wire.ws.on('message', (data: Buffer) => this.bytes.push(data.length))
  }

  async next(): Promise<Told> {
    const { payload } = await this.wire.next()
    const { data } = payload as { data: { changes: Told } }
    expect(data.changes.from).toBe(this.chain.at(-1))
    this.chain.push(data.changes.to)
    return data.changes
  }

  /** Reads until a row was told. */
  async until(id: string): Promise<void> {
    while (!(await this.next()).changes.some((change) => change.id === id));
  }
}

it('[P2] [T46] one reader that has stopped beside 100 that read: it is told to catch up, they get everything, and nothing piles up', async () => {
  const client = await clientFor(server, 'hr')
  const device = new Device(client)
  await device.load()
  const since = device.copy.cursor ?? ''
  const follow = async (document: string) => {
    const wire = await client.socket()
    wire.subscribe('live', document, { since })
    const reader = new Reader(wire, since)
    await reader.next()
    return reader
  }
  const slow = await follow(FAT)
  // Some read the very bytes that the slow one does not.
  const readers = await Promise.all(Array.from({ length: READERS }, (_, i) => follow(i < 2 ? FAT : SLIM)))
  slow.wire.ws.pause()
  const departments = [...server.instance.replica.state.all('department')].slice(0, DEPARTMENTS)
  const dns = await Promise.all(departments.map(({ id }) => dnOf(id)))
  const last = departments.at(-1)?.id ?? ''
  for (let n = 0; n < EDITS; n++) {
    const text = Buffer.from(`${n} ${'录'.repeat(8000)}`).toString('base64')
    const records = dns.map(
      (dn) => `dn: ${dn}\nchangetype: modify\nreplace: description\ndescription:: ${text}\n`,
    )
    await server.slapd.ldapmodify(records.join('\n'))
    for (const reader of readers) await reader.until(last)
  }
  expect(new Set(readers.map((reader) => reader.chain.join(' '))).size).toBe(1)

  slow.wire.ws.resume()
  // 1006: it has not even taken the close frame in time, and was cut off.
  expect([1013, 1006]).toContain((await slow.wire.closed).code)
  // What was kept for it was what the kernel takes and the bound, not all that was pushed.
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
  const [kept, pushed] = [sum(slow.bytes), sum(readers[0]?.bytes ?? [])]
  expect(pushed).toBeGreaterThan(12_000_000)
  expect(kept).toBeLessThan(pushed * 0.75)

  while (slow.wire.waiting[0]?.type === 'next') await slow.next()
  expect(readers[0]?.chain.slice(0, slow.chain.length)).toEqual(slow.chain)
  const caughtUp = await client.query(
    `query ($since: Version!) { changesSince(version: $since) { ... on Delta { to changes { id } } } }`,
    { since: slow.chain.at(-1) },
  )
  expect(caughtUp['changesSince']).toMatchObject({ to: readers[0]?.chain.at(-1) })
  await device.catchUp()
  expect(device.copy.digest).toBe(oracleDigest(rowsOf(await new Device(client).load())))
  await Promise.all(readers.map(({ wire }) => wire.close()))
}, 60_000)

async function dnOf(id: string): Promise<string> {
  const text = await server.slapd.ldapsearch(`(entryUUID=${id})`, '1.1')
  return /^dn: (.*)$/m.exec(text)?.[1] ?? ''
}
