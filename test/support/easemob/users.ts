import { z } from 'zod'
import { fieldsSchema, numberOf, Refusal, textIn, textsIn, type Fields } from './answer.ts'
import type { Asked, Endpoint } from './endpoint.ts'
import { addUser, entityOf, legalName, userOf, type World } from './world.ts'

const MOST = 60

/** Accounts and what belongs to them (design/easemob.md, 2). */
export const USER_ENDPOINTS: readonly Endpoint[] = [
  { method: 'POST', path: '/users', family: 'users', isOpen: true, handle: register },
  {
    method: 'GET',
    path: '/users',
    family: 'users',
    handle: ({ world, query }) => {
      const limit = numberOf(query, 'limit', 10, 100)
      const all = [...world.users.values()]
      const from = Number(query.get('cursor') ?? 0)
      const page = all.slice(from, from + limit)
      const next = from + limit
      return {
        path: '/users',
        params: { limit: [String(limit)] },
        entities: page.map(entityOf),
        count: page.length,
        ...(next < all.length ? { cursor: String(next) } : {}),
      }
    },
  },
  {
    method: 'GET',
    path: '/users/:u',
    family: 'users',
    handle: (asked) => ({ path: '/users', entities: [entityOf(named(asked))], count: 1 }),
  },
  {
    method: 'DELETE',
    path: '/users/:u',
    family: 'users',
    handle: (asked) => {
      const { world } = asked
      const user = named(asked)
      world.users.delete(user.username)
      // Every group that it owns goes with it.
      for (const group of world.groups.values()) {
        group.members.delete(user.username)
        if (group.owner === user.username) world.groups.delete(group.id)
      }
      return { action: 'delete', path: '/users', entities: [entityOf(user)] }
    },
  },
  {
    method: 'PUT',
    path: '/users/:u/password',
    family: 'users',
    isBare: true,
    handle: (asked) => {
      named(asked).password = textIn(asked.fields, 'newpassword')
      return { action: 'set user password' }
    },
  },
  {
    method: 'POST',
    path: '/users/:u/deactivate',
    family: 'users',
    handle: (asked) => {
      const user = named(asked)
      user.activated = false
      user.kicks++
      return { action: 'Deactivate user', entities: [entityOf(user)] }
    },
  },
  {
    method: 'POST',
    path: '/users/:u/activate',
    family: 'users',
    isBare: true,
    handle: (asked) => {
      named(asked).activated = true
      return { action: 'activate user' }
    },
  },
  {
    method: 'GET',
    path: '/users/:u/disconnect',
    family: 'users',
    handle: (asked) => {
      named(asked).kicks++
      return { data: { result: true } }
    },
  },
  {
    method: 'POST',
    path: '/users/:u/blocks/users',
    family: 'blocks',
    handle: (asked) => {
      const { blocks } = named(asked)
      const names = textsIn(asked.fields, 'usernames') ?? []
      if (names.length > 50) throw new Refusal(400, 'illegal_argument', 'usernames size is more than 50')
      if (blocks.size + names.length > 500) throw new Refusal(403, 'exceed_limit', 'blocklist is full')
      for (const name of names) blocks.add(userOf(asked.world, name, notFound).username)
      return { data: names }
    },
  },
  {
    method: 'GET',
    path: '/users/:u/blocks/users',
    family: 'blocks',
    handle: (asked) => {
      const all = [...named(asked).blocks]
      const from = Number(asked.query.get('cursor') ?? 0)
      const next = from + numberOf(asked.query, 'pageSize', 10, 50)
      const data = all.slice(from, next)
      return { data, count: data.length, ...(next < all.length ? { cursor: String(next) } : {}) }
    },
  },
  {
    method: 'DELETE',
    path: '/users/:u/blocks/users/:blocked',
    family: 'blocks',
    handle: (asked) => {
      const blocked = userOf(asked.world, asked.at('blocked'), notFound)
      named(asked).blocks.delete(blocked.username)
      return { entities: [entityOf(blocked)] }
    },
  },
  {
    method: 'PUT',
    path: '/metadata/user/:u',
    family: 'attributes',
    isBare: true,
    handle: (asked) => {
      if (!asked.isForm) throw new Refusal(400, 'illegal_argument', 'the body must be form-encoded')
      const user = named(asked)
      const merged = new Map([...user.attributes, ...textEntries(asked.fields)])
      if (Buffer.byteLength(JSON.stringify([...merged])) > 2048)
        throw new Refusal(400, 'illegal_argument', 'user metadata is too large')
      user.attributes = merged
      return { data: asked.fields }
    },
  },
  {
    method: 'GET',
    path: '/metadata/user/:u',
    family: 'attributes',
    isBare: true,
    handle: ({ world, at }) => ({ data: Object.fromEntries(world.users.get(at('u'))?.attributes ?? []) }),
  },
  {
    method: 'DELETE',
    path: '/metadata/user/:u',
    family: 'attributes',
    isBare: true,
    handle: ({ world, at }) => {
      world.users.get(at('u'))?.attributes.clear()
      return { data: true }
    },
  },
  {
    method: 'POST',
    path: '/metadata/user/get',
    family: 'attributes',
    isBare: true,
    handle: ({ world, fields }) => {
      const targets = textsIn(fields, 'targets') ?? []
      const properties = textsIn(fields, 'properties') ?? []
      if (targets.length > 100) throw new Refusal(400, 'illegal_argument', 'targets size is more than 100')
      const data: Record<string, Record<string, string>> = {}
      for (const name of targets) {
        const user = world.users.get(name)
        if (!user) continue
        data[name] = Object.fromEntries([...user.attributes].filter(([key]) => properties.includes(key)))
      }
      return { data }
    },
  },
]

