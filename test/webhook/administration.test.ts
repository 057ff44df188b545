import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditOf } from '../audit/log.ts'
import type { EditWorld } from '../edit/world.ts'
import { OK, Receiver, status } from './receiver.ts'
import { Hooks, startWebhookWorld } from './world.ts'

let world: EditWorld
let hooks: Hooks
let receiver: Receiver
beforeAll(async () => {
  world = await startWebhookWorld()
  hooks = new Hooks(world)
  receiver = await Receiver.start()
})
afterAll(async () => {
  await world?.close()
  await receiver?.close()
})

const MISSING = '00000000-0000-4000-8000-000000000000'
const input = (more: object = {}) => ({
  url: `${receiver.url}/hook`,
  staffId: hooks.person('staff').id,
  ...more,
})
const ability = (name: string, more: object = {}) => ({
  name,
  scope: 'ORGANISATION',
  departmentId: null,
  fields: ['*'],
  ...more,
})
let serial = 0
/** Somebody with just these abilities, and the rules of a member of staff. */
async function administrator(abilities: readonly object[]): Promise<Hooks> {
  const login = `hooker${++serial}`
  const role = await world.hr.edit('createRole', { name: `Role of ${login}`, abilities, ruleIds: [] })
  const made = await world.hr.edit('createStaff', {
    login,
    name: login,
    typeId: world.places.staffType,
    memberships: [{ departmentId: world.places.company }],
    roleIds: [...hooks.person('staff').roleIds, role.id],
  })
  expect(made.__typename, JSON.stringify([role, made])).toBe('StaffEdited')
  const { client } = world.hr
  const invited = await client.query(
    `mutation { inviteStaff(id: "${made.staff?.id}") { ... on Invitation { token } } }`,
  )
  const { token } = invited['inviteStaff'] as { token: string }
  const password = 'a long enough password 1'
  await world.server
    .client()
    .query(`mutation { acceptInvitation(token: "${token}", password: "${password}") { __typename } }`)
  return new Hooks(world, await world.server.login(login, password))
}

describe('[T36] [T39] who may have changes sent somewhere', () => {
  it.each([
    ['nobody without the ability', [ability('staff.write'), ability('access.explain')]],
    ['nobody who has it for a part of the tree', [ability('access.explain')], 'webhook.write'],
    ['nobody who may not look at the directory as the account', [ability('webhook.write')]],
  ])('%s', async (_, abilities, scoped?: string) => {
    const place = { scope: 'SUBTREE', departmentId: world.places.company }
    const caller = await administrator([
      ...abilities,
      ...(scoped === undefined ? [] : [ability(scoped, place)]),
    ])
    const staffId = hooks.person('hr').id
    const answer = await caller.create(input({ staffId }))
    expect(['NOT_PERMITTED', 'NOT_FOUND']).toContain(answer.code)
    const made = await hooks.create(input())
    const id = made.webhook?.id ?? ''
    // Whoever has the ability may stop and delete one, and read where it goes; all else needs the account too.
    const calls = [
      caller.call('rotateWebhookSecret', { id }),
      caller.call('testWebhook', { id }),
      caller.update({ id, url: `${receiver.url}/mine` }),
    ]
    for (const call of abilities[0]?.name === 'webhook.write' ? calls.slice(0, 1) : calls)
      expect(['NOT_PERMITTED', 'NOT_FOUND']).toContain((await call).code)
    await Promise.all(calls)
    expect((await hooks.shown(id)).url).toBe(`${receiver.url}/hook`)
    await hooks.call('deleteWebhook', { id })
  })

  it('whoever has it, and may see all that the account sees: not their own account, and none with a wider view', async () => {
    const caller = await administrator([ability('webhook.write'), ability('access.explain')])
    const made = await caller.create(input())
    expect(made).toMatchObject({ __typename: 'WebhookSecret', secret: expect.stringMatching(/^whsec_/) })
    expect(await caller.create(input({ staffId: hooks.person('hr').id }))).toMatchObject({
      code: 'NOT_PERMITTED',
    })
    expect(await caller.create(input({ staffId: hooks.person(`hooker${serial}`).id }))).toMatchObject({
      code: 'NOT_PERMITTED',
    })
    await caller.call('deleteWebhook', { id: made.webhook?.id ?? '' })
  })

  it('for everybody else there are none', async () => {
    const made = await hooks.create(input())
    const id = made.webhook?.id ?? ''
    const delegate = await administrator([ability('staff.read')])
    const { admin } = await delegate.client.query(`{ admin { webhooks { id } webhook(id: "${id}") { id } } }`)
    expect(admin).toEqual({ webhooks: [], webhook: null })
    await hooks.call('deleteWebhook', { id })
  })
})

