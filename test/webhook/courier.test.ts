import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EditWorld } from '../edit/world.ts'
import { Device } from '../support/device.ts'
import { startServer } from '../support/server.ts'
import { OK, Receiver, SILENCE, status } from './receiver.ts'
import { Hooks, Mirror, PATIENCE, startWebhookWorld, TIMING } from './world.ts'

let world: EditWorld
let hooks: Hooks
let colleagueLogin: string
let receivers: Receiver[]
let ids: string[]
beforeAll(async () => {
  world = await startWebhookWorld()
  hooks = new Hooks(world)
  const found = [...world.state.all('staff')].find(
    (s) =>
      s.status === 'ACTIVE' &&
      s.typeId === world.places.staffType &&
      isShown('staff', s.id) &&
      s.login.startsWith('p'),
  )
  colleagueLogin = found?.login ?? ''
})
afterAll(async () => await world?.close())
beforeEach(() => {
  receivers = []
  ids = []
})
afterEach(async () => {
  for (const id of ids) await hooks.call('deleteWebhook', { id })
  for (const receiver of receivers) await receiver.close()
})

async function receive(): Promise<Receiver> {
  const receiver = await Receiver.start()
  receivers.push(receiver)
  return receiver
}
async function hooked(login = 'staff') {
  const receiver = await receive()
  const hook = await hooks.hook(receiver, login)
  ids.push(hook.id)
  return { receiver, ...hook }
}
let serial = 0
const name = () => `Renamed ${++serial}`
/** Somebody whom everybody sees who is no guest. */
const colleague = () => hooks.person(colleagueLogin)
async function rename(id: string, to = name()): Promise<string> {
  const answer = await world.hr.edit('updateStaff', { id, name: to })
  expect(answer.__typename, JSON.stringify(answer)).toBe('StaffEdited')
  return to
}
const told = (receiver: Receiver, text: string) =>
  vi.waitFor(() => expect(receiver.all.some((r) => r.text.includes(text))).toBe(true), PATIENCE)
const count = (receiver: Receiver, text: string) => receiver.all.filter((r) => r.text.includes(text)).length

describe('what a webhook is told', () => {
  it('[12] every change of its view, signed as Standard Webhooks say, once, in order', async () => {
    const { receiver, secret } = await hooked()
    const { id } = colleague()
    const names: string[] = []
    for (let n = 0; n < 5; n++) names.push(await rename(id))
    await told(receiver, names.at(-1) ?? '')
    const changes = receiver.changes.filter((change) => change.id === id)
    const seen = changes.map(({ staff }) => names.indexOf(staff?.name ?? ''))
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(new Set(seen).size).toBe(seen.length)
    for (const { headers, text, body } of receiver.all) {
      expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toEqual(body)
      expect(headers['content-type']).toBe('application/json')
      expect(body).toMatchObject({ type: 'directory.changed', webhookId: ids[0], data: { hasMore: false } })
    }
    expect(new Set(receiver.all.map(({ headers }) => headers['webhook-id'])).size).toBe(receiver.all.length)
  })

  it('[12] [V5] [V9] [T35] what its account sees and nothing else: what a guest is not shown is not sent', async () => {
    const { receiver } = await hooked('guest')
    const { receiver: wide } = await hooked()
    const hidden = [...world.state.all('staff')].find(
      (s) => s.status === 'ACTIVE' && !isShown('guest', s.id) && isShown('staff', s.id),
    )
    const shown = [...world.state.all('staff')].find((s) => s.status === 'ACTIVE' && isShown('guest', s.id))
    if (!hidden || !shown) throw new Error('the demo company hides nobody from guests')
    const mobile = '+86 139 5550 4411'
    await world.hr.edit('updateStaff', { id: shown.id, mobile })
    expect(world.server.instance.sync.view(hooks.person('guest').id).staff(shown.id)?.mobile).toBeNull()
    const secretName = await rename(hidden.id)
    const openName = await rename(shown.id)
    await told(receiver, openName)
    await told(wide, secretName)
    const secrets = [hidden.id, secretName, mobile]
    expect(receiver.all.filter(({ text }) => secrets.some((secret) => text.includes(secret)))).toEqual([])
  })

  it('[D1] [D8] [12] whoever applies what it is told has what a snapshot of the account shows, in any number of pages', async () => {
    const { receiver } = await hooked()
    const device = new Device(await world.server.login('staff', 'dolores'))
    await device.load()
    // It begins before the webhook does, as the receiver of a real one would.
    const mirror = new Mirror(device, receiver)
    const many = [...world.state.all('staff')]
      .filter((s) => s.status === 'ACTIVE' && isShown('staff', s.id))
      .slice(0, 130)
    receiver.answer = status(503)
    const { people } = world.server.slapd.layout
    const retitled = many.map(
      ({ login }) => `dn: uid=${login},${people}\nchangetype: modify\nreplace: title\ntitle: ${name()}\n`,
    )
    await world.server.slapd.ldapmodify(retitled.join('\n'))
    await world.hr.edit('updateDepartment', { id: world.places.company, name: name() })
    receiver.answer = OK
    const last = await rename(colleague().id)
    await told(receiver, last)
    await vi.waitFor(async () => {
      await mirror.apply()
      const fresh = new Device(device.client)
      expect(mirror.copy).toEqual(await fresh.load())
    }, PATIENCE)
    expect(receiver.all.some(({ body }) => body.data?.__typename === 'Delta' && body.data.hasMore)).toBe(true)
  })
})

