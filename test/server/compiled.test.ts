import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { parse, print, separateOperations } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'
import { operations } from '../encode/documents.ts'
import { World } from '../schema/world.ts'
import { EDIT_NAMES } from '../support/edits.ts'
import { applyEdit } from '../support/histories.ts'
import { startTwins, type Twins } from './twins.ts'

const FILES = ['sync', 'fragments'].map((name) =>
  readFileSync(new URL(`../../schema/operations/${name}.graphql`, import.meta.url), 'utf8'),
)
const SDK = separateOperations(parse(FILES.join('\n')))
const sdk = (name: string) => {
  const document = SDK[name]
  if (!document) throw new Error(`The SDK has no ${name}`)
  return print(document)
}
const CHANGES =
  'query ($v: Version!, $n: Int, $w: Version) { changesSince(version: $v, first: $n, waitFor: $w) { __typename ... on Delta { from to hasMore changes { id action staff { id name mobile } } } ... on Resync { reason } } }'

const SEVERAL = 'query A { snapshot { __typename } } query B { snapshot { a: __typename } }'

const world = new World()
let twins: Twins
let since = ''
let ahead = ''

beforeAll(async () => {
  twins = await startTwins(world)
  const { id } = world.person(0)
  since = world.sync.headCursor(world.view(id).audience)
  for (const [i, op] of EDIT_NAMES.slice(0, 8).entries())
    applyEdit(world.company, { op, a: i * 7, b: i * 3, c: i })
  world.catchUp()
  const other = new World(world.company)
  other.company.put({ ...other.person(4), name: 'Later' })
  other.company.commit()
  other.catchUp()
  ahead = other.sync.headCursor(other.view(id).audience)
})
afterAll(() => twins.close())

const as = (n: number) => ({ authorization: `Bearer ${world.person(n).id}` })

/** Both answers, which must be the same; the first is the one that may be compiled. */
async function same(body: unknown, headers: Record<string, string> = as(0)) {
  const fast = await twins.fast(body, headers)
  expect(fast).toEqual(await twins.slow(body, headers))
  return fast
}

