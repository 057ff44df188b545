import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { schema } from '../../schema/schema.ts'
import { auditOf } from '../audit/log.ts'
import { Device } from '../support/device.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { ability, bearing, IntegrationWorld, type Made } from './world.ts'

let world: IntegrationWorld
let two: TestServer
beforeAll(async () => {
  world = await IntegrationWorld.start()
  const { slapd, database } = world.server
  two = await startServer({ slapd, database })
}, 120_000)
afterAll(async () => {
  await two?.close()
  await world?.close()
})

const PATIENCE = { timeout: 10_000, interval: 20 }
const guest = () => world.person('guest').id
const ADMINISTERS = [ability('staff.write'), ability('department.write'), ability('audit.read')]

async function following(server: TestServer, { accessToken }: Made): Promise<Device> {
  const device = new Device(bearing(server, accessToken))
  await device.load()
  await device.follow()
  return device
}

/** What each way into the server answers to a token. */
async function everywhere(server: TestServer, { accessToken }: Pick<Made, 'accessToken'>) {
  const client = bearing(server, accessToken)
  const [asked, ...files] = await Promise.all([
    client.ask('{ viewer { abilities } staffList(first: 1) { totalCount } admin { abilities { name } } }'),
    ...[
      `/avatars/${world.person('staff').id}/x`,
      '/chart.svg',
      '/export.csv',
      '/audit.ndjson',
      '/uploads/00000000-0000-4000-8000-000000000000',
    ].map((path) => client.get(path).then(({ status }) => status)),
  ])
  return { asked, files }
}

