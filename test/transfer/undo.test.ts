import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EditWorld, startEditWorld } from '../edit/world.ts'
import { operation } from '../support/device.ts'
import type { Client } from '../support/client.ts'
import { imported, undone as undoneAtOnce, type Report } from './world.ts'

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())
const personOf = (login: string) =>
  [...world.state.all('staff')].find((s) => s.login === login && s.status !== 'TRASHED')
const typeName = () => world.state.get('staffType', world.places.staffType)?.name ?? ''
const company = () => world.state.get('department', world.places.company)?.name ?? ''

/** The undo, of which it was told before what it would do, without doing anything [6]. */
async function undone(client: Client, id: string): Promise<Report> {
  const { version } = world.server.instance.replica
  const { admin } = await client.query(operation('ImportUndoPreview'), { id })
  const { undoPreview } = (admin as { import: { undoPreview: unknown } }).import
  expect(world.server.instance.replica.version).toBe(version)
  const back = await undoneAtOnce(client, id)
  const { undone: count, kept: keptCount, leftByUndo: kept } = back
  expect(undoPreview).toEqual({ undone: count, keptCount, kept, isComplete: true })
  const again = await client.query(operation('ImportUndoPreview'), { id })
  expect(again).toMatchObject({ admin: { import: { undoPreview: null } } })
  return back
}

async function goingTypeAndPlace(): Promise<{ typeId: string; place: string }> {
  const type = await world.hr.edit('createType', { appliesTo: 'STAFF', name: 'Going type' })
  const made = await world.hr.edit('createDepartment', {
    name: 'Going place',
    typeId: world.places.departmentType,
    parentId: world.places.company,
  })
  return { typeId: type.id ?? '', place: made.department?.id ?? '' }
}