describe('[T115] receivers that are away', () => {
  it('a row that changed meanwhile is told once, as it is when it can be', async () => {
    const { receiver, id } = await hooked()
    receiver.answer = status(500)
    const first = await rename(colleague().id)
    await told(receiver, first)
    const failing = await hooks.until(id, (w) => w.failures > 0)
    expect(failing.deliveries[0]).toMatchObject({ isDelivered: false, status: 500, changes: 1 })
    const last = await rename(colleague().id)
    receiver.all.length = 0
    receiver.answer = OK
    await told(receiver, last)
    const healthy = await hooks.until(id, (w) => w.failures === 0 && w.deliveries[0]?.isDelivered === true)
    expect(healthy.nextAttemptAt).toBeNull()
    expect(count(receiver, last)).toBe(1)
    expect(receiver.changes.filter((change) => change.id === colleague().id)).toHaveLength(1)
  })

  it('the same message has the same id each time; an answer that got lost means twice, not never', async () => {
    const { receiver } = await hooked()
    receiver.answer = (request) => void request.socket.destroy()
    const text = await rename(colleague().id)
    await vi.waitFor(() => expect(count(receiver, text)).toBeGreaterThan(1), PATIENCE)
    receiver.answer = OK
    const before = receiver.all.length
    await vi.waitFor(() => expect(receiver.all.length).toBeGreaterThan(before), PATIENCE)
    const same = receiver.all.filter((r) => r.text.includes(text)).map(({ headers }) => headers['webhook-id'])
    expect(new Set(same).size).toBe(1)
  })

  it('one that stays silent holds up nobody else', async () => {
    const { receiver: silent } = await hooked()
    const { receiver } = await hooked()
    silent.answer = SILENCE
    for (let n = 0; n < 3; n++) await told(receiver, await rename(colleague().id))
    expect(silent.all.length).toBeGreaterThan(0)
  })

  it('[I10] what is revoked while it is away is not sent any more', async () => {
    const { receiver, id } = await hooked()
    const { id: staffId, typeId } = colleague()
    receiver.answer = status(500)
    const text = await rename(staffId)
    await hooks.until(id, (w) => w.failures > 0)
    const hidden = await world.hr.edit('createType', { name: name(), appliesTo: 'STAFF' })
    expect(await world.hr.edit('updateStaff', { id: staffId, typeId: hidden.id })).toMatchObject({
      __typename: 'StaffEdited',
    })
    receiver.all.length = 0
    receiver.answer = OK
    await hooks.until(id, (w) => w.failures === 0 && w.deliveries[0]?.isDelivered === true)
    const change = receiver.changes.find((c) => c.id === staffId)
    expect(change).toEqual({
      action: 'REMOVE',
      category: 'STAFF',
      id: staffId,
      department: null,
      staff: null,
    })
    expect(count(receiver, text)).toBe(0)
    await world.hr.edit('updateStaff', { id: staffId, typeId })
  })

  it('who answers 410 is paused at once; who has failed for too long too; and goes on where they stood', async () => {
    for (const [code, why] of [
      [410, 'GONE'],
      [500, 'FAILING'],
    ] as const) {
      const { receiver, id } = await hooked()
      receiver.answer = status(code)
      const text = await rename(colleague().id)
      const paused = await hooks.until(id, (w) => w.paused === why)
      expect(paused.failures).toBe(code === 410 ? 1 : TIMING.retryMs.length + 1)
      const sent = receiver.all.length
      const other = await rename(hooks.person('staff').id)
      receiver.answer = OK
      expect(await hooks.shown(id)).toMatchObject({ paused: why })
      expect(receiver.all).toHaveLength(sent)
      receiver.all.length = 0
      expect(await hooks.update({ id, isPaused: false })).toMatchObject({
        webhook: { paused: null, failures: 0 },
      })
      await told(receiver, text)
      await told(receiver, other)
    }
  })

  it('[12] redelivery tells again what has changed since a message, as it is now', async () => {
    const { receiver, id } = await hooked()
    const first = await rename(colleague().id)
    await told(receiver, first)
    await hooks.until(id, (w) => w.deliveries.some((d) => d.isDelivered && d.changes > 0))
    const second = await rename(colleague().id)
    await told(receiver, second)
    const { deliveries } = await hooks.until(id, (w) => w.deliveries.filter((d) => d.isDelivered).length > 1)
    receiver.all.length = 0
    const oldest = deliveries.at(-1)?.id ?? ''
    expect(await hooks.call('redeliverWebhook', { id, deliveryId: oldest })).toMatchObject({
      webhook: { id },
    })
    await told(receiver, second)
    expect(count(receiver, first)).toBe(0)
  })
})