describe('[T97] the token of an integration', () => {
  it('reads what its account sees: questions, changes, the live copy, pictures; and administers nothing', async () => {
    const account = await world.account(ADMINISTERS)
    const made = await world.desk.made(account.id)
    const person = await world.server.login('staff', 'dolores')
    const count = '{ staffList(first: 1) { totalCount } departments(first: 1) { totalCount } }'
    const client = bearing(world.server, made.accessToken)
    expect(await client.query(count)).toEqual(await person.query(count))
    expect(
      await client.query(
        '{ viewer { staff { id } abilities sessions { id } roles { name } } admin { __typename } }',
      ),
    ).toMatchObject({ viewer: { staff: null, abilities: [], sessions: [] }, admin: null })

    const device = await following(world.server, made)
    const { id } = world.person('staff')
    await world.edits.hr.edit('updateStaff', { id, nickname: 'seen live' })
    while (!(await device.next()).changes.some((c) => c.staff?.nickname === 'seen live'));
    expect((await everywhere(world.server, made)).files).toEqual([200, 200, 403, 403, 403])
  })

  it('administers with the scope for it, as far as the abilities of its account go, and reads as that', async () => {
    const account = await world.account(ADMINISTERS)
    const made = await world.desk.made(account.id, 'DIRECTORY_ADMIN')
    const client = bearing(world.server, made.accessToken)
    const { id } = world.person('staff')
    const edit =
      'mutation ($i: UpdateStaffInput!) { updateStaff(input: $i) { __typename ... on Error { code } } }'
    expect(await client.query(edit, { i: { id, title: 'By a program' } })).toMatchObject({
      updateStaff: { __typename: 'StaffEdited' },
    })
    const roles = 'mutation ($i: SetStaffRolesInput!) { setStaffRoles(input: $i) { ... on Error { code } } }'
    expect(await client.query(roles, { i: { id, roleIds: [] } })).toMatchObject({
      setStaffRoles: { code: 'NOT_PERMITTED' },
    })
    expect(await client.query('{ viewer { abilities staff { id } } }')).toEqual({
      viewer: { abilities: ['audit.read', 'department.write', 'staff.write'], staff: null },
    })
    const { files } = await everywhere(world.server, made)
    expect(files).toEqual([200, 200, 200, 200, 404])

    const records = (await auditOf(world.server.database)).filter(
      ({ detail }) => detail['integrationId'] === made.integrationId,
    )
    expect(records.map(({ action, outcome }) => `${action} ${outcome}`).sort()).toEqual([
      'audit.export DONE',
      'directory.export DONE',
      'staff.roles REFUSED',
      'staff.update DONE',
    ])
    // Under its name, as its account, on behalf of whoever holds the token.
    for (const record of records)
      expect(record).toMatchObject({
        actorId: account.id,
        onBehalfOf: world.person('hr').id,
        detail: { integration: expect.stringMatching(/^Mirror /) },
      })
  })

  it('imports under its name: the start, each row, and the end', async () => {
    const account = await world.account(ADMINISTERS)
    const made = await world.desk.made(account.id, 'DIRECTORY_ADMIN')
    const client = bearing(world.server, made.accessToken)
    const authorization = `Bearer ${made.accessToken}`
    const body = 'login,title\nguest,Imported by a program\n'
    const url = `${world.server.url}/uploads`
    const sent = await fetch(url, { method: 'POST', headers: { authorization }, body })
    const { id: uploadId } = (await sent.json()) as { id: string }
    const input = { uploadId, format: 'CSV', kind: 'STAFF', mode: 'UPDATE', dryRun: false }
    const start = 'mutation ($i: StartImportInput!) { startImport(input: $i) { __typename } }'
    expect(await client.query(start, { i: input })).toEqual({ startImport: { __typename: 'ImportAnswered' } })
    await vi.waitFor(async () => {
      const records = (await auditOf(world.server.database)).filter(({ actorId }) => actorId === account.id)
      expect(records.map(({ action }) => action)).toEqual(['import.start', 'staff.update', 'import.run'])
      for (const { detail, onBehalfOf } of records)
        expect([detail['integrationId'], onBehalfOf]).toEqual([made.integrationId, world.person('hr').id])
    }, PATIENCE)
  })

  it('is for nothing that is of people themselves: passwords, sessions, invitations, messages, webhooks', async () => {
    const account = await world.account([ability('*', { fields: ['*'] })])
    const made = await world.desk.made(account.id, 'DIRECTORY_ADMIN')
    const client = bearing(world.server, made.accessToken)
    const id = guest()
    const asked: Readonly<Record<string, string>> = {
      logout: '',
      revokeSession: `(id: "${id}")`,
      changePassword: '(current: "dolores", next: "something else 1") { __typename }',
      updateProfile: '(input: { nickname: "x" }) { __typename }',
      inviteStaff: `(id: "${id}") { __typename }`,
      endSessions: `(id: "${id}") { __typename }`,
      viewAs: `(id: "${id}") { __typename }`,
      createWebhook: `(input: { url: "https://example.com", staffId: "${id}" }) { __typename }`,
      updateWebhook: `(input: { id: "${id}" }) { __typename }`,
      rotateWebhookSecret: `(id: "${id}") { __typename }`,
      redeliverWebhook: `(id: "${id}", deliveryId: "1") { __typename }`,
      testWebhook: `(id: "${id}") { __typename }`,
      deleteWebhook: `(id: "${id}") { __typename }`,
      openConversation: `(staffId: "${id}") { __typename }`,
      createGroup: `(input: { name: "x", staffIds: ["${id}"] }) { __typename }`,
      updateGroup: `(input: { id: "${id}" }) { __typename }`,
      leaveGroup: `(id: "${id}") { __typename }`,
      sendMessage: `(input: { conversationId: "${id}", text: "x", idempotencyKey: "x" }) { __typename }`,
      recallMessage: `(conversationId: "${id}", id: "${id}") { __typename }`,
      markConversation: `(input: { id: "${id}" }) { __typename }`,
      createIntegration: `(input: { name: "x", staffId: "${id}", scopes: [] }) { __typename }`,
      updateIntegration: `(input: { id: "${id}" }) { __typename }`,
      deleteIntegration: `(id: "${id}") { __typename }`,
      createIntegrationToken: `(integrationId: "${made.integrationId}") { __typename }`,
      rotateIntegrationToken: `(id: "${made.id}") { __typename }`,
      revokeIntegrationToken: `(id: "${made.id}") { __typename }`,
    }
    for (const [name, rest] of Object.entries(asked)) {
      const { data, errors } = await client.ask(`mutation { ${name}${rest} }`)
      expect([name, data, errors[0]?.extensions['code']]).toEqual([name, null, 'FORBIDDEN'])
    }
    // Nor does it read what people say to each other.
    for (const query of [
      '{ conversations { __typename } }',
      '{ searchMessages(query: "x") { __typename } }',
      `{ conversation(id: "${id}") { __typename } }`,
    ]) {
      const { data, errors } = await client.ask(query)
      expect([data?.['conversation'] ?? null, errors[0]?.extensions['code']]).toEqual([null, 'FORBIDDEN'])
    }
    // Neither on a socket.
    const socket = await client.socket()
    socket.subscribe('own', 'mutation { logout }', {})
    expect(JSON.stringify(await socket.next())).toContain('FORBIDDEN')
    // Whatever comes later is for people, or for whoever administers, and stands above.
    const scopes = Object.entries(schema.getMutationType()?.getFields() ?? {}).map(([name, field]) => {
      const options = field.extensions['pothosOptions'] as { authScopes?: object; public?: string }
      return [name, options.public === undefined ? Object.keys(options.authScopes ?? {}).join() : 'public']
    })
    const named = (scope: string) => new Set(scopes.flatMap(([name, of]) => (of === scope ? [name] : [])))
    expect(named('person')).toEqual(new Set(Object.keys(asked)))
    expect(named('signedIn')).toEqual(new Set(['acknowledgePurge', 'reportDigest']))
    expect(named('public')).toEqual(new Set(['acceptInvitation', 'login', 'refreshSession']))
    expect(scopes).toHaveLength(named('person').size + named('administering').size + 2 + 3)
  })

  it('that only reads is refused whatever administers, known or unknown, in the same words', async () => {
    const account = await world.account([ability('*')])
    const { accessToken } = await world.desk.made(account.id)
    const client = bearing(world.server, accessToken)
    const edits = Object.entries(schema.getMutationType()?.getFields() ?? {}).filter(([, field]) => {
      const { authScopes = {} } = field.extensions['pothosOptions'] as { authScopes?: object }
      return 'administering' in authScopes
    })
    expect(edits.length).toBeGreaterThan(20)
    for (const [name, { args }] of edits) {
      const declared = args.map((a) => `$${a.name}: ${String(a.type)}`).join(', ')
      const given = args.map((a) => `${a.name}: $${a.name}`).join(', ')
      const needed = args.some((a) => String(a.type) === 'ID!')
      if (!needed) continue
      const { errors } = await client.ask(
        `mutation (${declared}) { ${name}(${given}) { __typename } }`,
        Object.fromEntries(args.map((a) => [a.name, guest()])),
      )
      expect([name, errors[0]?.extensions['code']]).toEqual([name, 'FORBIDDEN'])
    }
    const id = guest()
    const { errors } = await client.ask(
      `mutation { updateStaff(input: { id: "${id}", title: "x" }) { __typename } }`,
    )
    expect(errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' })
    const preview = `{ previewEdit(edit: { deleteStaff: { id: "${id}" } }) { __typename } }`
    const check = `{ checkEdit(edit: { deleteStaff: { id: "${id}" } }) { __typename } }`
    const explain = `{ explainAccess(viewerId: "${id}", subjectId: "${id}") { __typename } }`
    for (const query of [preview, check, explain])
      expect((await client.ask(query)).errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('was used on a day, and nothing finer is kept', async () => {
    const made = await world.desk.made(guest())
    expect(await world.desk.shownToken(made)).toMatchObject({ lastUsedOn: null })
    await bearing(world.server, made.accessToken).query('{ viewer { abilities } }')
    await vi.waitFor(async () => {
      const shown = await world.desk.shownToken(made)
      expect(shown?.lastUsedOn).toBe(new Date().toISOString().slice(0, 10))
    }, PATIENCE)
  })
})

const ENDS: readonly (readonly [how: string, end: (made: Made, account: string) => Promise<unknown>])[] = [
  ['was revoked', ({ id }) => world.desk.call('revokeIntegrationToken', { id })],
  ['was replaced at once', ({ id }) => world.desk.call('rotateIntegrationToken', { id, overlapHours: 0 })],
  [
    'is of an integration that is gone',
    ({ integrationId: id }) => world.desk.call('deleteIntegration', { id }),
  ],
  [
    'is of an account that is disabled',
    (_, id) => world.edits.hr.edit('updateStaff', { id, isDisabled: true }),
  ],
  ['is of an account in the trash', (_, id) => world.edits.hr.edit('deleteStaff', { id })],
  [
    'has run out',
    ({ id }) =>
      world.server.database.sql(
        `UPDATE integration_token SET expires_at = now() + interval '300 milliseconds' WHERE id = '${id}'`,
      ),
  ],
]

it('[T97] keeps a file with dolores-sync, as its account sees it', async () => {
  const { accessToken } = await world.desk.made(guest())
  const command = join(import.meta.dirname, '../../web/sdk/node/dolores-sync.ts')
  const args = ['--import', 'tsx', command, '--url', world.server.url, '--out', '-']
  const env = { ...process.env, DOLORES_TOKEN: accessToken }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  const copy = await new Device(await world.server.login('guest', 'dolores')).load()
  expect(stdout.match(/"event":"add"/g)).toHaveLength(copy.staff.size + copy.departments.size)
})

describe('[T97] [T49] [P4] a token that is good no more', () => {
  it.each(ENDS)(
    'since it %s is refused on every way, on every instance, and its sockets end',
    async (_, end) => {
      const account = await world.account(ADMINISTERS)
      const made = await world.desk.made(account.id, 'DIRECTORY_ADMIN')
      const here = await following(world.server, made)
      const there = await following(two, made)
      expect((await everywhere(two, made)).asked?.errors).toEqual([])
      await end(made, account.id)
      for (const device of [here, there]) expect((await device.closed)?.code).toBe(4401)
      for (const server of [world.server, two]) {
        const { asked, files } = await everywhere(server, made)
        expect(asked?.errors[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED' })
        expect(asked?.data).toBeNull()
        expect(files).toEqual([401, 401, 401, 401, 401])
        await expect(bearing(server, made.accessToken).socket()).rejects.toThrow('closed 4401')
      }
    },
  )

  it('of another prefix, secret, sum or shape tells nothing of what is there', async () => {
    const made = await world.desk.made(guest())
    const other = await world.desk.made(guest())
    const mixed = made.accessToken.slice(0, 17) + other.accessToken.slice(17)
    for (const accessToken of [mixed, 'dlr_x', made.accessToken.slice(0, -1), `${made.accessToken}0`]) {
      const { asked } = await everywhere(world.server, { accessToken })
      expect(asked?.status).toBe(401)
      expect(asked?.errors).toEqual([
        { message: 'The access token is not valid: sign in again.', extensions: { code: 'UNAUTHENTICATED' } },
      ])
    }
    expect((await everywhere(world.server, made)).asked?.errors).toEqual([])
  })

  it('while it is replaced works beside the new one, until the time given is over', async () => {
    const made = await world.desk.made((await world.account([])).id)
    const device = await following(world.server, made)
    const answer = await world.desk.call('rotateIntegrationToken', { id: made.id, overlapHours: 2 })
    const next = { accessToken: answer.accessToken ?? '' }
    for (const server of [world.server, two])
      for (const one of [made, next]) expect((await everywhere(server, one)).asked?.errors).toEqual([])
    const nickname = 'both work'
    await world.edits.hr.edit('updateStaff', { id: world.person('staff').id, nickname })
    while (!(await device.next()).changes.some((c) => c.staff?.nickname === nickname));
    const old = await world.desk.shownToken(made)
    const left = Date.parse(old?.expiresAt ?? '') - Date.now()
    expect(left).toBeGreaterThan(1.9 * 3_600_000)
    expect(left).toBeLessThan(2.1 * 3_600_000)
  })

  it('with other scopes means something else at once, and its sockets begin anew', async () => {
    const account = await world.account(ADMINISTERS)
    const made = await world.desk.made(account.id, 'DIRECTORY_ADMIN')
    const device = await following(two, made)
    const input = { id: made.integrationId, scopes: ['DIRECTORY_READ'] }
    expect(await world.desk.call('updateIntegration', { input })).toMatchObject({
      integration: { scopes: ['DIRECTORY_READ'] },
    })
    expect(await device.closed).toMatchObject({ code: 4401 })
    const { asked, files } = await everywhere(two, made)
    expect(asked?.data).toMatchObject({ admin: null })
    expect(files).toEqual([200, 200, 403, 403, 403])
  })
})
