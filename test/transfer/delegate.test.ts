import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Staff } from '../../src/model/entry.ts'
import { ancestry } from '../../src/model/state.ts'
import { type Administrator, type EditWorld, startEditWorld } from '../edit/world.ts'
import { operation } from '../support/device.ts'
import { exportText, imported, plainRows, report, start, started, upload } from './world.ts'

/** Somebody who looks after one branch, and nothing else. */
let world: EditWorld
let delegate: Administrator
let me: Staff
let branch: string
beforeAll(async () => {
  world = await startEditWorld()
  const role = only([...world.state.all('role')].find((r) => r.name === 'Branch administrator'))
  branch = role.abilities[0]?.departmentId ?? ''
  me = only([...world.state.all('staff')].find((s) => s.roleIds.includes(role.id)))
  delegate = await world.as(me.login)
})
afterAll(async () => await world?.close())

function only<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the demo company has none')
  return value
}
const nameOf = (id: string) => world.state.get('department', id)?.name ?? ''
const isInside = (id: string) => [...ancestry(world.state, id)].some((d) => d.id === branch)
const people = () => [...world.state.all('staff')].filter((s) => s.status === 'ACTIVE' && s.id !== me.id)
const outside = () => people().filter((s) => s.memberships.every((m) => !isInside(m.departmentId)))
const inside = () =>
  people().filter((s) => s.memberships.length > 0 && s.memberships.every((m) => isInside(m.departmentId)))
const typeName = () => world.state.get('staffType', world.places.staffType)?.name ?? ''

describe('an import by a delegate', () => {
  it('[T36] [T29] refuses row by row what is out of the scope, and tells nothing of it', async () => {
    const hidden = only(outside()[0])
    const known = only(inside()[0])
    const version = world.server.instance.replica.version
    const file = [
      'id,login,name,type,departments,manager,title',
      `${hidden.id},,,,,,Boss`,
      `00000000-0000-4000-8000-000000000000,,,,,,Boss`,
      `,${hidden.login},X,${typeName()},${nameOf(branch)},,`,
      `,del1,X,${typeName()},${nameOf(world.places.company)},,`,
      `,del2,X,${typeName()},${world.places.company},,`,
      `,del3,X,${typeName()},,,`,
      `,del4,X,${typeName()},${nameOf(branch)},${hidden.login},`,
      `,del5,X,${typeName()},${nameOf(branch)},nobody-at-all,`,
      `${known.id},,,,${world.places.company},,`,
    ].join('\n')
    const { rows } = await imported(delegate.client, file)
    expect(
      rows.map(({ action, errors }) => [action, errors.map((e) => `${e.code} ${e.path}`).join()]),
    ).toEqual([
      ['ERROR', 'NOT_FOUND id'],
      ['ERROR', 'NOT_FOUND id'],
      ['ERROR', 'INVALID_INPUT login'],
      ['ERROR', 'NOT_FOUND departments.0'],
      ['ERROR', 'NOT_FOUND departments.0'],
      ['ERROR', 'NOT_PERMITTED '],
      ['ERROR', 'NOT_FOUND manager'],
      ['ERROR', 'NOT_FOUND manager'],
      ['ERROR', 'NOT_FOUND departments.0'],
    ])
    // What is hidden and what is not there answer alike.
    const answer = (i: number) => rows[i]?.errors.map(({ code, path, message }) => [code, path, message])
    expect(answer(0)).toEqual(answer(1))
    expect(answer(6)).toEqual(answer(7))
    expect(JSON.stringify(rows)).not.toContain(hidden.name)
    expect(rows[2]?.errors[0]?.message).toMatch(/cannot be used/)
    expect(world.server.instance.replica.version).toBe(version)
  })

  it('[T36] takes what is in the scope, and makes departments only there', async () => {
    const file = [
      'login,name,type,departments',
      `din1,One,${typeName()},${nameOf(branch)}/Imported`,
      `din2,Two,${typeName()},Elsewhere/Imported`,
    ].join('\n')
    const departmentType = world.places.departmentType
    const o = { createDepartments: true, departmentType }
    const dry = await imported(delegate.client, file, { ...o, dryRun: true })
    const { rows, edits } = await imported(delegate.client, file, o)
    expect(rows.map(({ action, errors }) => [action, errors[0]?.code])).toEqual([
      ['CREATE', undefined],
      ['ERROR', 'NOT_PERMITTED'],
    ])
    expect(edits).toBe(2)
    expect(rows[0]?.changes).toEqual([{ field: 'departments', before: [], after: ['Imported'] }])
    expect(plainRows(dry as never)).toEqual(plainRows({ rows } as never))
    expect(world.department('Imported').parentId).toBe(branch)
  })

  it('[T40] is nothing to others but those who administer everything, nor is its file', async () => {
    const uploadId = await upload(delegate.client, 'login,title\nx,y\n')
    expect(await start(world.hr.client, { uploadId })).toMatchObject({
      __typename: 'NotFound',
      path: 'uploadId',
    })
    const byHr = await started(world.hr.client, {
      uploadId: await upload(world.hr.client, 'login,title\nx,y\n'),
      dryRun: true,
    })
    const asDelegate = await delegate.client.query(operation('ImportReport'), { id: byHr })
    expect(asDelegate).toMatchObject({ admin: { import: null } })
    for (const name of ['CancelImport', 'UndoImport'])
      expect(Object.values(await delegate.client.query(operation(name), { id: byHr }))[0]).toMatchObject({
        __typename: 'NotFound',
      })
    const own = await started(delegate.client, { uploadId, dryRun: true })
    expect((await report(world.hr.client, own)).id).toBe(own)
    const list = await delegate.client.query(operation('Imports'))
    const ids = (list as { admin: { imports: { id: string }[] } }).admin.imports.map(({ id }) => id)
    expect(ids).toContain(own)
    expect(ids).not.toContain(byHr)
  })

  it('[T35] exports exactly what the administration shows', async () => {
    const text = await exportText(delegate.client, '/export.json')
    const rows: { kind: string; id: string }[] = JSON.parse(text)
    const admin = await delegate.admin('staffList(first: 100) { totalCount edges { node { id } } }')
    const { staffList } = admin as { staffList: { edges: { node: { id: string } }[] } }
    expect(
      rows
        .filter(({ kind }) => kind === 'staff')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(staffList.edges.map(({ node }) => node.id).sort())
    for (const person of outside()) expect(text).not.toContain(person.id)
    expect((await delegate.client.get(`/export.csv?departmentId=${world.places.company}`)).status).toBe(404)
    const plain = await imported(delegate.client, text, { format: 'JSON' })
    expect(plain.rows.filter(({ action }) => action !== 'UNCHANGED')).toEqual([])
  })

  it('[T35] exports only fields that the abilities cover, and the report shows no others', async () => {
    const role = await world.hr.edit('createRole', {
      name: 'Reads titles only',
      ruleIds: [],
      abilities: [{ name: 'staff.read', scope: 'ORGANISATION', fields: ['title'] }],
    })
    const reader = only(outside()[0])
    await world.hr.edit('setStaffRoles', { id: reader.id, roleIds: [role.id] })
    const client = await world.server.login(reader.login, 'dolores')
    const text = await exportText(client, '/export.csv')
    const withMobile = only(inside().find((s) => s.mobile !== null))
    expect(text).toContain(withMobile.id)
    expect(text).not.toContain(withMobile.mobile)
    expect(text).not.toContain(only(withMobile.email[0]))
    expect((await client.get('/uploads')).status).toBe(403)
  })
})
