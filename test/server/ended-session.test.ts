import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { Device } from '../support/device.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

/** Whatever ends a session ends its open subscriptions, on the instance that is told and on the other. */
let one: TestServer
let two: TestServer

beforeAll(async () => {
  one = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  two = await startServer({ slapd: one.slapd, database: one.database })
})
afterAll(async () => {
  await two?.close()
  await one?.close()
})
beforeEach(() => one.database.sql('DELETE FROM login_attempt'))

const dn = (login: string) => `uid=${login},ou=people,${TEST_BASE}`
const modify = (login: string, lines: string) =>
  one.slapd.ldapmodify(`dn: ${dn(login)}\nchangetype: modify\n${lines}\n`)

/** A device that follows on an instance, in a session of its own or of another device. */
async function following(server: TestServer, login: string, like?: Device): Promise<Device> {
  const client = like ? server.client() : await server.login(login, 'dolores')
  if (like) client.tokens = like.client.tokens
  const device = new Device(client)
  await device.load()
  await device.follow()
  return device
}

const ENDS: readonly {
  how: string
  end: (device: Device, other: Device) => Promise<unknown>
  all: boolean
}[] = [
  { how: 'logging out', end: ({ client }) => client.query('mutation { logout }'), all: false },
  {
    how: 'revoking it from another device',
    end: ({ client }, other) =>
      other.client.query('mutation ($id: ID!) { revokeSession(id: $id) }', {
        id: decodeJwt(client.tokens?.accessToken ?? '')['sid'],
      }),
    all: false,
  },
  {
    how: 'a spent refresh token that comes back',
    end: async ({ client }) => {
      const spent = client.tokens?.refreshToken
      await client.refresh()
      await client.refresh()
      await client.refresh(spent)
    },
    all: false,
  },
  {
    how: 'disabling the account',
    end: () => modify('guest', 'replace: dlrDisabled\ndlrDisabled: TRUE'),
    all: true,
  },
]

describe('[P4] [T49] the subscriptions of a session that ends', () => {
  it.each(ENDS)('close 4401 everywhere after $how, and hear nothing more', async ({ end, all }) => {
    const device = await following(one, 'guest')
    const there = await following(two, 'guest', device)
    const other = await following(two, 'guest')
    const bystander = await following(one, 'hr')
    await end(device, other)
    expect(await device.closed).toMatchObject({ code: 4401 })
    expect(await there.closed).toMatchObject({ code: 4401 })
    if (all) expect(await other.closed).toMatchObject({ code: 4401 })
    const heard = [device.waiting, there.waiting]

    await modify('hr', `replace: title\ntitle: After ${Math.random()}`)
    while (!(await bystander.next()).changes.some((c) => c.staff?.login === 'hr'));
    expect([device.waiting, there.waiting]).toEqual(heard)
    expect((await device.client.ask('{ departments { totalCount } }')).status).toBe(401)
    await expect(device.client.socket()).rejects.toThrow('closed 4401')
    if (!all) {
      // A session of the same person on another device is none of this.
      await modify('guest', `replace: title\ntitle: Still there ${Math.random()}`)
      while (!(await other.next()).changes.some((c) => c.staff?.login === 'guest'));
    }
    await Promise.all([other.close(), bystander.close()])
    await modify('guest', 'delete: dlrDisabled').catch(() => {})
    const isActive = (server: TestServer) => () =>
      [...server.instance.replica.state.all('staff')].some(
        (s) => s.login === 'guest' && s.status === 'ACTIVE',
      )
    for (const server of [one, two]) await server.until(isActive(server))
  })

  it('close 4401 when the person is deleted from the directory', async () => {
    const devices = await Promise.all([following(one, 'staff'), following(two, 'staff')])
    await one.slapd.ldapmodify(`dn: ${dn('staff')}\nchangetype: delete\n`)
    for (const device of devices) expect(await device.closed).toMatchObject({ code: 4401 })
  })
})