describe('the undo of an import', () => {
  it('puts back what was there, byte for byte, the last edit first', async () => {
    const make = [
      `login,name,type,departments,title,manager`,
      `u1,Eins,${typeName()},${company()},One,`,
      `u2,Zwei,${typeName()},${company()},Two,u1`,
    ].join('\n')
    await imported(world.hr.client, make)
    const before = [personOf('u1'), personOf('u2')]
    const change = [
      'id,login,name,title,departments,manager,status,mobile',
      `${before[0]?.id},u1x,Un,Boss,${company()}/Fresh,,,`,
      `,u2,,Chief,,u3,DISABLED,+86 1`,
      `,u2,,Chief again,,,,`,
      `,u3,Drei,,${company()}/Fresh,,,`,
    ].join('\n')
    const o = { createDepartments: true, departmentType: world.places.departmentType, staffType: typeName() }
    const real = await imported(world.hr.client, change, o)
    expect(real.rows.map(({ action, errors }) => [action, errors.length])).toEqual([
      ['UPDATE', 0],
      ['UPDATE', 0],
      ['UPDATE', 0],
      ['CREATE', 0],
    ])
    expect(personOf('u2')).toMatchObject({
      status: 'DISABLED',
      managerId: personOf('u3')?.id,
      title: 'Chief again',
    })
    const back = await undone(world.hr.client, real.id)
    expect(back).toMatchObject({ state: 'UNDONE', kept: 0, undone: real.edits, leftByUndo: [] })
    expect([personOf('u1'), personOf('u2')]).toEqual(before)
    expect(personOf('u3')).toBeUndefined()
    expect(world.department('Fresh').status).toBe('TRASHED')
    // Once is enough.
    const audit = await world.server.database.sql<{ action: string }>(
      `SELECT action FROM audit WHERE batch_id = '${real.id}' ORDER BY id`,
    )
    const actions = audit.map(({ action }) => action)
    expect(actions.filter((action) => action === 'import.undo')).toHaveLength(1)
    expect(actions).toEqual(
      expect.arrayContaining(['staff.update', 'staff.create', 'staff.takeBack', 'staff.delete']),
    )
  })

  it('[T120] gives nobody back a type or a department that has gone since', async () => {
    const { typeId, place } = await goingTypeAndPlace()
    const make = [
      `login,name,type,departments`,
      `gone1,Eins,Going type,${company()}`,
      `gone2,Zwei,${typeName()},${company()}/Going place`,
    ].join('\n')
    await imported(world.hr.client, make)
    const change = [`login,type,departments`, `gone1,${typeName()},`, `gone2,,${company()}`].join('\n')
    const real = await imported(world.hr.client, change)
    expect(await world.hr.edit('deleteType', { id: typeId, appliesTo: 'STAFF' })).toMatchObject({
      id: typeId,
    })
    expect(await world.hr.edit('deleteDepartment', { id: place })).toMatchObject({
      department: { id: place },
    })
    const before = [personOf('gone1'), personOf('gone2')]
    const back = await undone(world.hr.client, real.id)
    expect(back.leftByUndo.map(({ errors }) => errors[0]?.code)).toEqual(['CONFLICT', 'CONFLICT'])
    expect([personOf('gone1'), personOf('gone2')]).toEqual(before)
  })

  it('leaves what was changed since, and says so; the rest is taken back', async () => {
    const file = [
      'login,name,type,departments,title',
      `k1,A,${typeName()},${company()},One`,
      `k2,B,${typeName()},${company()},One`,
    ].join('\n')
    await imported(world.hr.client, file)
    const real = await imported(world.hr.client, 'login,title\nk1,Two\nk2,Two\n')
    await world.hr.edit('updateStaff', { id: personOf('k1')?.id, title: 'Mine' })
    await world.hr.edit('updateStaff', { id: personOf('k2')?.id, nickname: 'another field' })
    const back = await undone(world.hr.client, real.id)
    expect(back).toMatchObject({ state: 'UNDONE', undone: 1, kept: 1 })
    expect(back.leftByUndo).toMatchObject([{ number: 1, label: 'k1', errors: [{ code: 'CONFLICT' }] }])
    expect(personOf('k1')?.title).toBe('Mine')
    expect(personOf('k2')).toMatchObject({ title: 'One', nickname: 'another field' })
  })

  it('leaves new people whom somebody has edited since, and says so', async () => {
    const row = (login: string) => `${login},New ${login},${typeName()},${company()},One`
    const names = ['n1', 'n2', 'n3', 'n4', 'n5']
    const real = await imported(
      world.hr.client,
      ['login,name,type,departments,title', ...names.map(row), `n4,,,,Two`].join('\n'),
    )
    const idOf = (login: string) => personOf(login)?.id
    const employee = [...world.state.all('role')].find((r) => r.abilities.length === 0)?.id
    await world.hr.edit('updateStaff', { id: idOf('n1'), mobile: '+86 1' })
    await world.hr.edit('setStaffRoles', { id: idOf('n2'), roleIds: [employee] })
    await world.hr.edit('updateStaff', { id: idOf('n3'), login: 'n3b' })
    const back = await undone(world.hr.client, real.id)
    expect(back).toMatchObject({ state: 'UNDONE', undone: 3, kept: 3 })
    expect(new Map(back.leftByUndo.map(({ label, errors }) => [label, errors[0]?.code]))).toEqual(
      new Map(['n1', 'n2', 'n3'].map((label) => [label, 'CONFLICT'])),
    )
    expect(['n1', 'n2', 'n3b'].map((login) => personOf(login)?.status)).toEqual([
      'ACTIVE',
      'ACTIVE',
      'ACTIVE',
    ])
    // Also what the import itself had changed of what it made.
    expect([personOf('n4'), personOf('n5')]).toEqual([undefined, undefined])
  })

  it('[L6] of many new people does not stop the projector', async () => {
    const rows = Array.from({ length: 90 }, (_, i) => `m${i},Many ${i},${typeName()},${company()}`)
    const real = await imported(world.hr.client, ['login,name,type,departments', ...rows].join('\n'))
    expect(real.created).toBe(90)
    expect(await undone(world.hr.client, real.id)).toMatchObject({ undone: 90, kept: 0 })
    const after = await world.hr.edit('updateStaff', { id: personOf('k1')?.id, title: 'Still here' })
    expect(after).toMatchObject({ __typename: 'StaffEdited', version: expect.any(String) })
  })
})
