import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EditWorld, startEditWorld } from '../edit/world.ts'
import { auditOf, type LoggedRecord } from './log.ts'

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())

let serial = 0
async function department(name = `Audited ${++serial}`, parentId = world.places.company): Promise<string> {
  const made = await world.hr.edit('createDepartment', {
    name,
    typeId: world.places.departmentType,
    parentId,
  })
  return made.department?.id ?? ''
}
async function person(input: Record<string, unknown> = {}): Promise<string> {
  const made = await world.hr.edit('createStaff', {
    login: `audited${++serial}`,
    name: `Audited ${serial}`,
    typeId: world.places.staffType,
    memberships: [{ departmentId: world.places.company }],
    ...input,
  })
  return made.staff?.id ?? ''
}

/** The newest record about a subject. */
async function last(subjectId: string): Promise<LoggedRecord> {
  const [record] = (await auditOf(world.server.database)).filter((r) => r.subjectId === subjectId).slice(-1)
  if (!record) throw new Error('there is no record')
  return record
}
/** Of one entry of a record: field, before, after. */
function fieldsIn(record: LoggedRecord, id: string): Record<string, [string[] | null, string[]]> {
  const change = record.changes.find((one) => one.id === id)
  return Object.fromEntries((change?.fields ?? []).map((f) => [f.field, [f.before, f.after]]))
}

