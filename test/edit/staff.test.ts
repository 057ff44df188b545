import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Device } from '../support/device.ts'
import { type EditAnswer, type EditWorld, startEditWorld } from './world.ts'

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())

let serial = 0
const person = (more: Record<string, unknown> = {}) => ({
  login: `new.person${++serial}`,
  name: `Person ${serial}`,
  typeId: world.places.staffType,
  memberships: [{ departmentId: world.places.company }],
  ...more,
})
async function made(more: Record<string, unknown> = {}): Promise<string> {
  return idOf(await world.hr.edit('createStaff', person(more)))
}
const idOf = (answer: EditAnswer): string => {
  if (!answer.staff) throw new Error(JSON.stringify(answer))
  return answer.staff.id
}
const someone = (login: string) => [...world.state.all('staff')].find((s) => s.login === login)

describe('a person', () => {
  it('[L1] [K3] is created with everything, and without a password', async () => {
    const manager = someone('hr')?.id
    const other = [...world.state.all('department')].find(
      (d) => d.id !== world.places.company && d.status === 'ACTIVE',
    )
    const answer = await world.hr.edit('createStaff', {
      login: 'ouyang.xiu',
      name: '欧阳修',
      typeId: world.places.staffType,
      nickname: 'Drunkard',
      title: 'Poet',
      mobile: '+86 139 0000 1234',
      email: ['ouyang@polaris.example'],
      memberships: [
        { departmentId: world.places.company, title: 'Chancellor', isLeader: true },
        { departmentId: other?.id, isMain: true, sortKey: 'b' },
      ],
      managerId: manager,
      dottedManagerIds: [someone('staff')?.id],
      leaveDate: '2031-02-28',
      metadata: [{ key: 'seat', value: 'A-1' }],
    })
    expect(answer).toMatchObject({
      __typename: 'StaffEdited',
      version: expect.any(String),
      staff: {
        login: 'ouyang.xiu',
        name: '欧阳修',
        pinyin: 'ou yang xiu',
        initials: 'oyx',
        nickname: 'Drunkard',
        title: 'Poet',
        mobile: '+86 139 0000 1234',
        email: ['ouyang@polaris.example'],
        manager: { id: manager },
        dottedManagers: [{ id: someone('staff')?.id }],
        leaveDate: '2031-02-28',
        metadata: [{ key: 'seat', value: 'A-1' }],
        roles: [],
      },
    })
    const memberships = someone('ouyang.xiu')?.memberships ?? []
    expect(memberships.find((m) => m.isMain)?.departmentId).toBe(other?.id)
    expect(memberships.find((m) => m.departmentId === world.places.company)).toMatchObject({
      title: 'Chancellor',
      isLeader: true,
    })
    const entry = await world.server.slapd.ldapsearch('(uid=ouyang.xiu)', 'userPassword')
    expect(entry).not.toContain('userPassword')
    expect(await world.server.client().tryLogin('ouyang.xiu', '')).toMatchObject({
      __typename: 'InvalidCredentials',
    })
  })

  it('is edited by one write; what is not named stays, null takes away', async () => {
    const id = await made({
      mobile: '13900001111',
      title: 'Clerk',
      email: ['a@b.example'],
      metadata: [{ key: 'seat', value: '1' }],
    })
    const version = world.server.instance.replica.version
    const answer = await world.hr.edit('updateStaff', {
      id,
      name: 'Another Name',
      nickname: 'Nick',
      mobile: null,
      metadata: [{ key: 'employeeNumber', value: 'E-7' }],
    })
    expect(answer).toMatchObject({
      staff: {
        name: 'Another Name',
        nickname: 'Nick',
        mobile: null,
        title: 'Clerk',
        email: ['a@b.example'],
        metadata: [
          { key: 'employeeNumber', value: 'E-7' },
          { key: 'seat', value: '1' },
        ],
      },
    })
    expect(world.server.instance.replica.version).toBe(version + 1)
  })

  it('[T68] keeps their id under another login, and the old one is free', async () => {
    const id = await made({ login: 'before' })
    const answer = await world.hr.edit('updateStaff', { id, login: 'after', title: 'Same' })
    expect(answer).toMatchObject({ staff: { id, login: 'after', title: 'Same' } })
    expect(await made({ login: 'before' })).not.toBe(id)
    expect(await world.hr.edit('updateStaff', { id, login: 'BEFORE' })).toMatchObject({
      __typename: 'InvalidInput',
      issues: [{ path: 'login', message: expect.stringContaining('is the login of') }],
    })
  })

  it('belongs to several departments, with one main one, and details that are not named stay', async () => {
    const id = await made()
    const [a, b] = [...world.state.all('department')].filter((d) => d.status === 'ACTIVE').slice(1, 3)
    await world.hr.edit('updateStaff', {
      id,
      memberships: [{ departmentId: a?.id, title: 'First', isLeader: true }, { departmentId: b?.id }],
    })
    const answer = await world.hr.edit('updateStaff', {
      id,
      memberships: [{ departmentId: a?.id }, { departmentId: b?.id, isMain: true }],
    })
    const memberships = new Map(world.state.get('staff', id)?.memberships.map((m) => [m.departmentId, m]))
    expect(answer.__typename).toBe('StaffEdited')
    expect(memberships.get(a?.id ?? '')).toMatchObject({ title: 'First', isLeader: true, isMain: false })
    expect(memberships.get(b?.id ?? '')).toMatchObject({ title: null, isLeader: false, isMain: true })
  })

  it('reports to nobody below them, and not to themself', async () => {
    const boss = await made()
    const clerk = await made({ managerId: boss })
    const issue = { __typename: 'InvalidInput', issues: [{ path: 'managerId' }] }
    expect(await world.hr.edit('updateStaff', { id: boss, managerId: clerk })).toMatchObject(issue)
    expect(await world.hr.edit('updateStaff', { id: boss, managerId: boss })).toMatchObject(issue)
  })

  it('[D4] [P4] disabled leaves every view and loses their sessions, enabled comes back', async () => {
    const id = someone('guest')?.id ?? ''
    const guest = new Device(await world.server.login('guest', 'dolores'))
    await guest.load()
    await guest.follow()
    const watcher = new Device(world.hr.client)
    await watcher.load()
    await watcher.follow()
    expect(await world.hr.edit('updateStaff', { id, isDisabled: true })).toMatchObject({
      staff: { status: 'DISABLED' },
    })
    expect((await watcher.next()).changes).toMatchObject([{ action: 'REMOVE', id }])
    expect((await guest.closed)?.code).toBe(4401)
    expect(await world.server.client().tryLogin('guest', 'dolores')).toMatchObject({
      __typename: 'InvalidCredentials',
    })
    await world.hr.edit('updateStaff', { id, isDisabled: false })
    expect((await watcher.next()).changes).toMatchObject([{ action: 'ADD', id }])
    await watcher.close()
  })

  it('goes to the trash with everything and comes back with everything', async () => {
    const id = await made({ mobile: '13911112222', nickname: 'Phoenix' })
    const before = world.state.get('staff', id)
    expect(await world.hr.edit('deleteStaff', { id })).toMatchObject({ staff: { status: 'TRASHED' } })
    expect(await world.hr.edit('updateStaff', { id, title: 'x' })).toMatchObject({ code: 'IN_TRASH' })
    expect(await world.hr.edit('restoreStaff', { id })).toMatchObject({ staff: { id, status: 'ACTIVE' } })
    expect(world.state.get('staff', id)).toEqual(before)
    expect(await world.hr.edit('restoreStaff', { id })).toMatchObject({ code: 'NOT_IN_TRASH' })
  })

  it('[T120] [T68] whose login somebody else has by now comes back with another one', async () => {
    const id = await made({ login: 'popular' })
    await world.hr.edit('deleteStaff', { id })
    const successor = await made({ login: 'popular' })
    expect(successor).not.toBe(id)
    expect(await world.hr.edit('restoreStaff', { id })).toMatchObject({
      __typename: 'InvalidInput',
      issues: [{ path: 'login' }],
    })
    expect(await world.hr.edit('restoreStaff', { id, login: 'popular.again' })).toMatchObject({
      staff: { id, login: 'popular.again', status: 'ACTIVE' },
    })
  })

  it('is given exactly the roles that are named', async () => {
    const id = await made()
    const role = (start: string) => [...world.state.all('role')].find((r) => r.name.startsWith(start))?.id
    await world.hr.edit('setStaffRoles', { id, roleIds: [role('Employee'), role('Insider')] })
    expect(new Set(world.state.get('staff', id)?.roleIds)).toEqual(
      new Set([role('Employee'), role('Insider')]),
    )
    expect(await world.hr.edit('setStaffRoles', { id, roleIds: [] })).toMatchObject({ staff: { roles: [] } })
    const own = { __typename: 'EditRefused', code: 'OWN_ACCOUNT' }
    expect(await world.hr.edit('deleteStaff', { id: someone('hr')?.id })).toMatchObject(own)
    expect(await world.hr.edit('updateStaff', { id: someone('hr')?.id, isDisabled: true })).toMatchObject(own)
  })
})