describe('bad input', () => {
  const url = (url: string) => [{ url }, 'url'] as const
  it.each([
    url(''),
    url('example.com'),
    url('ftp://example.com/'),
    url('file:///etc/passwd'),
    url('javascript:alert(1)'),
    url('https://user:secret@example.com/'),
    url(`https://example.com/${'x'.repeat(2000)}`),
    [{ description: 'x'.repeat(201) }, 'description'] as const,
  ])('%j is told at its place, and nothing is written', async (wrong, path) => {
    const answer = await hooks.create(input(wrong))
    expect(answer).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path }] })
    expect(await world.server.database.sql('SELECT id FROM webhook')).toEqual([])
  })

  it.each([MISSING, 'x', '', '\0'])('an account or webhook %j is not there', async (id) => {
    expect(await hooks.create(input({ staffId: id }))).toMatchObject({ code: 'NOT_FOUND' })
    for (const call of ['rotateWebhookSecret', 'testWebhook', 'deleteWebhook'])
      expect(await hooks.call(call, { id })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await hooks.call('redeliverWebhook', { id, deliveryId: '1' })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await hooks.update({ id, isPaused: true })).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('a delivery of another webhook is not one of this', async () => {
    const [one, other] = [await hooks.create(input()), await hooks.create(input())]
    const [id, otherId] = [one.webhook?.id ?? '', other.webhook?.id ?? '']
    await hooks.call('testWebhook', { id: otherId })
    const { deliveries } = await hooks.shown(otherId)
    const deliveryId = deliveries[0]?.id ?? ''
    for (const wrong of [deliveryId, '0', '-1', '1e3', 'x'])
      expect(await hooks.call('redeliverWebhook', { id, deliveryId: wrong })).toMatchObject({
        code: 'NOT_FOUND',
      })
    for (const made of [id, otherId]) await hooks.call('deleteWebhook', { id: made })
  })
})

