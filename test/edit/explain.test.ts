import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audienceOf } from '../../src/access/grant.ts'
import { View } from '../../src/access/view.ts'
import { schema } from '../../schema/schema.ts'
import { READABLE_AS_OTHERS } from '../../src/server/view-as.ts'
import { Client } from '../support/client.ts'
import { Wire } from '../support/wire.ts'
import { type Administrator, type EditWorld, startEditWorld } from './world.ts'

/** Who sees what and why, and looking at the directory as somebody else. */
let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())

interface Explanation {
  readonly __typename: string
  readonly code?: string
  readonly isVisible: boolean
  readonly reason: string
  readonly grants: readonly { role: { id: string }; rule: { id: string }; departments: { id: string }[] }[]
  readonly fields: readonly {
    key: string
    isVisible: boolean
    isSensitive: boolean
    rules: { id: string }[]
  }[]
}
const EXPLAIN = `query ($viewerId: ID!, $subjectId: ID!) { explainAccess(viewerId: $viewerId, subjectId: $subjectId) {
  __typename ... on Error { code } ... on AccessExplanation { isVisible reason
    grants { role { id } rule { id } departments { id } } fields { key isVisible isSensitive rules { id } } } } }`
const explain = async (
  viewerId: string,
  subjectId: string,
  by: Administrator = world.hr,
): Promise<Explanation> =>
  (await by.client.query(EXPLAIN, { viewerId, subjectId }))['explainAccess'] as Explanation
const staff = () => [...world.state.all('staff')]
const departments = () => [...world.state.all('department')]
const person = (login: string) => {
  const found = staff().find((s) => s.login === login)
  if (!found) throw new Error(`There is no ${login}`)
  return found
}
/** Every n-th, so that all sorts come up. */
const some = <T>(list: readonly T[], count: number): T[] =>
  list.filter((_, i) => i % Math.max(1, Math.floor(list.length / count)) === 0)