describe('[D8] an edit on a revision', () => {
  it('is made on what the caller has looked at, in the administration or in the directory', async () => {
    const id = await made()
    const { staff } = await world.hr.client.query('query ($id: ID!) { staff(id: $id) { revision } }', { id })
    const seen = (staff as { revision: string }).revision
    const first = await world.hr.edit('updateStaff', { id, title: 'One', ifRevision: seen })
    expect(first.__typename).toBe('StaffEdited')
    const second = await world.hr.edit('updateStaff', { id, title: 'Two', ifRevision: first.staff?.revision })
    expect(second.__typename).toBe('StaffEdited')
    const late = await world.hr.edit('updateStaff', { id, title: 'Three', ifRevision: first.staff?.revision })
    expect(late).toMatchObject({
      __typename: 'EditConflict',
      code: 'CONFLICT',
      current: { __typename: 'AdminStaff', id, revision: second.staff?.revision },
    })
    expect(world.state.get('staff', id)?.title).toBe('Two')
  })

  it('[T67] of many at once on one revision exactly one is made', async () => {
    const id = await made()
    const admin = await world.hr.admin('staff(id: $id) { revision }', { id })
    const before = admin?.['staff'] as { revision: string } | undefined
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        world.hr.edit('updateStaff', { id, title: `T${i}`, ifRevision: before?.revision }),
      ),
    )
    expect(answers.filter((a) => a.__typename === 'StaffEdited')).toHaveLength(1)
    expect(answers.filter((a) => a.__typename === 'EditConflict')).toHaveLength(7)
  })

  it('[T67] without one, edits of different fields are all made, whoever makes them', async () => {
    const id = await made()
    const dn = /^dn: (.*)$/m.exec(await world.server.slapd.ldapsearch(`(entryUUID=${id})`, '1.1'))?.[1] ?? ''
    await Promise.all([
      world.hr.edit('updateStaff', { id, title: 'Title' }),
      world.hr.edit('updateStaff', { id, nickname: 'Nick' }),
      world.hr.edit('updateStaff', { id, mobile: '13912345678' }),
      world.server.slapd.ldapmodify(
        `dn: ${dn}\nchangetype: modify\nreplace: dlrPinyin\ndlrPinyin: by hand\n`,
      ),
    ])
    await world.server.until(() => world.state.get('staff', id)?.pinyin === 'by hand')
    expect(world.state.get('staff', id)).toMatchObject({
      title: 'Title',
      nickname: 'Nick',
      mobile: '13912345678',
    })
  })
})

