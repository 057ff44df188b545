import { getNamedType, isInputObjectType, isNonNullType, isRequiredArgument } from 'graphql'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Client } from '../support/client.ts'
import { Device, operation } from '../support/device.ts'
import { clientFor } from '../support/pass.ts'
import { Proxy } from '../support/proxy.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

/** Two instances, of which one hears nothing from the database for as long as the valve is shut. */
let fast: TestServer
let slow: TestServer
let proxy: Proxy
const valve = {
  isShut: false,
  kept: [] as [Socket, Buffer][],
  down(to: Socket, chunk: Buffer): void {
    if (valve.isShut) valve.kept.push([to, chunk])
    else to.write(chunk)
  },
  open(): void {
    valve.isShut = false
    for (const [to, chunk] of valve.kept.splice(0)) to.write(chunk)
  },
}

beforeAll(async () => {
  fast = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  await fast.until(() => fast.instance.replica.version > 0)
  const url = new URL(fast.database.url)
  const socket = `${url.searchParams.get('host')}/.s.PGSQL.${url.port || 5432}`
  proxy = await Proxy.listen((client, own) => {
    const behind = own(connect(socket))
    client.on('data', (chunk) => behind.write(chunk))
    behind.on('data', (chunk: Buffer) => valve.down(client, chunk))
    client.on('close', () => behind.destroy())
    behind.on('close', () => client.destroy())
  })
  url.searchParams.delete('host')
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  slow = await startServer({
    slapd: fast.slapd,
    database: fast.database,
    settings: { DATABASE_URL: url.toString() },
  })
})
afterAll(async () => {
  valve.open()
  await slow?.closeInstance()
  proxy?.close()
  await fast?.close()
})

let reader: Client
let cursor: string
let title: string
let edits = 0
beforeEach(async () => {
  reader = await clientFor(slow, 'hr')
  title = `Edit ${++edits}`
  valve.isShut = true
  const { version } = fast.instance.replica
  await fast.slapd.ldapmodify(
    `dn: uid=staff,ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: ${title}\n`,
  )
  await fast.until(() => fast.instance.replica.version > version)
  const device = new Device(await clientFor(fast, 'hr'))
  cursor = (await device.load()).cursor
})

const TITLE = '{ search(query: "staff") { ... on Staff { login title } } }'
const shows = async () => JSON.stringify(await reader.query(TITLE)).includes(title)

/** Every query field, with what it needs besides `waitFor`. */
const FIELDS = Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => {
  const required = field.args.filter(isRequiredArgument).map(({ name, type }) => {
    const text = isNonNullType(type) ? String(type.ofType) : ''
    const isInput = isInputObjectType(getNamedType(type))
    const value = text.startsWith('[') ? '[]' : isInput ? '{}' : name === 'version' ? '$v' : '"x"'
    return `${name}: ${value}`
  })
  return {
    name: field.name,
    query: `query ($v: Version!) { ${field.name}(${[...required, 'waitFor: $v'].join(', ')}) { __typename } }`,
  }
})

describe('[K3] [C2] on an instance that is behind', () => {
  it('every query field waits for the version that the client knows, and answers from it', async () => {
    expect(FIELDS.length).toBeGreaterThan(8)
    const answered = new Set<string>()
    const asked = FIELDS.map(async ({ name, query }) => {
      const { errors } = await reader.ask(query, { v: cursor })
      answered.add(name)
      return { name, errors, isThere: slow.instance.replica.version >= fast.instance.replica.version }
    })
    // Who does not say what they know is answered at once, from before.
    expect(await shows()).toBe(false)
    expect([...answered]).toEqual([])
    valve.open()
    for (const { name, errors, isThere } of await Promise.all(asked)) {
      expect({ name, errors, isThere }).toEqual({ name, errors: [], isThere: true })
    }
    expect(await shows()).toBe(true)
  })

  it('a subscription, a difference and a second page wait as well, and begin exactly there', async () => {
    const wire = await reader.socket()
    wire.subscribe('live', operation('Changes'), { since: cursor })
    const asked = reader.query(operation('ChangesSince'), { version: cursor })
    expect(await shows()).toBe(false)
    expect(wire.waiting).toEqual([])
    valve.open()
    const nothing = { __typename: 'Delta', from: cursor, to: cursor, changes: [] }
    expect((await asked)['changesSince']).toMatchObject(nothing)
    expect(await wire.next()).toMatchObject({ payload: { data: { changes: nothing } } })
    await wire.close()
  })

  it('a version that does not come in time is UNAVAILABLE: ask again, or somewhere else', async () => {
    const { errors } = await reader.ask('query ($v: Version!) { viewer(waitFor: $v) { abilities } }', {
      v: cursor,
    })
    expect(errors[0]?.extensions['code']).toBe('UNAVAILABLE')
    valve.open()
    expect(
      (await reader.ask('query ($v: Version!) { viewer(waitFor: $v) { abilities } }', { v: cursor })).errors,
    ).toEqual([])
  })
})