describe('an explanation', () => {
  it('[V9] says yes exactly where the view shows the row, by rules of roles that the viewer has', async () => {
    const reasons = new Set<string>()
    for (const viewer of some(staff(), 12)) {
      const view = new View(audienceOf(world.state, viewer.id), world.state)
      for (const subject of [...some(staff(), 10), ...some(departments(), 8)]) {
        const { isVisible, reason, grants } = await explain(viewer.id, subject.id)
        const row = subject.kind === 'staff' ? view.staff(subject.id) : view.department(subject.id)
        expect({ isVisible, isGranted: grants.length > 0, isShown: reason === 'SHOWN' }).toEqual({
          isVisible: row !== null,
          isGranted: row !== null,
          isShown: row !== null,
        })
        for (const { role, rule } of grants) {
          expect(viewer.roleIds).toContain(role.id)
          expect(world.state.get('role', role.id)?.ruleIds).toContain(rule.id)
        }
        reasons.add(reason)
      }
    }
    expect(reasons.size).toBeGreaterThan(2)
  })

  it('[V2] says of somebody without a department that this is why nobody sees them', async () => {
    const made = await world.hr.edit('createStaff', {
      login: 'nowhere',
      name: 'Nowhere',
      typeId: world.places.staffType,
    })
    const { isVisible, reason } = await explain(person('hr').id, made.staff?.id ?? '')
    expect({ isVisible, reason }).toEqual({ isVisible: false, reason: 'NO_DEPARTMENT' })
  })

  it('[V5] says of each field whether its value is on the row, and which rule grants it', async () => {
    const subject = staff().find((s) => s.mobile !== null && s.status === 'ACTIVE' && s.metadata.length > 0)
    for (const viewer of some(
      staff().filter((s) => s.status === 'ACTIVE'),
      15,
    )) {
      const row = new View(audienceOf(world.state, viewer.id), world.state).staff(subject?.id ?? '')
      const { fields } = await explain(viewer.id, subject?.id ?? '')
      const of = (key: string) => fields.find((f) => f.key === key)
      expect(of('mobile')?.isVisible).toBe(row?.mobile != null)
      for (const { key } of subject?.metadata ?? [])
        expect(of(key)?.isVisible).toBe(row?.metadata.some((m) => m.key === key) === true)
      for (const field of fields.filter((f) => f.isSensitive))
        expect(field.isVisible).toBe(field.rules.length > 0)
    }
  })

  it.each([
    ['VIEWER_INACTIVE', () => [staff().find((s) => s.status === 'DISABLED')?.id, person('hr').id]],
    ['SUBJECT_INACTIVE', () => [person('hr').id, staff().find((s) => s.status === 'DISABLED')?.id]],
    [
      'NO_RULES',
      () => [staff().find((s) => s.status === 'ACTIVE' && s.roleIds.length === 0)?.id, person('hr').id],
    ],
  ])('gives the reason %s', async (reason, pair) => {
    const [viewerId = '', subjectId = ''] = pair()
    if (viewerId === '' && reason === 'NO_RULES') {
      const id = person('staff').id
      const roleIds = person('staff').roleIds
      await world.hr.edit('setStaffRoles', { id, roleIds: [] })
      expect(await explain(id, subjectId)).toMatchObject({ isVisible: false, reason })
      await world.hr.edit('setStaffRoles', { id, roleIds })
      return
    }
    expect(await explain(viewerId, subjectId)).toMatchObject({ isVisible: false, reason })
  })

  it('[T37] is for those whom the caller administers', async () => {
    const nobody = await world.as('staff')
    expect(await explain(person('hr').id, person('staff').id, nobody)).toMatchObject({ code: 'NOT_FOUND' })
    const role = [...world.state.all('role')].find((r) => r.name === 'Branch administrator')
    const holder = staff().find((s) => s.roleIds.includes(role?.id ?? '') && s.status === 'ACTIVE')
    const delegate = await world.as(holder?.login ?? '')
    expect(await explain(person('hr').id, holder?.id ?? '', delegate)).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('[T39] looking at the directory as somebody else', () => {
  const viewAs = async (id: string, by: Administrator = world.hr) =>
    (
      await by.client.query(
        'mutation ($id: ID!) { viewAs(id: $id) { __typename ... on Error { code } ... on LookingAs { accessToken staff { id } } } }',
        { id },
      )
    )['viewAs'] as { __typename: string; code?: string; accessToken?: string }
  const looking = async (id: string): Promise<Client> => {
    const { accessToken = '' } = await viewAs(id)
    const client = new Client(world.server.url)
    client.tokens = { accessToken, refreshToken: '', expiresAt: '' }
    return client
  }
  const ALL =
    '{ viewer { staff { id mobile } sessions { id } } staffList(first: 100) { totalCount edges { node { id name mobile email } } } departments { edges { node { id name } } } }'

  it('reads exactly what they read, and not what only they read of themselves [V8]', async () => {
    const subject = person('staff')
    const own = await (await world.as('staff')).client.query(ALL)
    const client = await looking(subject.id)
    const seen = await client.query(ALL)
    expect(seen['staffList']).toEqual(own['staffList'])
    expect(seen['departments']).toEqual(own['departments'])
    const row = new View(audienceOf(world.state, subject.id), world.state).staff(subject.id)
    expect(seen['viewer']).toEqual({ staff: row && { id: row.id, mobile: row.mobile }, sessions: [] })
  })

  it('stands in the audit log with the name of whoever was looked as, as far as the reader may see them', async () => {
    const subject = person('staff')
    await viewAs(subject.id)
    const { admin } = await world.hr.client.query(
      '{ admin { auditLog(first: 1, filter: { action: "access.viewAs" }) { edges { node { onBehalfOf onBehalfOfStaff { id name } } } } } }',
    )
    const { id, name } = subject
    const node = { onBehalfOf: id, onBehalfOfStaff: { id, name } }
    expect(admin).toEqual({ auditLog: { edges: [{ node }] } })
  })

  it('reads it whole as well, exactly as they do, and follows it no further', async () => {
    const WHOLE =
      '{ snapshot(first: 10000) { ... on SnapshotPage { digest hasNextPage departments { id name } staff { id name mobile email managerId } } } }'
    const own = await (await world.as('staff')).client.query(WHOLE)
    expect(await (await looking(person('staff').id)).query(WHOLE)).toEqual(own)
    expect(own['snapshot']).toMatchObject({ hasNextPage: false })
    const everything = await world.hr.client.query(WHOLE)
    expect(everything['snapshot']).not.toEqual(own['snapshot'])
  })

  it('does nothing else: every other operation of the schema is refused, over whatever transport', async () => {
    // Somebody who may do something, so that it is the looking that is refused.
    const branch = [...world.state.all('role')].find((r) => r.name === 'Branch administrator')
    const delegate = staff().find((s) => s.roleIds.includes(branch?.id ?? '') && s.status === 'ACTIVE')
    const client = await looking(delegate?.id ?? '')
    const refused = async (text: string) => {
      const { status, errors } = await client.ask(text)
      expect([403, 400]).toContain(status)
      return errors[0]?.extensions['code']
    }
    const query = Object.keys(schema.getQueryType()?.getFields() ?? {}).filter(
      (name) => !READABLE_AS_OTHERS.has(name),
    )
    expect(query).toContain('admin')
    expect(query).toContain('changesSince')
    const { version = '' } = (
      await world.hr.client.query('{ snapshot(first: 1) { __typename ... on SnapshotPage { version } } }')
    )['snapshot'] as { version?: string }
    const complete: Record<string, string> = {
      admin: '{ admin { abilities { name } } }',
      changesSince: `{ changesSince(version: "${version}") { __typename } }`,
      checkEdit: '{ checkEdit(edit: {}) { __typename } }',
      previewEdit: '{ previewEdit(edit: {}) { __typename } }',
      explainAccess: `{ explainAccess(viewerId: "x", subjectId: "y") { __typename } }`,
      conversations: '{ conversations { id } }',
      conversation: '{ conversation(id: "x") { id } }',
      searchMessages: '{ searchMessages(query: "x") { id } }',
    }
    for (const name of query) {
      expect(complete[name], `a whole question for ${name}`).toBeDefined()
      expect(await refused(complete[name] ?? '')).toBe('FORBIDDEN')
    }
    expect(await refused('{ ... on Query { admin { abilities { name } } } }')).toBe('FORBIDDEN')
    for (const text of [
      `mutation { updateStaff(input: { id: "${person('staff').id}", nickname: "x" }) { __typename } }`,
      'mutation { updateProfile(input: { nickname: "x" }) { __typename } }',
      'mutation { logout }',
      'mutation { changePassword(current: "dolores", next: "something else") { __typename } }',
      `mutation { viewAs(id: "${person('hr').id}") { __typename } }`,
    ])
      expect(await refused(text)).toBe('FORBIDDEN')
    // Paths beside /graphql that do more than to show rows of a view.
    for (const path of [
      '/export.csv',
      '/export.json',
      '/export.ldif',
      '/audit.csv',
      '/audit.ndjson',
      '/uploads/00000000-0000-4000-8000-000000000000',
    ]) {
      // What is wrong is not that a token is missing.
      const answer = await client.get(path)
      expect([path, answer.status, await answer.text()]).toEqual([
        path,
        403,
        expect.stringContaining('as somebody else: that is for reading only'),
      ])
    }
    const upload = { method: 'POST', body: 'login,title\nhr,x\n' }
    const authorization = `Bearer ${client.tokens?.accessToken ?? ''}`
    expect(
      (await fetch(`${world.server.url}/uploads`, { ...upload, headers: { authorization } })).status,
    ).toBe(403)
    const picture = (await client.query('{ staffList(first: 1) { edges { node { avatarUrl } } } }'))[
      'staffList'
    ] as {
      edges: { node: { avatarUrl: string } }[]
    }
    expect((await client.get(picture.edges[0]?.node.avatarUrl ?? '')).status).toBe(200)
    const wire = await Wire.connect(`${world.server.url}/graphql`, client.tokens?.accessToken ?? '').catch(
      () => null,
    )
    expect((await wire?.closed)?.code ?? 4401).toBe(4401)
  })

  it('stands in the audit log under both names', async () => {
    await looking(person('staff').id)
    const rows = await world.server.database.sql(
      "SELECT to_jsonb(audit)::text AS line FROM audit WHERE action = 'access.viewAs'",
    )
    const text = JSON.stringify(rows)
    expect(text).toContain(person('hr').id)
    expect(text).toContain(person('staff').id)
  })

  it('ends at once with the session, or with the right to do it', async () => {
    const other = await world.as('hr')
    const { accessToken = '' } = await viewAs(person('staff').id, other)
    const client = new Client(world.server.url)
    client.tokens = { accessToken, refreshToken: '', expiresAt: '' }
    expect((await client.ask('{ viewer { abilities } }')).status).toBe(200)
    await other.client.query('mutation { logout }')
    await expect.poll(async () => (await client.ask('{ viewer { abilities } }')).status).toBe(401)
  })

  it('[T36] is no way around a scope: nobody looks as somebody who sees more, or as themself', async () => {
    expect(await viewAs(person('hr').id)).toMatchObject({ code: 'NOT_PERMITTED' })
    expect(await viewAs(staff().find((s) => s.status === 'DISABLED')?.id ?? '')).toMatchObject({
      code: 'NOT_PERMITTED',
    })
    expect(await viewAs(person('hr').id, await world.as('staff'))).toMatchObject({ code: 'NOT_FOUND' })
    // A delegate with a narrow view, over somebody of the branch who sees everything.
    const branch = [...world.state.all('role')].find((r) => r.name === 'Branch administrator')
    const departmentId = branch?.abilities[0]?.departmentId ?? ''
    const made = async (login: string, roleIds: string[]) => {
      const answer = await world.hr.edit('createStaff', {
        login,
        name: login,
        typeId: world.places.staffType,
        memberships: [{ departmentId }],
        roleIds,
      })
      const id = answer.staff?.id ?? ''
      await world.server.slapd.ldapmodify(
        `dn: uid=${login},ou=people,dc=dolores,dc=test\nchangetype: modify\nreplace: userPassword\nuserPassword: dolores\n`,
      )
      return id
    }
    const role = async (name: string, more: object) =>
      (await world.hr.edit('createRole', { name, ...more })).id ?? ''
    const rules = [...world.state.all('rule')].map((r) => r.id)
    const explainer = await role('Explainer', {
      abilities: [{ name: 'access.explain', scope: 'SUBTREE', departmentId, fields: ['*'] }],
      ruleIds: [],
    })
    const wide = await role('Sees everything', { ruleIds: rules })
    await made('explainer', [explainer])
    const seesAll = await made('sees.everything', [wide])
    const seesLess = await made('sees.less', [await role('Sees less', { ruleIds: [] })])
    const by = await world.as('explainer')
    expect(await viewAs(seesAll, by)).toMatchObject({ code: 'NOT_PERMITTED' })
    expect(await viewAs(seesLess, by)).toMatchObject({ __typename: 'LookingAs' })
  })
})