describe('the account of a webhook', () => {
  it('[T49] when it is disabled nothing more is sent, and the webhook is paused', async () => {
    const made = await world.hr.edit('createStaff', {
      login: 'integration',
      name: 'Integration',
      typeId: world.places.staffType,
      memberships: [{ departmentId: world.places.company }],
      roleIds: [...hooks.person('staff').roleIds],
    })
    const staffId = made.staff?.id ?? ''
    const { receiver, id } = await hooked('integration')
    const text = await rename(colleague().id)
    await told(receiver, text)
    expect(await world.hr.edit('updateStaff', { id: staffId, isDisabled: true })).toMatchObject({
      __typename: 'StaffEdited',
    })
    await hooks.until(id, (w) => w.paused === 'ACCOUNT')
    const sent = receiver.all.length
    await rename(colleague().id)
    expect(receiver.all).toHaveLength(sent)
    const refused = await hooks.update({ id, isPaused: false })
    expect(refused).toMatchObject({ code: 'NOT_PERMITTED' })
    // Enabled, it goes on where it stood: what came meanwhile is told too.
    const meanwhile = await rename(colleague().id)
    await world.hr.edit('updateStaff', { id: staffId, isDisabled: false })
    await told(receiver, meanwhile)
    await hooks.until(id, (w) => w.paused === null && w.failures === 0)
    // But not one that somebody has paused.
    await hooks.update({ id, isPaused: true })
    await world.hr.edit('updateStaff', { id: staffId, isDisabled: true })
    await world.hr.edit('updateStaff', { id: staffId, isDisabled: false })
    const beside = await hooked()
    const later = await rename(colleague().id)
    await told(beside.receiver, later)
    expect((await hooks.shown(id)).paused).toBe('BY_HAND')
    expect(count(receiver, later)).toBe(0)
  })

  it('[R1] whose history is not known any more is told to start again, and follows from there', async () => {
    const { receiver, id } = await hooked()
    await world.server.database.sql(`UPDATE webhook SET position = 'of another time' WHERE id = '${id}'`)
    await vi.waitFor(
      () =>
        expect(receiver.all[0]?.body).toMatchObject({
          type: 'directory.resync',
          data: { reason: 'DIVERGED' },
        }),
      PATIENCE,
    )
    const text = await rename(colleague().id)
    await told(receiver, text)
    expect(receiver.all.filter(({ body }) => body.type === 'directory.resync')).toHaveLength(1)
  })
})

it('[12] [T76] [T85] of two instances one sends; when it goes the other takes over, and nothing is missing', async () => {
  const own = await startWebhookWorld()
  const { slapd, database } = own.server
  const settings = { WEBHOOK_NETWORKS: '127.0.0.1' }
  const other = await startServer({ slapd, database, settings, webhookTiming: TIMING })
  try {
    const receiver = await receive()
    const hooks = new Hooks(own)
    const { id } = await hooks.hook(receiver, 'staff')
    const retitle = (title: string) =>
      slapd.ldapmodify(
        `dn: uid=staff,${slapd.layout.people}\nchangetype: modify\nreplace: title\ntitle: ${title}\n`,
      )
    const [first, second] = [name(), name()]
    await retitle(first)
    await told(receiver, first)
    // What was taken and not noted would be sent again.
    await hooks.until(id, (w) => w.deliveries[0]?.isDelivered === true)
    await own.server.closeInstance()
    await retitle(second)
    await told(receiver, second)
    for (const title of [first, second]) expect(count(receiver, title)).toBe(1)
  } finally {
    await other.close()
    await own.close()
  }
})

function isShown(login: string, id: string): boolean {
  return world.server.instance.sync.view(hooks.person(login).id).staff(id) !== null
}