const notFound = () => new Refusal(404, 'service_resource_not_found', 'Service resource not found')

function named({ world, at }: Asked) {
  return userOf(world, at('u'), notFound)
}

function textEntries(fields: Fields): [string, string][] {
  return Object.entries(fields).map(([key, value]) => [key, String(value)])
}

function register({ world, body, authorization }: Asked) {
  if (authorization === undefined)
    throw new Refusal(401, 'unauthorized', "Open registration doesn't allow, so register user need token")
  world.tokens.demandApp(authorization)
  const many = z.array(fieldsSchema).safeParse(body)
  const wanted = many.success ? many.data : [fieldsSchema.catch({}).parse(body)]
  if (wanted.length > MOST)
    throw new Refusal(
      400,
      'illegal_argument',
      `Request body array size[${wanted.length}] had almost reached or been greater than the upper range value[${MOST}]`,
    )
  const asked = wanted.map((fields) => wish(fields))
  const taken = asked.filter(({ name }) => world.users.has(name))
  const [only] = asked
  if (asked.length === 1 && only && taken.length === 1) throw duplicate(world, only.name)
  for (const { name, password } of asked)
    if (asked.some((other) => other.name === name && other.password !== password))
      throw duplicate(world, name)
  const fresh = new Map(asked.filter(({ name }) => !world.users.has(name)).map((w) => [w.name, w.password]))
  const entities = [...fresh].map(([name, password]) => entityOf(addUser(world, name, password)))
  return {
    action: 'post',
    path: '/users',
    entities,
    ...(taken.length === 0
      ? {}
      : {
          data: taken.map(({ name }) => ({
            username: name,
            registerUserFailReason: `the ${name} already exists`,
          })),
        }),
  }
}

function wish(fields: Fields): { name: string; password: string } {
  const name = legalName(textIn(fields, 'username') ?? '')
  const password = textIn(fields, 'password')
  if (password === null || password === '')
    throw new Refusal(400, 'illegal_argument', 'password or pin must provided')
  if (password.length > 64) throw new Refusal(400, 'illegal_argument', 'PASSWORD_TOO_LONG')
  if ((textIn(fields, 'nickname')?.length ?? 0) > 100)
    throw new Refusal(400, 'illegal_argument', 'NICKNAME_TOO_LONG')
  return { name, password }
}

function duplicate(world: World, name: string): Refusal {
  return new Refusal(
    400,
    'duplicate_unique_property_exists',
    `Application ${world.uuid} Entity user requires that property named username be unique, value of ${name} exists`,
  )
}
