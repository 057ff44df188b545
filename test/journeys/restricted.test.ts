import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { rowsOf } from '../support/apply.ts'
import { Device, operation } from '../support/device.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

/** What a restricted employee can learn of the rest of the company, by any way in: nothing. */
let server: TestServer
let guest: Device
/** Ids of rows that the guest does not see. */
let hiddenIds: string[]
/** Ids, names, logins, mobile numbers and titles that occur in no row that the guest sees. */
let secrets: Set<string>

beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  const hr = new Device(await server.login('hr', 'dolores'))
  guest = new Device(await server.login('guest', 'dolores'))
  await Promise.all([hr.load(), guest.load()])
  const shown = new Set(rowsOf(guest.copy).map((row) => row.id))
  hiddenIds = rowsOf(hr.copy)
    .map((row) => row.id)
    .filter((id) => !shown.has(id))
  const { viewer } = await guest.client.query(VIEWER)
  const allowed = JSON.stringify([rowsOf(guest.copy), viewer])
  const texts = rowsOf(hr.copy)
    .filter((row) => !shown.has(row.id))
    .flatMap(textsOf)
  secrets = new Set(texts.filter((text) => text.length > 3 && !allowed.includes(text)))
  expect(hiddenIds.length).toBeGreaterThan(100)
  expect(secrets.size).toBeGreaterThan(400)
})
afterAll(() => server?.close())

const VIEWER = `{ viewer { staff { ...S } departments { id name description memberCount(recursive: true) parent { id name }
  children(first: 10) { totalCount edges { node { id name } } } members(first: 10, recursive: true) { totalCount edges { node { staff { ...S } } } } }
  roles { id name rules { id name departmentTypes { id name } staffTypes { id name } } } abilities } }
  fragment S on Staff { id login name mobile title manager { id name } memberships { department { id name } } }`
const MISSING = '00000000-0000-4000-8000-00000000dead'

function textsOf(row: object): string[] {
  const value = (key: string): unknown => Reflect.get(row, key)
  return ['id', 'name', 'login', 'mobile', 'title', 'pinyin']
    .map(value)
    .filter((v): v is string => typeof v === 'string')
}

async function ask(query: string, variables: Record<string, unknown> = {}): Promise<string> {
  const { status, data, errors } = await guest.client.ask(query, variables)
  return JSON.stringify({ status, data, errors: errors.map((e) => [e.message, e.extensions['code']]) })
}

function expectNoSecret(text: string): void {
  for (const secret of secrets) if (text.includes(secret)) throw new Error(`the answer tells ${secret}`)
}