describe('[10] the audit log of edits', () => {
  it('tells who made a department, from where, when and as what', async () => {
    const id = await department('Told')
    const record = await last(id)
    const hr = [...world.state.all('staff')].find((s) => s.login === 'hr')
    expect(record).toMatchObject({
      action: 'department.create',
      outcome: 'DONE',
      source: 'API',
      actorId: hr?.id,
      actorLogin: 'hr',
      onBehalfOf: null,
      batchId: null,
      subjectKind: 'department',
      subjectLabel: 'Told',
      address: '127.0.0.1',
      requestId: expect.stringMatching(/./),
      editId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(fieldsIn(record, id)).toMatchObject({
      name: [[], ['Told']],
      type: [[], [world.places.departmentType]],
      parent: [[], [world.places.company]],
    })
  })

  it('tells before and after of each field that an edit of a department changes, and no other', async () => {
    const id = await department('Before')
    await world.hr.edit('updateDepartment', { id, name: 'After', description: 'Now with one' })
    expect(fieldsIn(await last(id), id)).toEqual({
      name: [['Before'], ['After']],
      description: [[], ['Now with one']],
    })
  })

  it('tells from where to where a department was moved, and what its order became', async () => {
    const [id, target] = [await department(), await department()]
    await world.hr.edit('moveDepartment', { id, parentId: target })
    expect(fieldsIn(await last(id), id)).toMatchObject({ parent: [[world.places.company], [target]] })
  })

  it('tells of everybody that a deleted department takes along or sends elsewhere, in one record', async () => {
    const [id, other] = [await department('Going'), await department()]
    const only = await person({ memberships: [{ departmentId: id }] })
    const both = await person({ memberships: [{ departmentId: id }, { departmentId: other }] })
    await world.hr.edit('deleteDepartment', { id, contents: 'TRASH' })
    const record = await last(id)
    expect(record.action).toBe('department.delete')
    expect(fieldsIn(record, id)).toMatchObject({ status: [['ACTIVE'], ['TRASHED']] })
    expect(fieldsIn(record, only)).toMatchObject({ status: [['ACTIVE'], ['TRASHED']] })
    const [before, after] = fieldsIn(record, both)['memberships'] ?? []
    expect([before?.length, after?.length]).toEqual([2, 1])
    expect(new Set(record.changes.map((change) => change.id))).toEqual(new Set([id, only, both]))
    await world.hr.edit('restoreDepartment', { id })
    expect(fieldsIn(await last(id), id)).toMatchObject({ status: [['TRASHED'], ['ACTIVE']] })
  })

  it('tells of departments that go along with another one, and come back with it, but not of one sent elsewhere', async () => {
    const top = await department()
    const below = await department(undefined, top)
    const deep = await department(undefined, below)
    await world.hr.edit('deleteDepartment', { id: top, contents: 'TRASH' })
    const gone = await last(top)
    for (const id of [top, below, deep]) {
      expect(fieldsIn(gone, id)).toMatchObject({ status: [['ACTIVE'], ['TRASHED']] })
      expect(gone.changes.filter((change) => change.id === id)).toHaveLength(1)
    }
    await world.hr.edit('restoreDepartment', { id: top })
    const back = await last(top)
    for (const id of [top, below, deep])
      expect(fieldsIn(back, id)).toMatchObject({ status: [['TRASHED'], ['ACTIVE']] })
    await world.hr.edit('deleteDepartment', { id: top, contents: 'MOVE', moveToId: world.places.company })
    const moved = await last(top)
    expect(fieldsIn(moved, below)).toMatchObject({ parent: [[top], [world.places.company]] })
    expect(fieldsIn(moved, below)['status']).toBeUndefined()
    expect(moved.changes.some((change) => change.id === deep)).toBe(false)
  })

  it('tells what the entries were called whose ids stand in the values, whatever they are called now', async () => {
    const [first, second] = [await department('Called first'), await department('Called second')]
    const manager = await person({ name: 'Their manager' })
    const id = await person({ memberships: [{ departmentId: first }], managerId: manager, title: manager })
    await world.hr.edit('updateStaff', { id, memberships: [{ departmentId: second }] })
    await world.hr.edit('updateDepartment', { id: second, name: 'Called otherwise' })
    const [made, moved] = (await auditOf(world.server.database)).filter((r) => r.subjectId === id)
    expect(made?.changes[0]?.names).toMatchObject({ [first]: 'Called first', [manager]: 'Their manager' })
    expect(moved?.changes[0]?.names).toEqual({ [first]: 'Called first', [second]: 'Called second' })
    // Only of what a reference names: an id that somebody types as a title is no reference.
    const typed = await person({ title: first })
    expect((await last(typed)).changes[0]?.names).not.toHaveProperty(first)
  })

  it('tells what was changed of a person, their login and roles too', async () => {
    const id = await person({ title: 'Clerk' })
    await world.hr.edit('updateStaff', { id, title: 'Chief', email: ['a@example.com'], login: 'renamed' })
    expect(fieldsIn(await last(id), id)).toEqual({
      title: [['Clerk'], ['Chief']],
      email: [[], ['a@example.com']],
      login: [[expect.stringMatching(/^audited/)], ['renamed']],
    })
    const role = [...world.state.all('role')].find((one) => one.abilities.length === 0)
    await world.hr.edit('setStaffRoles', { id, roleIds: [role?.id] })
    expect(fieldsIn(await last(id), id)).toEqual({ roles: [[], [role?.id]] })
    await world.hr.edit('deleteStaff', { id })
    expect(fieldsIn(await last(id), id)).toEqual({ status: [['ACTIVE'], ['TRASHED']] })
    await world.hr.edit('restoreStaff', { id })
    expect(fieldsIn(await last(id), id)).toEqual({ status: [['TRASHED'], ['ACTIVE']] })
  })

  it('tells what a removed entry of the catalogue said', async () => {
    const made = await world.hr.edit('createRule', {
      name: 'Short-lived',
      departmentTypeIds: [world.places.departmentType],
      staffTypeIds: [],
      scope: 'ORGANISATION',
      sensitiveFields: [],
    })
    const id = made.id ?? ''
    expect(fieldsIn(await last(id), id)).toMatchObject({ name: [[], ['Short-lived']] })
    await world.hr.edit('deleteRule', { id })
    const record = await last(id)
    expect(record).toMatchObject({ action: 'rule.delete', subjectKind: 'rule', subjectLabel: 'Short-lived' })
    expect(fieldsIn(record, id)).toMatchObject({
      name: [['Short-lived'], []],
      departmentTypes: [[world.places.departmentType], []],
      scope: [['ORGANISATION'], []],
    })
  })

  it('writes one record for an edit, and none for the same key again', async () => {
    const name = `Once ${++serial}`
    const input = { name, typeId: world.places.departmentType, parentId: world.places.company }
    for (const _ of [1, 2]) await world.hr.edit('createDepartment', { ...input, idempotencyKey: name })
    const records = (await auditOf(world.server.database)).filter((r) => r.subjectLabel === name)
    expect(records).toHaveLength(1)
  })
})
