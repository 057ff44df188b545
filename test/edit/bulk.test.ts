import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Administrator, type EditWorld, startEditWorld } from './world.ts'

/** Many edits in one request: each is made or refused by itself. */
let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())

interface Item {
  readonly __typename: string
  readonly id?: string
  readonly code?: string
  readonly version?: string
}
interface Answer {
  readonly __typename: string
  readonly code?: string
  readonly madeCount?: number
  readonly batchId?: string
  readonly items?: readonly Item[]
}
const bulk = async (
  edits: readonly object[],
  more: object = {},
  by: Administrator = world.hr,
): Promise<Answer> =>
  (
    await by.client.query(
      `mutation ($input: BulkEditsInput!) { bulkEdit(input: $input) { __typename ... on Error { code }
        ... on BulkEdited { batchId madeCount items { __typename ... on Error { code } ... on BulkItemEdited { id version } } } } }`,
      { input: { edits, ...more } },
    )
  )['bulkEdit'] as Answer

let serial = 0
const created = () => ({
  createStaff: {
    login: `bulk${++serial}`,
    name: `Bulk ${serial}`,
    typeId: world.places.staffType,
    memberships: [{ departmentId: world.places.company }],
  },
})
const MISSING = '00000000-0000-4000-8000-000000000000'

describe('many edits', () => {
  it('answer each for itself, in the order in which they were asked for', async () => {
    const taken = created()
    const { items = [], madeCount } = await bulk([
      taken,
      { updateStaff: { id: MISSING, name: 'Nobody' } },
      created(),
      { updateStaff: { id: MISSING, name: '' } },
      { deleteStaff: { id: MISSING } },
    ])
    expect(items.map((i) => i.code ?? i.__typename)).toEqual([
      'BulkItemEdited',
      'NOT_FOUND',
      'BulkItemEdited',
      'INVALID_INPUT',
      'NOT_FOUND',
    ])
    expect(madeCount).toBe(2)
    expect(world.state.get('staff', items[0]?.id ?? '')?.login).toBe(taken.createStaff.login)
  })

  it('[L3] stand in the audit log under one batch', async () => {
    const { items = [], batchId } = await bulk([created(), created(), { deleteStaff: { id: MISSING } }])
    const records = await world.server.database.sql<{ subject_id: string }>(
      `SELECT subject_id FROM audit WHERE batch_id = '${batchId}' ORDER BY id`,
    )
    expect(new Set(records.map((r) => r.subject_id))).toEqual(new Set(items.flatMap((i) => i.id ?? [])))
  })

  it('move, retype, give roles to, disable and delete a hundred people at once', async () => {
    const { items = [] } = await bulk(Array.from({ length: 100 }, created))
    const ids = items.map((item) => item.id ?? '')
    const target =
      [...world.state.all('department')].find((d) => d.parentId === world.places.company)?.id ?? ''
    const type = [...world.state.all('staffType')].at(-1)?.id
    const moved = await bulk(
      ids.map((id) => ({ updateStaff: { id, typeId: type, memberships: [{ departmentId: target }] } })),
    )
    expect(moved.madeCount).toBe(100)
    expect(ids.every((id) => world.state.get('staff', id)?.memberships[0]?.departmentId === target)).toBe(
      true,
    )
    const gone = await bulk(
      ids.map((id, i) => (i % 2 ? { updateStaff: { id, isDisabled: true } } : { deleteStaff: { id } })),
    )
    expect(gone.madeCount).toBe(100)
    expect(new Set(ids.map((id) => world.state.get('staff', id)?.status))).toEqual(
      new Set(['DISABLED', 'TRASHED']),
    )
  })

  it('are made once under one key, also when they are asked for twice at the same time', async () => {
    const edits = Array.from({ length: 10 }, created)
    const [first, second] = await Promise.all([
      bulk(edits, { idempotencyKey: 'all of them' }),
      bulk(edits, { idempotencyKey: 'all of them' }),
    ])
    expect(second.items?.map((i) => i.id)).toEqual(first.items?.map((i) => i.id))
    expect(first.madeCount).toBe(10)
    expect(second.madeCount).toBe(10)
  })

  it('[T36] of a delegate reach no further than single ones', async () => {
    const role = [...world.state.all('role')].find((r) => r.name === 'Branch administrator')
    const branch = role?.abilities[0]?.departmentId ?? ''
    const holder = [...world.state.all('staff')].find(
      (s) => s.roleIds.includes(role?.id ?? '') && s.status === 'ACTIVE',
    )
    const delegate = await world.as(holder?.login ?? '')
    const inside = { createStaff: { ...created().createStaff, memberships: [{ departmentId: branch }] } }
    const { items = [] } = await bulk([created(), inside], {}, delegate)
    expect(items.map((i) => i.code ?? i.__typename)).toEqual(['NOT_FOUND', 'BulkItemEdited'])
  })

  it('are refused as a whole when they are none, too many, or not one edit each', async () => {
    const { version } = world.server.instance.replica
    for (const edits of [
      [],
      Array.from({ length: 201 }, () => ({ deleteStaff: { id: MISSING } })),
      [{}],
      [{ ...created(), deleteStaff: { id: MISSING } }],
    ])
      expect(await bulk(edits)).toMatchObject({ code: 'INVALID_INPUT' })
    expect(world.server.instance.replica.version).toBe(version)
  })
})
