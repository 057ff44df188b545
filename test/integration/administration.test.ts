import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/changelog/database.ts'
import { IntegrationStore } from '../../src/integration/store.ts'
import { auditOf } from '../audit/log.ts'
import { startServer } from '../support/server.ts'
import { ability, bearing, type Desk, IntegrationWorld } from './world.ts'

let world: IntegrationWorld
let desk: Desk
beforeAll(async () => {
  world = await IntegrationWorld.start()
  desk = world.desk
}, 120_000)
afterAll(async () => await world?.close())

const guest = () => world.person('guest').id
const MISSING = '00000000-0000-4000-8000-000000000000'
const EMPLOYS = [ability('integration.write'), ability('access.explain')]
const READS = [ability('staff.read'), ability('department.read')]
/** Whether a token works now. */
const works = async (accessToken: string | undefined) =>
  (await bearing(world.server, accessToken ?? '').ask('{ viewer { abilities } }')).errors.length === 0

describe('[T97] [T36] who may have a program act as an account', () => {
  it.each([
    ['nobody without the ability', [ability('access.explain'), ability('staff.write')]],
    ['nobody who has it for a part of the tree', [ability('access.explain')], 'integration.write'],
    ['nobody who may not look at the directory as the account', [ability('integration.write')]],
  ])('%s', async (_, abilities, scoped?: string) => {
    const place = { scope: 'SUBTREE', departmentId: world.edits.places.company }
    const caller = await world.administrator([
      ...abilities,
      ...(scoped === undefined ? [] : [ability(scoped, place)]),
    ])
    const answer = await caller.desk.create({ staffId: world.person('hr').id })
    expect(['NOT_PERMITTED', 'NOT_FOUND']).toContain(answer.code)
    const made = await desk.made(guest())
    for (const [name, id] of [
      ['createIntegrationToken', made.integrationId],
      ['rotateIntegrationToken', made.id],
    ] as const)
      expect(['NOT_PERMITTED', 'NOT_FOUND']).toContain((await caller.desk.call(name, { id })).code)
    if (!abilities.some(({ name }) => name === 'integration.write')) {
      expect(await caller.desk.shown()).toEqual([])
      for (const id of [made.integrationId, MISSING])
        expect(await caller.desk.call('deleteIntegration', { id })).toMatchObject({ code: 'NOT_PERMITTED' })
      for (const id of [made.id, MISSING])
        expect(await caller.desk.call('revokeIntegrationToken', { id })).toMatchObject({
          code: 'NOT_PERMITTED',
        })
    }
    expect(await works(made.accessToken)).toBe(true)
  })

  it('nobody gets more by a program than they have: to administer, the account may do and see no more than they', async () => {
    const caller = await world.administrator([...EMPLOYS, ...READS, ability('staff.write')])
    const stronger = await world.account([ability('role.assign'), ability('role.write')])
    const same = await world.account([ability('staff.write')])
    const admin = ['DIRECTORY_ADMIN']
    expect(await caller.desk.create({ staffId: stronger.id, scopes: admin })).toMatchObject({
      code: 'NOT_PERMITTED',
    })
    // It may be read as, and is not widened afterwards.
    const reading = await caller.desk.made(stronger.id)
    const input = { id: reading.integrationId, scopes: admin }
    expect(await caller.desk.call('updateIntegration', { input })).toMatchObject({ code: 'NOT_PERMITTED' })
    expect(await works((await caller.desk.made(same.id, 'DIRECTORY_ADMIN')).accessToken)).toBe(true)
    // Nor made for oneself: a token would outlive passwords and sessions.
    expect(await caller.desk.create({ staffId: caller.id })).toMatchObject({ code: 'NOT_PERMITTED' })
    for (const staffId of [MISSING, 'nonsense'])
      expect(await caller.desk.create({ staffId })).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('a token is worth no more than whoever it was shown to: widened by others, it ends; with their rights it ends too', async () => {
    const caller = await world.administrator([...EMPLOYS, ...READS])
    const account = await world.account([])
    const made = await caller.desk.made(account.id)
    expect(await works(made.accessToken)).toBe(true)
    // Somebody else lets it administer, and gives its account what the caller does not have.
    const input = { id: made.integrationId, scopes: ['DIRECTORY_ADMIN'] }
    expect(await desk.call('updateIntegration', { input })).toMatchObject({ __typename: 'IntegrationSaved' })
    expect(await works(made.accessToken)).toBe(true)
    const roleIds = [...world.person('hr').roleIds]
    await world.edits.hr.edit('setStaffRoles', { id: account.id, roleIds })
    expect(await works(made.accessToken)).toBe(false)
    expect(await desk.shownToken(made)).toMatchObject({ state: 'OWNER', ownerId: caller.id })
    // Replaced by somebody who may do all that, it is theirs.
    const next = await desk.call('rotateIntegrationToken', { id: made.id })
    expect(await works(next.accessToken)).toBe(true)
    expect(await works(made.accessToken)).toBe(false)
  })

  it.each([
    ['is disabled', (id: string) => world.edits.hr.edit('updateStaff', { id, isDisabled: true })],
    ['is in the trash', (id: string) => world.edits.hr.edit('deleteStaff', { id })],
    ['has lost the ability', (id: string) => world.edits.hr.edit('setStaffRoles', { id, roleIds: [] })],
  ])('a token of an owner who %s is refused', async (_, lose) => {
    const caller = await world.administrator([...EMPLOYS, ...READS])
    const made = await caller.desk.made(guest())
    const socket = await bearing(world.server, made.accessToken).socket()
    expect(await lose(caller.id)).toMatchObject({ __typename: 'StaffEdited' })
    expect(await works(made.accessToken)).toBe(false)
    expect(await socket.closed).toMatchObject({ code: 4401 })
    expect(await desk.shownToken(made)).toMatchObject({ state: 'OWNER' })
  })
})

describe('[T97] the list of integrations', () => {
  it('shows the prefix of a token alone, and nothing anywhere keeps the rest', async () => {
    const made = await desk.made(guest())
    const shown = JSON.stringify(await desk.shown())
    expect(shown).toContain(made.accessToken.slice(0, 16))
    const secret = made.accessToken.slice(17)
    expect(shown).not.toContain(secret)
    await works(made.accessToken)
    await bearing(world.server, made.accessToken).get('/export.csv')
    for (const table of ['integration', 'integration_token', 'edit', 'audit'])
      expect(JSON.stringify(await world.server.database.sql(`SELECT * FROM "${table}"`))).not.toContain(
        secret,
      )
    expect(world.server.lines.join('\n')).not.toContain(secret)
  })

  it('tells what each token is worth', async () => {
    const account = await world.account([])
    const made = await desk.made(account.id)
    const [revoked, expired] = [await desk.token(made.integrationId), await desk.token(made.integrationId)]
    await desk.call('revokeIntegrationToken', { id: revoked.id })
    await world.server.database.sql(
      `UPDATE integration_token SET expires_at = now() - interval '1 second' WHERE id = '${expired.id}'`,
    )
    const stateOf = async (one: { id: string }) => (await desk.shownToken(one))?.state
    expect(await Promise.all([made, revoked, expired].map(stateOf))).toEqual(['ACTIVE', 'REVOKED', 'EXPIRED'])
    await world.edits.hr.edit('updateStaff', { id: account.id, isDisabled: true })
    expect(await Promise.all([made, revoked, expired].map(stateOf))).toEqual([
      'ACCOUNT',
      'REVOKED',
      'EXPIRED',
    ])
    for (const { id } of [revoked, expired])
      expect(await desk.call('rotateIntegrationToken', { id })).toMatchObject({
        issues: [{ path: 'id', message: 'has ended already: make a new token' }],
      })
  })
})

it('tokens that ended are shown for thirty days', async () => {
  const made = await desk.made(guest())
  const [old, revoked, recent] = [
    await desk.token(made.integrationId),
    await desk.token(made.integrationId),
    await desk.token(made.integrationId),
  ]
  const { database } = world.server
  const set = (what: string, { id }: { id: string }) =>
    database.sql(`UPDATE integration_token SET ${what} WHERE id = '${id}'`)
  await set(`expires_at = now() - interval '31 days'`, old)
  await set(`revoked_at = now() - interval '31 days'`, revoked)
  await set(`expires_at = now() - interval '29 days'`, recent)
  const db = await openDatabase(database.url)
  await new IntegrationStore(db).forget(new Date())
  await db.close()
  const shown = (await desk.shown()).find(({ id }) => id === made.integrationId)
  expect(new Set(shown?.tokens.map(({ id }) => id))).toEqual(new Set([made.id, recent.id]))
})

describe('[7] [10] what is done to an integration', () => {
  it.each([
    [{ name: ' ' }, 'name', 'must not be empty'],
    [{ name: 'x'.repeat(101) }, 'name', 'must have at most 100 characters'],
    [{ description: 'x'.repeat(201) }, 'description', 'must have at most 200 characters'],
  ])('is refused at the field: %j', async (wrong, path, message) => {
    const answer = await desk.create({ staffId: guest(), ...wrong })
    expect(answer.issues).toEqual([{ path, message }])
  })

  it('has one name, and tokens that end within a year and not at once', async () => {
    const name = 'Only one'
    const { integration } = await desk.create({ staffId: guest(), name })
    const id = integration?.id ?? ''
    const taken = [{ path: 'name', message: 'is taken by another integration' }]
    expect((await desk.create({ staffId: guest(), name: `${name} ` })).issues).toEqual(taken)
    const other = (await desk.create({ staffId: guest() })).integration?.id
    expect((await desk.call('updateIntegration', { input: { id: other, name } })).issues).toEqual(taken)
    for (const days of [0, -1, 367])
      expect((await desk.call('createIntegrationToken', { id, days })).issues?.[0]?.path).toBe('days')
    const made = await desk.token(id)
    for (const overlapHours of [-1, 169])
      expect(
        (await desk.call('rotateIntegrationToken', { id: made.id, overlapHours })).issues?.[0]?.path,
      ).toBe('overlapHours')
  })

  it('is done once with one key, and a token that was made is told again', async () => {
    const input = { staffId: guest(), name: 'Done once', idempotencyKey: 'create' }
    const created = await Promise.all([desk.create(input), desk.create(input)])
    expect(created[0]?.integration?.id).toBeDefined()
    expect(created[1]).toEqual(created[0])
    const id = created[0]?.integration?.id ?? ''
    const issue = () => desk.call('createIntegrationToken', { id, key: 'issue' })
    const tokens = [...(await Promise.all([issue(), issue()])), await issue()]
    expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(await works(tokens[0]?.accessToken)).toBe(true)
    const rotate = () =>
      desk.call('rotateIntegrationToken', { id: tokens[0]?.token?.id, overlapHours: 0, key: 'rotate' })
    const rotated = [...(await Promise.all([rotate(), rotate()])), await rotate()]
    expect(new Set(rotated.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(await works(rotated[0]?.accessToken)).toBe(true)
    const shown = (await desk.shown()).find((i) => i.id === id)
    expect(shown?.tokens).toHaveLength(2)
    expect(
      await desk.call('revokeIntegrationToken', { id: tokens[0]?.token?.id, key: 'issue' }),
    ).toMatchObject({ code: 'KEY_REUSED' })
    const end = () => desk.call('deleteIntegration', { id, key: 'end' })
    expect(await Promise.all([end(), end()])).toMatchObject([
      { __typename: 'IntegrationDeleted' },
      { __typename: 'IntegrationDeleted' },
    ])
  })

  it('is not lost by two who edit it at once', async () => {
    const { integration } = await desk.create({ staffId: guest() })
    const { id, revision: ifRevision } = integration ?? {}
    const update = (description: string) =>
      desk.call('updateIntegration', { input: { id, description, ifRevision } })
    expect(await update('mine')).toMatchObject({ __typename: 'IntegrationSaved' })
    expect(await update('theirs')).toMatchObject({ code: 'CONFLICT' })
    const again = (await desk.shown()).find((i) => i.id === id)
    const both = ['one', 'two'].map((description) =>
      desk.call('updateIntegration', { input: { id, description, ifRevision: again?.revision } }),
    )
    expect(
      (await Promise.all(both)).map(({ code }) => code).filter((code) => code === 'CONFLICT'),
    ).toHaveLength(1)
  })

  it('stands in the audit log, without any secret', async () => {
    const made = await desk.made(guest())
    const input = { id: made.integrationId, description: 'of the log' }
    await desk.call('updateIntegration', { input })
    await desk.call('rotateIntegrationToken', { id: made.id })
    await desk.call('revokeIntegrationToken', { id: made.id })
    await desk.call('revokeIntegrationToken', { id: made.id })
    await desk.call('deleteIntegration', { id: made.integrationId })
    const records = (await auditOf(world.server.database)).filter((r) => r.subjectId === made.integrationId)
    expect(records.map(({ action }) => action)).toEqual(
      'create issueToken update rotateToken revokeToken delete'
        .split(' ')
        .map((verb) => `integration.${verb}`),
    )
    for (const { actorId, subjectKind } of records)
      expect([actorId, subjectKind]).toEqual([world.person('hr').id, 'integration'])
    expect(records[1]?.detail['prefix']).toBe(made.accessToken.slice(0, 16))
    expect(JSON.stringify(records)).not.toContain(made.accessToken.slice(17))
  })
})

it('the way of the README ends with people whom the account sees', async () => {
  const readme = await readFile('README.md', 'utf8')
  const part = readme.slice(readme.indexOf('## Integrations'))
  const script = (/```sh\n([^]*?)```/.exec(part)?.[1] ?? '').replace(
    'http://127.0.0.1:4000',
    world.server.url,
  )
  const { stdout } = await promisify(execFile)('bash', ['-c', script])
  const person = await world.server.login('staff', 'dolores')
  const { staffList } = await person.query('{ staffList(first: 3) { totalCount } }')
  expect(stdout).toContain(JSON.stringify(staffList).slice(0, -1))
  expect(stdout).not.toContain('message')
})

it('[T97] tokens end when TOKEN_SECRET is replaced: who knew it could have made them', async () => {
  const made = await desk.made(guest())
  const { slapd, database } = world.server
  await database.sql('DELETE FROM secret_fingerprint')
  const TOKEN_SECRET = 'another token secret of the tests, long enough'
  const other = await startServer({ slapd, database, settings: { TOKEN_SECRET } })
  const { status } = await bearing(other, made.accessToken).ask('{ viewer { abilities } }')
  await other.close()
  expect(status).toBe(401)
})