describe('[T77] an idempotency key', () => {
  it('gives the first answer again, edits nothing twice, and is refused for another input', async () => {
    const input = { ...person(), idempotencyKey: 'a key of mine' }
    const [one, two, three] = await Promise.all([
      world.hr.edit('createStaff', input),
      world.hr.edit('createStaff', input),
      world.hr.edit('createStaff', input),
    ])
    expect(new Set([idOf(one), idOf(two), idOf(three)]).size).toBe(1)
    expect(idOf(await world.hr.edit('createStaff', input))).toBe(idOf(one))
    expect(await world.hr.edit('createStaff', { ...input, name: 'Somebody else' })).toMatchObject({
      code: 'KEY_REUSED',
    })
    expect(
      await world.hr.edit('updateStaff', { id: idOf(one), idempotencyKey: 'a key of mine' }),
    ).toMatchObject({
      code: 'KEY_REUSED',
    })
  })

  it('of somebody else is another key; a refused edit leaves none', async () => {
    const boss = await world.as('hr')
    const refused = { ...person({ login: 'hr' }), idempotencyKey: 'refused' }
    expect(await boss.edit('createStaff', refused)).toMatchObject({ __typename: 'InvalidInput' })
    expect(await boss.edit('createStaff', { ...person(), idempotencyKey: 'refused' })).toMatchObject({
      __typename: 'StaffEdited',
    })
    expect(await boss.edit('createStaff', { ...person(), idempotencyKey: '' })).toMatchObject({
      issues: [{ path: 'idempotencyKey' }],
    })
  })
})
