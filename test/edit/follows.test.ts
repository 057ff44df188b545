import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'
import type { Delta, SnapshotPage } from '../../web/sdk/contract.ts'
import type { Copy } from '../../web/sdk/copy.ts'
import { applyPages, copyOf } from '../support/apply.ts'
import type { Client } from '../support/client.ts'
import { operation } from '../support/device.ts'
import { jpegOf } from '../support/photos.ts'
import { type EditWorld, startEditWorld } from './world.ts'

/** Whatever is edited through the API: everybody's stale copy and what they are told make what a fresh snapshot shows. */
let world: EditWorld
let viewers: Client[]
beforeAll(async () => {
  world = await startEditWorld()
  const delegate = [...world.state.all('staff')].find(
    (s) => s.status === 'ACTIVE' && s.roleIds.includes(role('Branch administrator').id),
  )
  viewers = await Promise.all(
    ['hr', 'staff', 'guest', delegate?.login ?? ''].map((login) => world.server.login(login, 'dolores')),
  )
})
afterAll(async () => await world?.close())

function role(start: string) {
  const found = [...world.state.all('role')].find(({ name }) => name.startsWith(start))
  if (!found) throw new Error(`There is no role ${start}`)
  return found
}
async function snapshot(client: Client, waitFor: string | null): Promise<Copy> {
  const pages: SnapshotPage[] = []
  for (let after: string | null = null; ;) {
    const { snapshot: page } = (await client.query(operation('Snapshot'), {
      first: 100,
      after,
      waitFor,
    })) as {
      snapshot: SnapshotPage
    }
    pages.push(page)
    if (!page.hasNextPage) return copyOf(pages)
    after = page.endCursor
  }
}
async function deltas(client: Client, version: string, waitFor: string | null): Promise<Delta[]> {
  const { changesSince } = (await client.query(operation('ChangesSince'), {
    version,
    waitFor,
    first: 10_000,
  })) as {
    changesSince: Delta
  }
  expect(changesSince).toMatchObject({ __typename: 'Delta', hasMore: false })
  return [changesSince]
}
const contentOf = ({ departments, staff, departmentTypes, staffTypes, fields }: Copy) => ({
  departments: new Map(departments),
  staff: new Map(staff),
  departmentTypes,
  staffTypes,
  fields,
})

