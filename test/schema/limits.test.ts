import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/server/limits.ts'
import { World, type Answer } from './world.ts'

const world = new World()
const me = world.person(0).id

beforeEach(() => {
  world.asked.length = 0
})

/** Refused as a whole, before anything behind the schema was asked. */
function expectRefused(answer: Answer, text: RegExp | string, status = 400) {
  expect(answer.errors.map((e) => e.message).join('\n')).toMatch(text)
  expect(answer.errors.map((e) => e.extensions)).toEqual(
    answer.errors.map(() => ({ code: 'BAD_USER_INPUT' })),
  )
  expect(answer.data).toBeNull()
  expect(answer.status).toBe(status)
  expect(world.asked).toEqual([])
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const start = performance.now()
  return { result: await work(), ms: performance.now() - start }
}

const repeat = (n: number, part: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => part(i)).join(' ')

describe('an operation that is too large is refused before it runs', () => {
  it.each([
    ['fields', (n: number) => `{ ${repeat(n, (i) => `a${i}: viewer { abilities }`)} }`],
    ['__typename', (n: number) => `{ ${repeat(n, (i) => `a${i}: __typename`)} }`],
    ['fragments', (n: number) => `{ ...F } fragment F on Query { ${repeat(n, (i) => `a${i}: __typename`)} }`],
  ])('[T1] an alias flood over %s', async (_, query) => {
    await world.ask(me, '{ viewer { abilities } }')
    world.asked.length = 0
    expectRefused(await world.ask(me, query(100)), 'at most 15 aliases')
    // Nothing of it was asked of anybody.
    expect(world.asked).toEqual([])
    expect((await world.ask(me, query(15))).errors).toEqual([])
  })

  const dive = (hops: number) =>
    `{ departments(first: 1) { edges { node { ${repeat(hops, () => 'parent {')} id ${'}'.repeat(hops)} } } } }`
  const bomb = (levels: number): string =>
    levels === 0
      ? 'id'
      : `memberships { department { members(first: 1) { edges { node { staff { ${bomb(levels - 1)} } } } } } }`

  it('[T2] a depth bomb department, staff, department of 12 levels', async () => {
    expectRefused(await world.ask(me, `{ viewer { staff { ${bomb(2)} } } }`), 'depth of at most 10')
  })

  it('[T2] whatever is deeper than the limit never runs, also through fragments', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.boolean(), async (hops, inFragment) => {
        world.asked.length = 0
        const depth = 4 + hops
        const query = inFragment
          ? `{ departments(first: 1) { edges { node { ...F } } } } fragment F on Department { ${repeat(hops, () => 'parent {')} id ${'}'.repeat(hops)} }`
          : dive(hops)
        const answer = await world.ask(me, query)
        if (depth > LIMITS.depth) expectRefused(answer, 'depth')
        else expect(answer.errors).toEqual([])
      }),
    )
  })

  it('[T3] a fragment cycle', async () => {
    const query =
      '{ viewer { staff { ...A } } } fragment A on Staff { manager { ...B } } fragment B on Staff { manager { ...A } }'
    const { result, ms } = await timed(() => world.ask(me, query))
    expectRefused(result, 'Cannot spread fragment')
    expect(ms).toBeLessThan(500)
  })

  it('[T4] an overload of directives, known or not', async () => {
    expectRefused(await world.ask(me, `{ viewer { abilities ${repeat(10, () => '@a')} } }`), 'directives')
    const query = `{ viewer { ${repeat(6, (i) => `a${i}: abilities @include(if: true)`)} } }`
    expectRefused(await world.ask(me, query), 'at most 5 directives')
  })

  it('[T5] field duplication is cheap, and twice as much is refused', async () => {
    const { result, ms } = await timed(() =>
      world.ask(me, `{ viewer { ${repeat(500, () => 'abilities')} } }`),
    )
    expect(result.status).toBeLessThan(500)
    expect(ms).toBeLessThan(200)
    expectRefused(await world.ask(me, `{ viewer { ${repeat(1000, () => 'abilities')} } }`), 'token')
  })

  it('[T9] a document that is long without having many tokens', async () => {
    const padded = (length: number) => `{ __typename } #${'x'.repeat(length)}`
    expectRefused(await world.ask(me, padded(LIMITS.characters)), 'at most 32768')
    expect((await world.ask(me, padded(LIMITS.characters - 100))).status).toBe(200)
  })

  it('[T5] a bomb of fragments that spread each other is refused by what they spread to', async () => {
    const layers = repeat(
      12,
      (i) => `fragment F${i} on Viewer { ...F${i + 1} ... on Viewer { ...F${i + 1} } }`,
    )
    const query = `{ viewer { ...F0 } } ${layers} fragment F12 on Viewer { abilities }`
    const { result, ms } = await timed(() => world.ask(me, query))
    expectRefused(result, 'too large')
    expect(ms).toBeLessThan(500)
  })

  it('[T8] pages of 100 nested three times, also when the numbers come in variables', async () => {
    const nested = (first: string) =>
      `departments(first: ${first}) { edges { node { children(first: ${first}) { edges { node { id memberCount } } } } } }`
    expectRefused(await world.ask(me, `{ ${nested('100')} }`), 'its cost is')
    expectRefused(await world.ask(me, `query ($n: Int) { ${nested('$n')} }`, { n: 100 }), 'its cost is')
    const { errors } = await world.ask(me, `query ($n: Int) { ${nested('$n')} }`, { n: 20 })
    expect(errors).toEqual([])
  })

  it('[T8] nested lists without `first` cost what a page has', async () => {
    const lists =
      '{ departments { edges { node { children { edges { node { members { totalCount } id } } } } } } }'
    expect((await world.ask(me, lists)).errors).toEqual([])
    world.asked.length = 0
    const ids = Array.from({ length: 100 }, () => me)
    const nodes =
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Department { members { edges { node { title sortKey isMain } } } } } }'
    expectRefused(await world.ask(me, nodes, { ids }), 'its cost is')
  })

  it('[T21] @defer, @stream, several operations without a name, and a name that is not there', async () => {
    expectRefused(
      await world.ask(me, '{ viewer { ... @defer { abilities } } }'),
      'Unknown directive "@defer"',
    )
    expectRefused(await world.ask(me, '{ viewer { abilities @stream } }'), 'Unknown directive "@stream"')
    expectRefused(await world.ask(me, 'query A { viewer { abilities } } query B { __typename }'), 'operation')
    const query = 'query A { viewer { abilities } }'
    expectRefused(await world.send(me, { query, operationName: 'C' }), 'operation')
  })

  it('[T21] a subscription in a batch', async () => {
    const query = 'subscription { changes(since: "x") { __typename } }'
    const { text } = await world.send(me, [{ query: '{ __typename }' }, { query }])
    expect(text).toContain('"data":{"__typename":"Query"}')
    expect(text).toContain('"code":"BAD_USER_INPUT"')
    expect(text).not.toContain('Resync')
  })

  it('[T6] a batch of 10', async () => {
    const { status, text } = await world.send(
      me,
      Array.from({ length: 10 }, () => ({ query: '{ __typename }' })),
    )
    expect(status).toBe(413)
    expect(text).not.toContain('"data":{')
  })
})

