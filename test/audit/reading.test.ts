import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Administration } from '../../src/access/administration.ts'
import { Authority } from '../../src/access/authority.ts'
import { AuditSight } from '../../src/audit/sight.ts'
import type { Ability } from '../../src/model/entry.ts'
import { ancestry } from '../../src/model/state.ts'
import { type Administrator, type EditWorld, startEditWorld } from '../edit/world.ts'
import { auditOf } from './log.ts'

const RECORD = `id number at action outcome reason source actorId actorLogin actorDn actor { id } onBehalfOf
  subject { kind id label } changes { kind id label fields { field before after isMasked } }
  batchId editId address userAgent requestId detail { key value }`

interface Shown {
  readonly id: string
  readonly number: string | null
  readonly action: string
  readonly outcome: string
  readonly reason: string | null
  readonly actorId: string | null
  readonly actorLogin: string | null
  readonly actor: { id: string } | null
  readonly address: string | null
  readonly subject: { kind: string | null; id: string | null; label: string | null }
  readonly changes: readonly {
    id: string
    fields: { field: string; before: string[] | null; after: string[]; isMasked: boolean }[]
  }[]
}
interface Page {
  readonly edges: readonly { cursor: string; node: Shown }[]
  readonly pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

let world: EditWorld
/** Reads the log of one branch, and of people there some fields. */
let auditor: Administrator
let auditorId: string
let branch: string
let elsewhere: string
beforeAll(async () => {
  world = await startEditWorld()
  const made = async (name: string, parentId: string) => {
    const answer = await world.hr.edit('createDepartment', {
      name,
      typeId: world.places.departmentType,
      parentId,
    })
    return answer.department?.id ?? ''
  }
  branch = await made('Audited branch', world.places.company)
  elsewhere = await made('Elsewhere', world.places.company)
  const ability = (name: string, fields: string[]) => ({
    name,
    scope: 'SUBTREE',
    departmentId: branch,
    fields,
  })
  const role = await world.hr.edit('createRole', {
    name: 'Branch auditor',
    abilities: [
      ability('audit.read', []),
      ability('staff.read', ['title', 'manager']),
      ability('department.read', []),
    ],
  })
  auditorId = [...world.state.all('staff')].find((s) => s.login === 'guest')?.id ?? ''
  await world.hr.edit('setStaffRoles', { id: auditorId, roleIds: [role.id] })
  auditor = await world.as('guest')
})
afterAll(async () => await world?.close())

async function log(by: Administrator, args = '', first = 100): Promise<Page> {
  const admin = await by.admin(
    `auditLog(first: ${first}${args}) { pageInfo { hasNextPage endCursor } edges { cursor node { ${RECORD} } } }`,
  )
  return (admin as { auditLog: Page }).auditLog
}
const records = async (by: Administrator, args = '') => (await log(by, args)).edges.map(({ node }) => node)
let serial = 0
async function person(departmentId: string, more: object = {}): Promise<string> {
  const made = await world.hr.edit('createStaff', {
    login: `read${++serial}`,
    name: `Read ${serial}`,
    typeId: world.places.staffType,
    memberships: [{ departmentId }],
    ...more,
  })
  return made.staff?.id ?? ''
}

describe('[10] reading the audit log', () => {
  it('shows everything, newest first, to whoever may read it for the organisation', async () => {
    const id = await person(branch, { title: 'Clerk', mobile: '+86 1390000' })
    const [newest] = await records(world.hr)
    expect(newest).toMatchObject({
      number: expect.stringMatching(/^\d+$/),
      action: 'staff.create',
      actorLogin: 'hr',
      address: '127.0.0.1',
      subject: { kind: 'staff', id },
    })
    const all = await auditOf(world.server.database)
    expect(newest?.number).toBe(all.at(-1)?.id)
  })

  it('goes on by its cursors without a gap, also while others write', async () => {
    const before = (await auditOf(world.server.database)).length
    let after: string | null = null
    const numbers: number[] = []
    do {
      const behind = after === null ? '' : `, after: "${after}"`
      const page: Page = await log(world.hr, `, filter: { action: "staff." }${behind}`, 3)
      numbers.push(...page.edges.map(({ node }) => Number(node.number)))
      await person(elsewhere)
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
    } while (after !== null)
    const expected = (await auditOf(world.server.database))
      .filter((r) => r.action.startsWith('staff.') && Number(r.id) <= before)
      .map((r) => Number(r.id))
    expect(numbers.filter((n) => n <= before)).toEqual(expected.toReversed())
  })

  it('finds by subject, actor, action, batch, time and words', async () => {
    const id = await person(elsewhere, { name: 'Zhang Findable' })
    const [hr] = [...world.state.all('staff')].filter((s) => s.login === 'hr')
    const [record] = await records(world.hr, `, filter: { subjectId: "${id}" }`)
    expect(record?.subject.id).toBe(id)
    const found = async (filter: string) =>
      (await records(world.hr, `, filter: { ${filter} }`)).map((r) => r.id)
    const only = `subjectId: "${id}"`
    const at = (ms: number) => new Date(Date.now() + ms).toISOString()
    for (const fits of [
      `actorId: "${hr?.id}"`,
      'action: "staff.create"',
      'action: "staff."',
      'outcome: DONE',
      'text: "zhang find"',
      'text: "HR"',
      `from: "${at(-60_000)}"`,
      `to: "${at(60_000)}"`,
    ])
      expect(await found(`${only}, ${fits}`)).toEqual([record?.id])
    for (const other of [
      `actorId: "${id}"`,
      'action: "staff"',
      'action: "department."',
      'outcome: REFUSED',
      'text: "zhang%"',
      `batchId: "${id}"`,
      `from: "${at(60_000)}"`,
      `to: "${at(-60_000)}"`,
    ])
      expect(await found(`${only}, ${other}`)).toEqual([])
    expect(await found('text: "zhang FIND"')).toEqual([record?.id])
  })

  it('finds what became of somebody in an edit of something else', async () => {
    const going = await world.hr.edit('createDepartment', {
      name: 'Going away',
      typeId: world.places.departmentType,
      parentId: elsewhere,
    })
    const id = await person(going.department?.id ?? '')
    await world.hr.edit('deleteDepartment', { id: going.department?.id, contents: 'TRASH' })
    expect((await records(world.hr, `, filter: { subjectId: "${id}" }`)).map((r) => r.action)).toEqual([
      'department.delete',
      'staff.create',
    ])
  })

  it.each([
    [`filter: { subjectId: "x" }`, 'must be an id'],
    [`filter: { actorId: "'; DROP TABLE audit" }`, 'must be an id'],
    [`filter: { text: "${'x'.repeat(101)}" }`, 'at most 100'],
    [`filter: { from: "yesterday" }`, 'RFC 3339'],
    ['after: "x"', 'not a cursor'],
    ['first: 101', 'at most 100'],
  ])('refuses %s', async (args, message) => {
    const { errors } = await world.hr.client.ask(`{ admin { auditLog(${args}) { edges { cursor } } } }`)
    expect(errors[0]?.message).toContain(message)
  })

  it('[T27] takes no cursor of somebody else or of another filter', async () => {
    await person(branch)
    const { edges } = await log(auditor)
    const mine = edges[0]?.cursor ?? ''
    for (const [who, args] of [
      [world.hr, `after: "${mine}"`],
      [auditor, `filter: { action: "staff." }, after: "${mine}"`],
    ] as const) {
      const { errors } = await who.client.ask(`{ admin { auditLog(${args}) { edges { cursor } } } }`)
      expect(errors[0]?.message).toContain('not a cursor')
    }
  })
})

describe('[V10] [T23] somebody who reads the log of a branch', () => {
  it('sees what was done to people and departments there, by whomever, and nothing else', async () => {
    const [inside, outside] = [await person(branch), await person(elsewhere)]
    const between = await person(branch, {
      memberships: [{ departmentId: branch }, { departmentId: elsewhere }],
    })
    const shown = await records(auditor)
    const subjects = new Set(shown.map((r) => r.subject.id))
    expect(subjects).toContain(inside)
    expect(subjects).toContain(branch)
    expect(subjects).not.toContain(outside)
    expect(subjects).not.toContain(between)
    for (const { subject } of shown) {
      const person = world.state.get('staff', subject.id ?? '')
      const places = person ? person.memberships.map((m) => m.departmentId) : [subject.id ?? '']
      for (const place of places)
        expect([...ancestry(world.state, place)].some(({ id }) => id === branch)).toBe(true)
    }
    for (const id of [outside, between, elsewhere])
      expect(await records(auditor, `, filter: { subjectId: "${id}" }`)).toEqual([])
  })

  it('sees of the actor no trace when the administration does not show them, also by asking for them', async () => {
    const id = await person(branch)
    const [hr] = [...world.state.all('staff')].filter((s) => s.login === 'hr')
    const { data } = await auditor.client.ask(
      `{ admin { auditLog(filter: { subjectId: "${id}" }) { edges { node { ${RECORD} } } } } }`,
    )
    const text = JSON.stringify(data)
    expect(text).toContain(id)
    for (const trace of [hr?.id ?? 'x', '"hr"', hr?.name ?? 'x', '127.0.0.1'])
      expect(text).not.toContain(trace)
    expect(await records(auditor, `, filter: { actorId: "${hr?.id}" }`)).toEqual([])
    for (const text of ['hr', hr?.name ?? 'x'])
      expect(await records(auditor, `, filter: { subjectId: "${id}", text: "${text}" }`)).toEqual([])
  })

  it('[T30] is not told how many records there are besides', async () => {
    await person(branch)
    const { edges } = await log(auditor)
    expect(edges.every(({ node }) => node.number === null)).toBe(true)
    const [row] = await world.server.database.sql<{ id: string }>('SELECT max(id)::text AS id FROM audit')
    for (const { cursor, node } of edges) {
      expect(node.id).toMatch(/^[0-9a-f]{64}$/)
      expect(Buffer.from(cursor, 'base64url').subarray(16).toString()).toBe(JSON.stringify([node.id]))
    }
    expect(Number(row?.id)).toBeGreaterThan(0)
  })

  it('sees the fields that they may see of these people now, and nobody hidden in a value', async () => {
    const [boss, far] = [await person(branch), await person(elsewhere)]
    const id = await person(branch, { title: 'Clerk', leaveDate: '2031-01-01', managerId: far })
    await world.hr.edit('updateStaff', { id, title: 'Chief', leaveDate: null, managerId: boss })
    const [update, create] = await records(auditor, `, filter: { subjectId: "${id}" }`)
    const fields = (record: Shown | undefined) =>
      Object.fromEntries((record?.changes[0]?.fields ?? []).map((f) => [f.field, [f.before, f.after]]))
    expect(fields(update)).toEqual({ title: [['Clerk'], ['Chief']], manager: [[], [boss]] })
    expect(fields(create)).toMatchObject({ manager: [[], []], name: [[], [`Read ${serial}`]] })
    expect(Object.keys(fields(create))).not.toContain('leaveDate')
    // For all to see it is.
    const [all] = await records(world.hr, `, filter: { subjectId: "${id}" }`)
    expect(fields(all)).toMatchObject({ leaveDate: [['2031-01-01'], []], manager: [[far], [boss]] })
  })

  it('sees of an edit that reached further only what is in the scope', async () => {
    const inner = await world.hr.edit('createDepartment', {
      name: 'Inner',
      typeId: world.places.departmentType,
      parentId: branch,
    })
    const id = inner.department?.id ?? ''
    const [mine, shared] = [
      await person(id, { memberships: [{ departmentId: id }, { departmentId: branch }] }),
      await person(id, { memberships: [{ departmentId: id }, { departmentId: elsewhere }] }),
    ]
    await world.hr.edit('mergeDepartment', { id, intoId: branch })
    const [merged] = await records(auditor, `, filter: { action: "department.merge" }`)
    const touched = merged?.changes.map((change) => change.id)
    expect(touched).toContain(mine)
    expect(touched).not.toContain(shared)
  })

  it('loses it with the ability', async () => {
    const holder = await person(branch)
    const { state } = world
    const sight = (abilities: readonly Ability[]) => {
      const authority = new Authority(state, holder)
      Object.defineProperty(authority, 'abilities', { value: abilities })
      return new AuditSight(new Administration(authority))
    }
    expect(sight([]).subjectIds).toEqual([])
    expect(sight([]).isAll).toBe(false)
  })

  it('is shown exactly the subjects that the authority covers, whatever the scope', () => {
    const { state } = world
    const departments = [...state.all('department')]
    for (const [i, { id }] of departments.entries()) {
      const scope = i % 2 === 0 ? 'SUBTREE' : 'OWN_SUBTREE'
      const abilities: Ability[] = [
        { name: 'audit.read', scope, departmentId: scope === 'SUBTREE' ? id : null, fields: [] },
      ]
      const viewer = [...state.all('staff')][i % 200]?.id ?? ''
      const authority = new Authority(state, viewer)
      Object.defineProperty(authority, 'abilities', { value: abilities })
      // The naive way: everybody is asked about.
      const naive = [
        ...departments.filter((d) => authority.at('audit.read', d.id).isAll),
        ...[...state.all('staff')].filter((s) => authority.over('audit.read', s).isAll),
      ].map((entry) => entry.id)
      expect([...authority.covered('audit.read')].sort()).toEqual(naive.sort())
    }
  })

  it('nobody else sees any record', async () => {
    const staff = await world.as('staff')
    const { data } = await staff.client.ask('{ admin { auditLog { edges { cursor } } } }')
    const admin = data?.['admin'] as { auditLog: object } | null
    if (admin) expect(admin.auditLog).toEqual({ edges: [] })
    else expect(admin).toBeNull()
  })
})

describe('[T36] what somebody may not do', () => {
  const refused = async () =>
    (await auditOf(world.server.database)).filter((r) => r.outcome === 'REFUSED' && r.actorId === auditorId)

  it('stands in the log with the reason, whether they were told so or that nothing is there', async () => {
    const [seen, hidden] = [await person(branch), await person(elsewhere)]
    expect(await auditor.edit('updateStaff', { id: seen, title: 'Mine' })).toMatchObject({
      __typename: 'NotPermitted',
    })
    expect(await auditor.edit('updateStaff', { id: hidden, title: 'Mine' })).toMatchObject({
      __typename: 'NotFound',
    })
    expect(await auditor.edit('updateStaff', { id: hidden.replaceAll(/[0-9]/g, '9') })).toMatchObject({
      __typename: 'NotFound',
    })
    expect(
      await auditor.edit('createDepartment', {
        name: 'Mine',
        typeId: world.places.departmentType,
        parentId: branch,
      }),
    ).toMatchObject({ __typename: 'NotPermitted' })
    await expect.poll(refused).toMatchObject([
      {
        action: 'staff.update',
        actorLogin: 'guest',
        subjectId: seen,
        reason: expect.stringMatching(/^NOT_PERMITTED: .*title/),
        address: '127.0.0.1',
        changes: [],
      },
      { action: 'staff.update', subjectId: hidden, reason: expect.stringMatching(/^NOT_FOUND: /) },
      { action: 'department.create', subjectId: branch, reason: expect.stringMatching(/^NOT_PERMITTED: /) },
    ])
  })

  it('includes accounts', async () => {
    const id = await person(elsewhere)
    for (const name of ['inviteStaff', 'endSessions'])
      await auditor.client.query(`mutation ($id: ID!) { ${name}(id: $id) { __typename } }`, { id })
    await expect
      .poll(async () => (await refused()).slice(-2))
      .toMatchObject([
        { action: 'account.invite', subjectId: id },
        { action: 'account.endSessions', subjectId: id },
      ])
  })

  it('is written so often that nobody fills the log with it, and told how often besides', async () => {
    const id = await person(branch)
    for (let i = 0; i < 40; i++) await auditor.edit('updateStaff', { id, title: 'Mine' })
    const ofThis = (await refused()).filter((r) => r.subjectId === id)
    expect(ofThis.length).toBeGreaterThan(0)
    expect((await refused()).length).toBeLessThanOrEqual(30)
  })
})
