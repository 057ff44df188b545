import { createClient, type Client as LiveClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Delta } from '../../web/sdk/contract.ts'
import { rowsOf } from '../support/apply.ts'
import { Device, isHeartbeat, operation } from '../support/device.ts'
import { oracleDigest } from '../support/oracle-digest.ts'
import { MessageQueue } from '../support/message-queue.ts'
import { clientFor, tokenFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'
import { Wire } from '../support/wire.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
})
afterAll(() => server?.close())

const SHORT_MS = 4000
const setTitle = (title: string) =>
  server.slapd.ldapmodify(
    `dn: uid=staff,ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: ${title}\n`,
  )
const titles = (delta: Pick<Delta, 'changes'>) => delta.changes.map((change) => change.staff?.title)

it('[P4] [T48] a token that expires in the middle of the stream: 4403, and with a new token it goes on where it was', async () => {
  const client = await clientFor(server, 'hr')
  const device = new Device(client)
  await device.load()
  client.tokens = (await clientFor(server, 'hr', SHORT_MS)).tokens
  await device.follow()
  await setTitle('Before')
  expect(titles(await device.next())).toEqual(['Before'])
  expect(await device.closed).toMatchObject({ code: 4403 })
  expect(device.waiting).toBe(0)
  await setTitle('While away')
  expect((await client.ask('{ viewer { abilities } }')).errors[0]?.extensions['code']).toBe('UNAUTHENTICATED')
  const stale = await Wire.open(`${server.url}/graphql`)
  stale.send({
    type: 'connection_init',
    payload: { authorization: `Bearer ${client.tokens?.accessToken}` },
  })
  expect(await stale.closed).toMatchObject({ code: 4403 })

  const cursor = device.copy.cursor
  client.tokens = (await clientFor(server, 'hr')).tokens
  // The copy refuses a delta that does not begin at its cursor, and one that says what it has already.
  await device.follow()
  expect(device.copy.cursor).not.toBe(cursor)
  expect(JSON.stringify(rowsOf(device.copy))).toContain('While away')
  await setTitle('After')
  expect(titles(await device.next())).toEqual(['After'])
  expect(device.copy.digest).toBe(oracleDigest(rowsOf(device.copy)))
  await device.close()
})

/** The stock client as urql is told to use it, with what it delivers and how it ends. */
class Stock {
  readonly deltas = new MessageQueue<Delta>()
  readonly closes: number[] = []
  readonly ended: Promise<unknown>
  connections = 0
  #answered = 0
  readonly #client: LiveClient

  constructor(since: string, token: () => Promise<string>) {
    this.#client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
      retryWait: async () => {},
      on: {
        opened: () => this.connections++,
        closed: (event) => {
          if (event instanceof Object && 'code' in event) this.closes.push(Number(event.code))
        },
      },
    })
    this.ended = new Promise((resolve) =>
      this.#client.subscribe<{ changes: Delta }>(
        { query: operation('Changes'), variables: { since } },
        {
          next: ({ data }) => {
            // Every connection begins with an answer, which may be empty; later ones are heartbeats.
            const isFirst = this.#answered < this.connections
            this.#answered = this.connections
            if (data && (isFirst || !isHeartbeat(data.changes))) this.deltas.push(data.changes)
          },
          error: resolve,
          complete: () => resolve(null),
        },
      ),
    )
  }

  async close(): Promise<void> {
    await this.#client.dispose()
  }
}

it('[T48] [D7] the stock client comes back after 4403 by itself, from its first cursor: told twice, and nothing is lost', async () => {
  const device = new Device(await clientFor(server, 'hr'))
  await device.load()
  const titleOf = new Map<string, unknown>()
  let isFirst = true
  const stock = new Stock(device.copy.cursor ?? '', async () => {
    if (isFirst) {
      isFirst = false
      return tokenFor(server, 'hr', SHORT_MS)
    }
    await setTitle('While the stock client was away')
    return tokenFor(server, 'hr')
  })
  const apply = (delta: Delta) => {
    for (const { id, staff } of delta.changes) {
      if (staff) titleOf.set(id, staff.title)
      else titleOf.delete(id)
    }
    return delta
  }
  const first = apply(await stock.deltas.next())
  expect(first.changes).toEqual([])
  await setTitle('Heard in time')
  const second = apply(await stock.deltas.next())
  expect(titles(second)).toEqual(['Heard in time'])
  // It asks with the variables that it was given first, so this delta begins there again (D7).
  const again = apply(await stock.deltas.next())
  expect(stock.closes).toEqual([4403])
  expect(again.from).toBe(first.from)
  if (titles(again)[0] !== 'While the stock client was away') apply(await stock.deltas.next())
  expect([...titleOf.values()]).toEqual(['While the stock client was away'])
  await stock.close()
})

it('[T48] [T49] the stock client gives up after 4401: a session that has ended is not knocked at again', async () => {
  const client = await server.login('staff', 'dolores')
  const device = new Device(client)
  const { cursor } = await device.load()
  const stock = new Stock(cursor ?? '', async () => client.tokens?.accessToken ?? '')
  await stock.deltas.next()
  await client.query('mutation { logout }')
  expect(await stock.ended).toMatchObject({ code: 4401 })
  expect(stock.closes).toEqual([4401])
  expect(stock.connections).toBe(1)
  await stock.close()
})