describe('[T7] a page', () => {
  const wrong = [
    ['departments(first: -1) { totalCount }', 'first must not be negative'],
    ['departments(first: 101) { totalCount }', 'first must be at most 100'],
    ['departments(first: 1000000000) { totalCount }', 'first must be at most 100'],
    ['departments(first: 1000000000000) { totalCount }', 'non 32-bit signed integer'],
    ['departments(first: 1.5) { totalCount }', 'Int cannot represent'],
    ['departments(first: 1, last: 1) { totalCount }', 'Unknown argument "last"'],
    ['departments(after: "AAAA") { totalCount }', 'after is not a cursor'],
    ['departments(after: "") { totalCount }', 'after is not a cursor'],
    ['staffList(first: -1) { totalCount }', 'first must not be negative'],
    ['search(query: "p", first: -1) { __typename }', 'first must not be negative'],
    ['search(query: "p", first: 101) { __typename }', 'first must be at most 100'],
    ['changesSince(version: "x", first: 0) { __typename }', 'first must be at least 1'],
    ['snapshot(first: 1000000000) { __typename }', 'first must be at most 10000'],
    ['viewer { departments { children(first: -1) { totalCount } } }', 'first must not be negative'],
  ]
  it.each(wrong)('%s is an error', async (field, message) => {
    const { errors } = await world.ask(me, `{ ${field} }`)
    expect(errors.length).toBeGreaterThan(0)
    expect(errors[0]?.message).toContain(message)
    expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' })
  })

  it('has 20 edges when nobody says, and none when 0 are asked for', async () => {
    const big = new World()
    for (let i = 0; i < 30; i++) {
      const department = big.company.of('department')[0]
      if (department) big.company.put({ ...department, id: big.company.id('department'), parentId: null })
    }
    big.company.commit()
    big.catchUp()
    const query =
      'query ($n: Int) { departments(first: $n) { edges { node { id } } pageInfo { hasNextPage endCursor } } }'
    const { departments } = (await big.data(me, query)) ?? {}
    expect(departments).toMatchObject({
      edges: Array.from({ length: 20 }, () => ({})),
      pageInfo: { hasNextPage: true },
    })
    const none = { departments: { edges: [], pageInfo: { hasNextPage: true, endCursor: null } } }
    expect(await big.data(me, query, { n: 0 })).toEqual(none)
  })
})

