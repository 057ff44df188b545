import { at } from '../support/sync-world.ts'
import { execute, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'
import { World } from './world.ts'

const ROWS = `
  fragment Rows on Delta { from to hasMore digest viewerChanged revoked { staffTypeIds }
    changes { action category id department { id revision } staff { id name revision memberships { departmentId } } }
    departmentTypes { id } staffTypes { id } fields { key appliesTo } }`

interface Page {
  version: string
  digest: string
  endCursor: string
  hasNextPage: boolean
  staff: { id: string; revision: string }[]
  departments: { id: string }[]
}

async function page(
  world: World,
  staffId: string,
  first: number,
  after: string | null = null,
): Promise<Page> {
  const query =
    'query ($n: Int, $a: String) { snapshot(first: $n, after: $a) { ... on SnapshotPage { version digest endCursor hasNextPage staff { id revision } departments { id } } } }'
  const { text, errors } = await world.ask(staffId, query, { n: first, a: after })
  expect(errors).toEqual([])
  return JSON.parse(text).data.snapshot
}

describe('live sync through the schema', () => {
  it('[S1] a snapshot page by page has the rows that queries answer, with their revisions', async () => {
    const world = new World()
    const { id } = world.person(1)
    const pages: Page[] = []
    for (let after: string | null = null; ;) {
      const next: Page = await page(world, id, 3, after)
      pages.push(next)
      if (!next.hasNextPage) break
      after = next.endCursor
    }
    expect(pages.length).toBeGreaterThan(2)
    const rows = pages.flatMap((p) => p.staff)
    const list = await world.data(id, '{ staffList(first: 100) { edges { node { id revision } } } }')
    const nodes = rows.map((node) => ({ node }))
    expect(list?.['staffList']).toEqual({ edges: expect.arrayContaining(nodes) })
    expect(rows).toHaveLength(world.view(id).staffList(null, true).length)
  })

  it('[D1] changesSince answers the difference, and Resync to what is not a cursor', async () => {
    const world = new World()
    const { id } = world.person(0)
    const { version } = await page(world, id, 1000)
    const staff = world.person(4)
    world.company.put({ ...staff, name: 'Renamed' })
    world.company.commit()
    world.catchUp()
    const query = `query ($v: Version!) { changesSince(version: $v) { __typename ...Rows ... on Resync { reason } } } ${ROWS}`
    expect(await world.data(id, query, { v: version })).toMatchObject({
      changesSince: {
        __typename: 'Delta',
        from: version,
        changes: [
          { action: 'UPDATE', category: 'STAFF', id: staff.id, department: null, staff: { name: 'Renamed' } },
        ],
        departmentTypes: null,
      },
    })
    for (const v of ['', 'x', version.slice(1), '\0', `${version}A`]) {
      expect(await world.data(id, query, { v })).toMatchObject({
        changesSince: { __typename: 'Resync', reason: 'DIVERGED' },
      })
    }
  })

  it('[K3] waitFor holds a query until this instance has the version, on any query field', async () => {
    const world = new World()
    const { id } = world.person(0)
    const { version } = await page(world, id, 1000)
    const fields = Object.values(schema.getQueryType()?.getFields() ?? {})
    const asked: Record<string, string> = {
      node: 'id: "x", ',
      nodes: 'ids: [], ',
      department: 'id: "x", ',
      staff: 'id: "x", ',
      search: 'query: "x", ',
      conversation: 'id: "x", ',
      searchMessages: 'query: "x", ',
      explainAccess: 'viewerId: "x", subjectId: "y", ',
      previewEdit: 'edit: {}, ',
      checkEdit: 'edit: {}, ',
      changesSince: `version: "${version}", `,
    }
    for (const { name } of fields) {
      world.asked.length = 0
      const query = `query ($v: Version!) { ${name}(${asked[name] ?? ''}waitFor: $v) { __typename } }`
      expect((await world.ask(id, query, { v: version })).errors).toEqual([])
      expect(world.asked[0]).toBe('waitFor')
      expect((await world.ask(id, query, { v: 'forged' })).errors[0]?.extensions).toEqual({
        code: 'BAD_USER_INPUT',
      })
    }
  })

  it('[K3] a version that does not come is UNAVAILABLE, and anonymous callers do not wait', async () => {
    const ahead = new World()
    const { id } = ahead.person(0)
    ahead.company.put({ ...ahead.person(4), name: 'Renamed' })
    ahead.company.commit()
    ahead.catchUp()
    const { version } = await page(ahead, id, 1000)
    const behind = new World()
    const query = 'query ($v: Version!) { viewer(waitFor: $v) { abilities } }'
    expect((await behind.ask(id, query, { v: version })).errors[0]?.extensions).toEqual({
      code: 'UNAVAILABLE',
    })
    expect(await behind.data(null, query, { v: version })).toEqual({ viewer: null })
    expect(behind.asked).toEqual(['waitFor', 'view'])
  })

  it('[V9] a change of grants holds from the very next answer', async () => {
    const world = new World()
    const me = world.person(0)
    const query = '{ staffList(first: 100) { totalCount } }'
    expect(await world.data(me.id, query)).not.toEqual({ staffList: { totalCount: 0 } })
    world.company.put({ ...me, roleIds: [] })
    world.company.commit()
    world.catchUp()
    expect(await world.data(me.id, query)).toEqual({ staffList: { totalCount: 0 } })
  })

  it('[D8] [K2] reports answer whether the version is one of ours', async () => {
    const world = new World()
    const { id } = world.person(0)
    const { version } = await page(world, id, 1000)
    const query =
      'mutation ($v: Version!, $d: String!) { reportDigest(version: $v, digest: $d) acknowledgePurge(version: $v) }'
    const d = '0'.repeat(32)
    expect(await world.data(id, query, { v: version, d })).toEqual({
      reportDigest: true,
      acknowledgePurge: true,
    })
    expect(await world.data(id, query, { v: 'x', d })).toEqual({
      reportDigest: false,
      acknowledgePurge: false,
    })
    expect((await world.ask(id, query, { v: version, d: 'zz' })).errors[0]?.extensions).toEqual({
      code: 'BAD_USER_INPUT',
    })
  })

  it('[P1] a subscription document runs over a result of the hub without any caller, for whole audiences at once', async () => {
    const world = new World()
    const { id } = world.person(0)
    const { version } = await page(world, id, 1000)
    const rootValue = await world.sync.changesSince(at(id), version, 10, false)
    const document = parse(
      `subscription ($v: Version!) { changes(since: $v) { __typename ...Rows } } ${ROWS}`,
    )
    const { data, errors } = await execute({ schema, document, rootValue, variableValues: { v: version } })
    expect(errors).toBeUndefined()
    expect(data).toMatchObject({ changes: { __typename: 'Delta', from: version, to: version, changes: [] } })
  })
})