describe('a compiled answer and the answer of Yoga', () => {
  it('are the same for the documents of the SDK, and the first is compiled', async () => {
    for (const person of [0, 1, 2, 3]) {
      const mine = world.sync.headCursor(world.view(world.person(person).id).audience)
      const asked = [
        { query: sdk('ChangesSince'), variables: { version: since } },
        { query: sdk('ChangesSince'), variables: { version: mine, first: 3, compact: true } },
        { query: sdk('Snapshot'), variables: { first: 3 } },
      ]
      const before = twins.found.count
      for (const body of asked) expect((await same(body, as(person))).status).toBe(200)
      expect(twins.found.count - before).toBe(asked.length)
    }
  })

  it('are the same for any selection, variables and viewer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(operations(schema, 'changesSince'), operations(schema, 'snapshot')),
        fc.nat(11),
        fc.constantFrom(1, 2, 1000, 0, 10_001, null),
        async (asked, person, first) => {
          await same(
            { query: asked.query, variables: { version: since, first, ...asked.variables } },
            as(person),
          )
        },
      ),
      { numRuns: 40 },
    )
  }, 120_000)

  it.each<[string, Record<string, unknown>]>([
    ['no rows', { n: 0 }],
    ['too many rows', { n: 20_000 }],
    ['half a row', { n: 1.5 }],
    ['rows as text', { n: '3' }],
    ['a variable that nobody has declared', { x: 1 }],
    ['no version', { v: null }],
    ['a version that is no text', { v: 17 }],
    ['a forged version', { v: 'forged' }],
    ['a forged waitFor', { w: 'forged' }],
  ])('are the same for %s', async (_, variables) => {
    await same({ query: CHANGES, variables: { v: since, ...variables } })
  })

  it('[K3] are the same when a version does not come', async () => {
    const reply = await same({ query: CHANGES, variables: { v: since, w: ahead } })
    expect(reply.body).toContain('UNAVAILABLE')
  })

  it.each<[string, unknown]>([
    ['a missing variable', { query: CHANGES }],
    ['variables that are a list', { query: CHANGES, variables: [] }],
    ['variables that are text', { query: CHANGES, variables: 'x' }],
    ['a parameter that there is not', { query: CHANGES, id: 7 }],
    ['a key called __proto__', `{"query":${JSON.stringify(CHANGES)},"__proto__":{"a":1}}`],
    ['extensions', { query: CHANGES, variables: { v: 'x' }, extensions: { a: 1 } }],
    ['extensions that are text', { query: CHANGES, variables: { v: 'x' }, extensions: 'a' }],
    ['no query', { operationName: 'A' }],
    ['a query that is a number', { query: 7 }],
    ['several operations and no name', { query: SEVERAL }],
    ['an operation that there is not', { query: SEVERAL, operationName: 'C' }],
    ['an empty operation name', { query: CHANGES, operationName: '', variables: { v: 'x' } }],
    ['an operation name that is a number', { query: CHANGES, operationName: 7, variables: { v: 'x' } }],
    ['a subscription', { query: sdk('Changes'), variables: { since: 'x' } }],
    ['a mutation', { query: sdk('ReportDigest'), variables: { version: 'x', digest: 'y' } }],
    [
      'a batch',
      [
        { query: CHANGES, variables: { v: 'x' } },
        { query: CHANGES, variables: { v: 'y' } },
      ],
    ],
    ['a field that there is not', { query: '{ snapshot { ... on SnapshotPage { secret } } }' }],
    ['text that is no GraphQL', { query: '{ snapshot {' }],
    ['two root fields', { query: '{ a: snapshot { __typename } b: snapshot { __typename } }' }],
    ['introspection beside it', { query: '{ snapshot { __typename } __schema { queryType { name } } }' }],
    [
      'a connection beside it',
      { query: '{ snapshot { __typename } departments(first: 100) { totalCount } }' },
    ],
    [
      '[T2] too many aliases',
      { query: `{ snapshot { ${Array.from({ length: 16 }, (_, i) => `a${i}: __typename`).join(' ')} } }` },
    ],
    ['[T5] too many tokens', { query: `{ snapshot { ${'__typename '.repeat(1000)} } }` }],
    ['[T4] too many directives', { query: `{ snapshot { __typename ${'@include(if: true) '.repeat(6)} } }` }],
    ['[T8] too much in all', { query: `{ snapshot { ${'... on Resync { reason } '.repeat(300)} } }` }],
    [
      'nothing that is included',
      { query: 'query ($a: Boolean!) { snapshot @include(if: $a) { __typename } }', variables: { a: false } },
    ],
    [
      'a condition that is null',
      {
        query: 'query ($a: Boolean = true) { snapshot { __typename @include(if: $a) } }',
        variables: { a: null },
      },
    ],
  ])('are the same for %s', async (_, body) => {
    // A document is learned with the first request, known with the second.
    await same(body)
    await same(body)
  })

  it.each([
    '',
    '*/*',
    'application/json',
    'application/graphql-response+json',
    'text/html',
    'text/html, */*;q=0.1',
    'application/graphql-response+json, application/json',
    'application/json;charset=utf-16, application/graphql-response+json',
    'application/json;q=0',
    'APPLICATION/JSON',
    'application/*',
    'text/event-stream',
    'multipart/mixed',
    '*/json',
    'nonsense',
  ])('come in the same form for Accept: %s', async (accept) => {
    await same({ query: CHANGES, variables: { v: since } }, { ...as(0), accept })
    await same({ query: CHANGES, variables: { v: since, n: 0 } }, { ...as(0), accept })
  })

  it.each(['expired', 'ended', 'invalid', ''])('refuse the same tokens: %s', async (token) => {
    const reply = await same(
      { query: CHANGES, variables: { v: since } },
      { authorization: `Bearer ${token}` },
    )
    expect(reply.status).toBe(401)
  })

  it('refuse whoever is not signed in', async () => {
    const reply = await same({ query: CHANGES, variables: { v: since } }, {})
    expect(reply.body).toContain('UNAUTHENTICATED')
  })

  it('[T16] are given to the same pages', async () => {
    const body = { query: CHANGES, variables: { v: since } }
    for (const origin of ['https://people.example.com', 'https://evil.example'])
      await same(body, { ...as(0), origin })
  })

  it('[T9] [T15] are refused to the same bodies', async () => {
    await same({ query: CHANGES, pad: 'x'.repeat(1_000_000) })
    await same(JSON.stringify({ query: CHANGES }), { ...as(0), 'content-type': 'text/plain' })
    await same(JSON.stringify({ query: CHANGES }), { ...as(0), 'content-encoding': 'gzip' })
  })
})

describe('[S2] a page of whole blocks', () => {
  const body = { query: sdk('Snapshot'), variables: { first: 10_000 } }

  it('is the answer of Yoga, compressed for whoever takes gzip', async () => {
    const plain = await same(body)
    const zipped = await twins.fast(body, { ...as(0), 'accept-encoding': 'gzip' })
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(zipped.body).toBe(plain.body)
    for (const encoding of ['gzip;q=0', 'br', '*;q=0']) {
      const reply = await twins.fast(body, { ...as(0), 'accept-encoding': encoding })
      expect(reply).toEqual(plain)
    }
  })

  it('encodes each block once, and after a change only those that it touched', async () => {
    const ask = () => twins.fast(body, { ...as(0), 'accept-encoding': 'gzip' })
    await ask()
    const { encodings } = twins.keep
    const before = encodings.blocks
    await Promise.all([ask(), ask()])
    expect(encodings.blocks).toBe(before)
    world.company.put({ ...world.person(4), name: 'Renamed once more' })
    world.company.commit()
    world.catchUp()
    expect((await ask()).body).toContain('Renamed once more')
    expect(encodings.blocks).toBe(before + 1)
  })
})