describe('[T11] introspection', () => {
  const queries = [
    '{ __schema { types { fields { name } } } }',
    '{ __type(name: "Staff") { fields { name } } }',
  ]

  it.each(queries)(
    '%s is refused to anonymous callers, also after somebody else was answered',
    async (query) => {
      expect((await world.ask(me, query)).text).toContain('avatarUrl')
      for (let i = 0; i < 2; i++) {
        const { text, status, errors } = await world.ask(null, query)
        expect(status).toBe(401)
        expect(errors[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED' })
        expect(text).not.toContain('avatarUrl')
      }
      expect((await world.ask(me, query)).errors).toEqual([])
    },
  )

  it('leaves __typename to everybody', async () => {
    expect(await world.data(null, '{ __typename viewer { __typename } }')).toEqual({
      __typename: 'Query',
      viewer: null,
    })
  })
})

describe('[T12] suggestions', () => {
  const misspelt = [
    ['a field', '{ viewer { staff { mobil } } }'],
    ['a field on another type', '{ node(id: "x") { mobile } }'],
    ['an argument', '{ departments(frist: 1) { totalCount } }'],
    ['a type', '{ node(id: "x") { ... on Staf { id } } }'],
    ['an input field', 'mutation { login(input: { loginn: "a", password: "b" }) { __typename } }'],
    ['a field of a mutation', 'mutation { logot }'],
  ]
  it.each(misspelt)('are hidden for %s, cached or not', async (_, query) => {
    for (let i = 0; i < 2; i++) {
      const { errors } = await world.ask(me, query)
      expect(errors.length).toBeGreaterThan(0)
      for (const { message, extensions } of errors) {
        expect(message).not.toContain('Did you mean')
        expect(extensions).toEqual({ code: 'BAD_USER_INPUT' })
      }
      expect(errors.some(({ message }) => message.endsWith('[Suggestion hidden]'))).toBe(true)
    }
  })

  it('are hidden in variables, which are read after validation', async () => {
    const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
    const { errors, text } = await world.ask(null, query, {
      input: { login: 'a', password: 'b', passwrd: 'c' },
    })
    expect(errors[0]?.message).toContain('[Suggestion hidden]')
    expect(text).not.toContain('Did you mean')
  })
})

describe('[T18] [T19] text from outside', () => {
  const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
  const odd = ['\0', '\ud800', 'x\0y', 'a\udc00']

  it.each(odd)('%j is refused where it is compared, without a failure of ours', async (text) => {
    const { errors } = await world.ask(null, login, { input: { login: text, password: 'x' } })
    expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' })
    expect(errors[0]?.message).toContain('NUL or half of a character')
    const query = 'query ($q: String!, $id: ID!) { search(query: $q) { __typename } node(id: $id) { id } }'
    expect(await world.data(me, query, { q: text, id: text })).toMatchObject({ node: null })
  })

  it('[T92] a long login, password or search is refused at once', async () => {
    const long = 'x'.repeat(100_000)
    const search = 'query ($q: String!) { search(query: $q) { __typename } }'
    const refused = [
      world.ask(null, login, { input: { login: long, password: 'x' } }),
      world.ask(null, login, { input: { login: 'x', password: '语'.repeat(128) + '语'.repeat(50) } }),
      world.ask(null, login, { input: { login: 'x', password: '🗝'.repeat(64) + '🗝'.repeat(80) } }),
      world.ask(me, search, { q: long }),
    ]
    for (const { errors } of await Promise.all(refused))
      expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' })
  })

  it('keys such as __proto__ in variables change nothing', async () => {
    const body = JSON.parse(
      '{"query":"{ __typename }","variables":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
    )
    expect((await world.send(me, body)).errors).toEqual([])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})