describe('a restricted employee', () => {
  it('[T22] [T23] gets the same bytes for what is hidden, missing and malformed', async () => {
    const byId = [
      'query ($id: ID!) { node(id: $id) { __typename id } }',
      'query ($id: ID!) { nodes(ids: [$id]) { __typename id } }',
      'query ($id: ID!) { department(id: $id) { id name } }',
      'query ($id: ID!) { staff(id: $id) { id name } }',
      'query ($id: ID) { departments(parentId: $id, first: 100) { totalCount edges { cursor node { id } } pageInfo { hasNextPage } } }',
      'query ($id: ID) { staffList(departmentId: $id, first: 100) { totalCount edges { cursor node { id } } pageInfo { hasNextPage } } }',
      'query ($id: ID) { staffList(departmentId: $id, recursive: true) { totalCount edges { node { id } } } }',
    ]
    for (const query of byId) {
      const answers = new Set<string>()
      for (const id of [MISSING, 'no id at all', ...hiddenIds.slice(0, 40)])
        answers.add(await ask(query, { id }))
      expect([...answers], query).toHaveLength(1)
    }
  })

  it('[T24] [V9] reaches no hidden id, name or count by edges, lists, snapshot and their cursors', async () => {
    const everything = await ask(
      `{ departments(first: 20) { totalCount edges { cursor node { id name parent { id } memberCount(recursive: true)
           members(first: 10, recursive: true) { totalCount edges { cursor node { staff { id name manager { id } memberships { department { id name } } } } } } } } }
         staffList(first: 100) { totalCount edges { cursor node { id name mobile title } } } }`,
    )
    const cursors = [...everything.matchAll(/"cursor":"([^"]+)"/g)].map(([, c]) =>
      Buffer.from(c ?? '', 'base64').toString('latin1'),
    )
    const whole = [
      everything,
      ...cursors,
      await ask(VIEWER),
      JSON.stringify(rowsOf(await new Device(guest.client).load(3))),
    ]
    for (const text of whole) expectNoSecret(text)
    expect(everything).toContain(`"staffList":{"totalCount":${guest.copy.staff.size},`)
  })

  it('[T26] finds nothing by the name, login, title, pinyin or telephone of somebody hidden', async () => {
    const SEARCH =
      'query ($q: String!) { search(query: $q, first: 50) { __typename ... on Staff { id name } ... on Department { id name } } }'
    const shown = new Set(rowsOf(guest.copy).map((row) => row.id))
    const list = [...secrets]
    for (let i = 0; i < list.length; i += Math.ceil(list.length / 60)) {
      const q = list[i]?.slice(0, 60) ?? ''
      const { data } = await guest.client.ask(SEARCH, { q })
      const hits = (data?.['search'] ?? []) as { id: string }[]
      expect(hits.filter((hit) => !shown.has(hit.id))).toEqual([])
    }
  })

  it('[D3] [T30] learns from deltas, pushed or asked for, nothing of edits to hidden rows', async () => {
    await guest.load()
    await guest.follow()
    const hidden = [...server.instance.replica.state.all('staff')].filter(
      (s) => hiddenIds.includes(s.id) && s.status === 'ACTIVE',
    )
    const { people } = server.slapd.layout
    for (const { login } of hidden.filter((s) => s.login !== 'hr').slice(0, 5)) {
      await server.slapd.ldapmodify(
        `dn: uid=${login},${people}\nchangetype: modify\nreplace: title\ntitle: Secret title of ${login}\n\ndn: uid=${login},${people}\nchangetype: modify\nreplace: dlrDisabled\ndlrDisabled: TRUE\n`,
      )
    }
    const own = server.instance.replica.state
    const me = [...own.all('staff')].find((s) => s.login === 'guest')
    await server.slapd.ldapmodify(
      `dn: uid=guest,${people}\nchangetype: modify\nreplace: title\ntitle: Visitor of the day\n`,
    )
    const pushed = await guest.next()
    expect(pushed.changes.map((c) => c.id)).toEqual([me?.id])
    const asked = await ask(operation('ChangesSince'), { version: pushed.from })
    for (const text of [JSON.stringify(pushed), asked]) {
      expectNoSecret(text)
      expect(text).not.toContain('Secret title')
    }
    await guest.close()
  })

  it('[T13] [T22] reads nothing of the company in errors', async () => {
    const wrong = [
      '{ staff(id: 5, x: 1) { secret } }',
      '{ staffList(first: -1) { totalCount } }',
      '{ staffList(after: "forged") { totalCount } }',
      '{ snapshot(after: "forged") { __typename } }',
      '{ changesSince(version: "forged") { __typename ... on Resync { reason departmentTypeIds staffTypeIds sensitiveFields } } }',
      '{ viewer(waitFor: "forged") { abilities } }',
      'mutation { acknowledgePurge(version: "forged") }',
    ]
    const names = [
      ...server.instance.replica.state.all('departmentType'),
      ...server.instance.replica.state.all('staffType'),
    ]
    const guestTypes = new Set(rowsOf(guest.copy).map((row) => row.typeId))
    for (const query of wrong) {
      const text = await ask(query)
      expectNoSecret(text)
      for (const type of names) if (!guestTypes.has(type.id)) expect(text).not.toContain(type.id)
      expect(text).not.toMatch(/dc=|select |prisma|\bat \w+ \(/i)
    }
  })
})