describe('a webhook', () => {
  it('[7] is made once with one key, and the key of another one is refused', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => hooks.create(input({ idempotencyKey: 'once' }))),
    )
    expect(new Set(answers.map(({ webhook, secret }) => `${webhook?.id} ${secret}`)).size).toBe(1)
    expect(await hooks.create(input({ idempotencyKey: 'once', description: 'other' }))).toMatchObject({
      code: 'KEY_REUSED',
    })
    expect(await world.server.database.sql('SELECT id FROM webhook')).toHaveLength(1)
    await hooks.call('deleteWebhook', { id: answers[0]?.webhook?.id ?? '' })
  })

  it('[7] is the hundredth and last; asked for again with its key, it is the same one', async () => {
    const made = []
    for (let i = 0; i < 99; i++) made.push(await hooks.create(input()))
    const last = await hooks.create(input({ idempotencyKey: 'last' }))
    made.push(last)
    expect(await hooks.create(input())).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await hooks.create(input({ idempotencyKey: 'one more' }))).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await hooks.create(input({ idempotencyKey: 'last' }))).toEqual(last)
    for (const { webhook } of made) await hooks.call('deleteWebhook', { id: webhook?.id ?? '' })
  })

  it('is tested with a signed message, whatever comes of it, and without a trace in what it is told', async () => {
    const made = await hooks.create(input())
    const id = made.webhook?.id ?? ''
    receiver.all.length = 0
    receiver.answer = OK
    expect(await hooks.call('testWebhook', { id })).toMatchObject({
      delivery: { event: 'webhook.test', isDelivered: true, status: 204 },
    })
    const [message] = receiver.all
    expect(message?.body).toMatchObject({ type: 'webhook.test', data: null })
    expect(() =>
      new Webhook(made.secret ?? '').verify(message?.text ?? '', message?.headers as Record<string, string>),
    ).not.toThrow()
    receiver.answer = status(500)
    expect(await hooks.call('testWebhook', { id })).toMatchObject({
      delivery: { isDelivered: false, status: 500 },
    })
    receiver.answer = OK
    expect(await hooks.shown(id)).toMatchObject({ failures: 0, paused: null })
    await hooks.call('deleteWebhook', { id })
  })

  it('has its secret nowhere in the database, the answers or the log; a new one signs beside the old one for a day', async () => {
    const made = await hooks.create(input())
    const id = made.webhook?.id ?? ''
    const rotated = await hooks.call('rotateWebhookSecret', { id })
    expect(rotated.secret).not.toBe(made.secret)
    receiver.all.length = 0
    await hooks.call('testWebhook', { id })
    await world.server.database.sql(
      `UPDATE webhook SET previous_secret_until = now() - interval '1 s' WHERE id = '${id}'`,
    )
    await hooks.call('testWebhook', { id })
    const verified = receiver.all.map(({ text, headers }) =>
      [made.secret ?? '', rotated.secret ?? ''].map((secret) => {
        try {
          new Webhook(secret).verify(text, headers as Record<string, string>)
          return true
        } catch {
          return false
        }
      }),
    )
    expect(verified).toEqual([
      [true, true],
      [false, true],
    ])
    const stored = JSON.stringify(await world.server.database.sql('SELECT * FROM webhook'))
    const everything = [
      stored,
      ...world.server.lines,
      JSON.stringify(await auditOf(world.server.database)),
    ].join('\n')
    for (const secret of [made.secret, rotated.secret])
      expect(everything).not.toContain(secret?.replace('whsec_', ''))
    await hooks.call('deleteWebhook', { id })
  })

  it('[7] has one new secret for one key, and the one before goes on signing', async () => {
    const made = await hooks.create(input())
    const id = made.webhook?.id ?? ''
    const rotate = (key: string) => hooks.call('rotateWebhookSecret', { id, idempotencyKey: key })
    const answers = [...(await Promise.all([rotate('one'), rotate('one')])), await rotate('one')]
    expect(new Set(answers.map(({ secret }) => secret)).size).toBe(1)
    receiver.all.length = 0
    await hooks.call('testWebhook', { id })
    const [message] = receiver.all
    for (const secret of [made.secret, answers[0]?.secret])
      new Webhook(secret ?? '').verify(message?.text ?? '', message?.headers as Record<string, string>)
    expect((await rotate('two')).secret).not.toBe(answers[0]?.secret)
    // That of an older one makes no third, and does not give one that is on its way out.
    expect(await rotate('one')).toMatchObject({ code: 'CONFLICT' })
    // A key stands for one thing only, whatever it is.
    for (const key of ['one', 'two'])
      expect(await hooks.create(input({ idempotencyKey: key }))).toMatchObject({ code: 'KEY_REUSED' })
    const title = { title: 'Taken', idempotencyKey: 'three' }
    expect(await world.hr.edit('updateStaff', { id: hooks.person('staff').id, ...title })).toMatchObject({
      __typename: 'StaffEdited',
    })
    expect(await rotate('three')).toMatchObject({ code: 'KEY_REUSED' })
    await hooks.call('deleteWebhook', { id })
  })

  it('[7] is paused, tested, turned back and deleted once with one key, whatever happened between', async () => {
    const made = await hooks.create(input())
    const id = made.webhook?.id ?? ''
    receiver.all.length = 0
    const test = () => hooks.call('testWebhook', { id, idempotencyKey: 'test' })
    const tests = [...(await Promise.all([test(), test()])), await test()]
    expect(tests[0]).toMatchObject({ delivery: { isDelivered: true } })
    expect(new Set(tests.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(receiver.all.map(({ body }) => body.type)).toEqual(['webhook.test'])

    const pause = () => hooks.update({ id, isPaused: true, idempotencyKey: 'pause' })
    expect(await pause()).toMatchObject({ webhook: { paused: 'BY_HAND' } })
    await hooks.update({ id, isPaused: false })
    expect(await pause()).toMatchObject({ webhook: { paused: null } })
    expect(await hooks.update({ id, isPaused: false, idempotencyKey: 'pause' })).toMatchObject({
      code: 'KEY_REUSED',
    })
    expect(await hooks.call('testWebhook', { id, idempotencyKey: 'pause' })).toMatchObject({
      code: 'KEY_REUSED',
    })

    await world.hr.edit('updateStaff', { id: hooks.person('staff').id, nickname: 'to be turned back' })
    const { deliveries } = await hooks.until(id, (w) => w.deliveries[0]?.event === 'directory.changed')
    const back = { id, deliveryId: deliveries[0]?.id ?? '', idempotencyKey: 'back' }
    expect(await hooks.call('redeliverWebhook', back)).toMatchObject({ __typename: 'WebhookSaved' })
    await hooks.until(id, (w) => w.deliveries.filter((d) => d.event === 'directory.changed').length === 2)
    expect(await hooks.call('redeliverWebhook', back)).toMatchObject({ __typename: 'WebhookSaved' })

    const end = () => hooks.call('deleteWebhook', { id, idempotencyKey: 'end' })
    expect(await Promise.all([end(), end()])).toEqual([
      { __typename: 'WebhookDeleted', id },
      { __typename: 'WebhookDeleted', id },
    ])
    const records = (await auditOf(world.server.database)).filter((r) => r.subjectId === id)
    expect(records.map(({ action }) => action.replace('webhook.', ''))).toEqual(
      'create test update update redeliver delete'.split(' '),
    )
  })

  it('[7] that could not be found may be asked for again with the same key', async () => {
    const ask = (id: string) => hooks.call('deleteWebhook', { id, idempotencyKey: 'again' })
    expect(await ask(MISSING)).toMatchObject({ code: 'NOT_FOUND' })
    const made = await hooks.create(input())
    expect(await ask(made.webhook?.id ?? '')).toMatchObject({ __typename: 'WebhookDeleted' })
  })

  it('[10] stands in the audit log with all that was done to it, and of its address the host alone', async () => {
    const made = await hooks.create(input({ url: `${receiver.url}/T0/secret-path?token=secret-query` }))
    const id = made.webhook?.id ?? ''
    await hooks.update({ id, isPaused: true })
    await hooks.update({ id, isPaused: false })
    await hooks.call('rotateWebhookSecret', { id })
    await hooks.call('testWebhook', { id })
    const [tested] = (await hooks.shown(id)).deliveries
    expect(await hooks.call('redeliverWebhook', { id, deliveryId: tested?.id ?? '' })).toMatchObject({
      code: 'NOT_FOUND',
    })
    await world.hr.edit('updateStaff', { id: hooks.person('staff').id, nickname: 'for the log' })
    const { deliveries } = await hooks.until(id, (w) => w.deliveries[0]?.event === 'directory.changed')
    await hooks.call('redeliverWebhook', { id, deliveryId: deliveries[0]?.id ?? '' })
    await hooks.call('deleteWebhook', { id })
    const records = (await auditOf(world.server.database)).filter((r) => r.subjectId === id)
    expect(records.map(({ action }) => action)).toEqual(
      'create update update rotateSecret test redeliver delete'.split(' ').map((w) => `webhook.${w}`),
    )
    expect(JSON.stringify(records)).not.toMatch(/secret-path|secret-query/)
    expect(records.every(({ actorId }) => actorId === hooks.person('hr').id)).toBe(true)
  })

  it('that is paused by hand is sent nothing until somebody lets it go on', async () => {
    const made = await hooks.create(input())
    const id = made.webhook?.id ?? ''
    expect(await hooks.update({ id, isPaused: true })).toMatchObject({ webhook: { paused: 'BY_HAND' } })
    receiver.all.length = 0
    const person = hooks.person('staff').id
    await world.hr.edit('updateStaff', { id: person, nickname: 'while paused' })
    await hooks.call('testWebhook', { id })
    expect(receiver.all.map(({ body }) => body.type)).toEqual(['webhook.test'])
    await hooks.update({ id, isPaused: false })
    await hooks.until(id, (w) => w.deliveries.some((d) => d.event === 'directory.changed' && d.isDelivered))
    expect(receiver.changes.map((change) => change.staff?.nickname)).toEqual(['while paused'])
    await hooks.call('deleteWebhook', { id })
  })

  it('keeps the last thousand attempts', async () => {
    const made = await hooks.create(input())
    const id = made.webhook?.id ?? ''
    await world.server.database.sql(
      `INSERT INTO webhook_delivery (webhook_id, message_id, event, "from", "to", changes, attempt, duration_ms)
       SELECT '${id}', 'msg', 'directory.changed', '', '', 0, 1, 1 FROM generate_series(1, 1200)`,
    )
    await hooks.call('testWebhook', { id })
    const kept = await world.server.database.sql(
      `SELECT count(*)::int AS n FROM webhook_delivery WHERE webhook_id = '${id}'`,
    )
    expect(kept).toEqual([{ n: 1000 }])
    await hooks.call('deleteWebhook', { id })
  })
})