/** Mutations in an order in which each has what it needs; ids of what was made before by name. */
const made = new Map<string, string>()
const id = (name: string) => made.get(name) ?? ''
const STEPS: readonly (readonly [string, string, () => object | Promise<object>])[] = [
  ['createType', 'type', () => ({ appliesTo: 'STAFF', name: 'Temporary' })],
  ['updateType', '', () => ({ id: id('type'), appliesTo: 'STAFF', name: 'Temp' })],
  [
    'createField',
    'field',
    () => ({ appliesTo: 'STAFF', key: 'locker', label: 'Locker', isSensitive: false }),
  ],
  [
    'createRule',
    'rule',
    () => ({ name: 'Temps', departmentTypeIds: [world.places.departmentType], staffTypeIds: [id('type')] }),
  ],
  ['createRole', 'role', () => ({ name: 'Sees temps', ruleIds: [id('rule')] })],
  ['updateRole', '', () => ({ id: role('Employee').id, ruleIds: [...role('Employee').ruleIds, id('rule')] })],
  [
    'createDepartment',
    'department',
    () => ({ name: 'New', parentId: world.places.company, typeId: world.places.departmentType }),
  ],
  [
    'createDepartment',
    'other',
    () => ({ name: 'Other', parentId: world.places.company, typeId: world.places.departmentType }),
  ],
  [
    'createStaff',
    'person',
    () => ({
      login: 'temp',
      name: 'Temp Person',
      typeId: id('type'),
      memberships: [{ departmentId: id('department') }],
      metadata: [{ key: 'locker', value: '12' }],
    }),
  ],
  ['updateField', '', () => ({ id: id('field'), isSensitive: true })],
  ['updateRule', '', () => ({ id: id('rule'), sensitiveFields: ['locker'] })],
  ['updateStaff', '', () => ({ id: id('person'), title: 'Helper', typeId: world.places.staffType })],
  ['setStaffPhoto', '', async () => ({ id: id('person'), photo: (await jpegOf(40, 40)).toString('base64') })],
  ['setStaffRoles', '', () => ({ id: id('person'), roleIds: [id('role')] })],
  ['setDepartmentLeaders', '', () => ({ id: id('department'), staffIds: [id('person')] })],
  ['updateDepartment', '', () => ({ id: id('department'), name: 'Newer', description: 'Something' })],
  ['moveDepartment', '', () => ({ id: id('department'), parentId: id('other') })],
  ['deleteStaff', '', () => ({ id: id('person') })],
  ['restoreStaff', '', () => ({ id: id('person') })],
  ['deleteDepartment', '', () => ({ id: id('department'), contents: 'TRASH' })],
  ['restoreDepartment', '', () => ({ id: id('department') })],
  ['mergeDepartment', '', () => ({ id: id('department'), intoId: id('other') })],
  ['setStaffRoles', '', () => ({ id: id('person'), roleIds: [] })],
  [
    'updateRole',
    '',
    () => ({ id: role('Employee').id, ruleIds: role('Employee').ruleIds.filter((r) => r !== id('rule')) }),
  ],
  ['deleteRole', '', () => ({ id: id('role') })],
  ['deleteRule', '', () => ({ id: id('rule') })],
  ['updateStaff', '', () => ({ id: id('person'), metadata: [{ key: 'locker', value: null }] })],
  ['deleteField', '', () => ({ id: id('field') })],
  ['deleteType', '', () => ({ id: id('type'), appliesTo: 'STAFF' })],
]
/** Those that edit no entry, or are made of the others. */
const ELSEWHERE = new Set([
  ...'login refreshSession logout revokeSession acknowledgePurge reportDigest'.split(' '),
  ...'inviteStaff acceptInvitation changePassword endSessions viewAs'.split(' '),
  ...'updateProfile bulkEdit startImport cancelImport undoImport'.split(' '),
  ...'createIntegration updateIntegration deleteIntegration'.split(' '),
  ...'createIntegrationToken rotateIntegrationToken revokeIntegrationToken'.split(' '),
  ...'openConversation createGroup updateGroup leaveGroup sendMessage recallMessage markConversation'.split(
    ' ',
  ),
  ...'createWebhook updateWebhook rotateWebhookSecret redeliverWebhook testWebhook deleteWebhook'.split(' '),
])

describe('[D1] [D8] [K3] [I1] copies follow every edit of the API', () => {
  it.each(STEPS.map((step, i) => [step[0], i, step] as const))('%s (%i)', async (_, _i, [name, as, make]) => {
    const stale = await Promise.all(viewers.map((client) => snapshot(client, null)))
    const answer = await world.hr.edit(name, { ...(await make()) })
    expect(answer.__typename, JSON.stringify(answer)).toMatch(/Edited$/)
    const { version } = answer
    if (as !== '') made.set(as, answer.department?.id ?? answer.staff?.id ?? answer.id ?? '')
    expect(version).toEqual(expect.any(String))
    for (const [i, client] of viewers.entries()) {
      const copy = stale[i]
      if (!copy) continue
      applyPages(copy, await deltas(client, copy.cursor, version ?? null))
      const fresh = await snapshot(client, version ?? null)
      expect(contentOf(copy)).toEqual(contentOf(fresh))
      expect(copy.cursor).toBe(fresh.cursor)
    }
  })

  it('and every mutation is among them', () => {
    const known = new Set(STEPS.map(([name]) => name))
    const all = Object.keys(schema.getMutationType()?.getFields() ?? {})
    expect(all.filter((name) => !known.has(name) && !ELSEWHERE.has(name))).toEqual([])
  })
})
