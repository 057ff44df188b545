import { numberOf, Refusal, textsIn } from './answer.ts'
import type { Asked, Endpoint } from './endpoint.ts'
import { noUser } from './groups.ts'
import { groupOf, userOf, type Group } from './world.ts'

const MOST = 60

/** Who is in a group (design/easemob.md, 3). */
export const MEMBER_ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/chatgroups/:id/users',
    family: 'group:members',
    handle: ({ world, at, query }) => {
      const group = world.groups.get(at('id'))
      if (!group) throw new Refusal(404, 'service_resource_not_found', `do not find this group:${at('id')}`)
      const size = numberOf(query, 'pagesize', 1000, world.plan.membersPerPage)
      const page = Math.max(1, numberOf(query, 'pagenum', 1, 1_000_000))
      const all = [{ owner: group.owner }, ...[...group.members].map((member) => ({ member }))]
      const data = all.slice((page - 1) * size, page * size)
      return { data, count: data.length }
    },
  },
  { method: 'POST', path: '/chatgroups/:id/users', family: 'group:add', handle: addMany },
  {
    method: 'POST',
    path: '/chatgroups/:id/users/:u',
    family: 'group:add',
    handle: (asked) => {
      const group = groupOf(asked.world, asked.at('id'))
      add(asked, group, [asked.at('u')])
      return { data: { result: true, groupid: group.id, action: 'add_member', user: asked.at('u') } }
    },
  },
  { method: 'DELETE', path: '/chatgroups/:id/users/:names', family: 'group:remove', handle: remove },
  { method: 'GET', path: '/chatgroups/:id/user/:u/is_joined', family: 'group:joined', handle: isJoined },
  { method: 'POST', path: '/chatgroups/:id/user/:u/is_joined', family: 'group:joined', handle: isJoined },
]

function isJoined({ world, at }: Asked) {
  const group = groupOf(world, at('id'))
  return { data: isIn(group, at('u')) }
}

function addMany(asked: Asked) {
  const group = groupOf(asked.world, asked.at('id'))
  const names = textsIn(asked.fields, 'usernames') ?? []
  if (names.length > MOST)
    throw new Refusal(403, 'exceed_limit', `members size is greater than max user size : ${MOST}`)
  return { data: { newmembers: add(asked, group, names), groupid: group.id, action: 'add_member' } }
}

/** Those who are new; all or none. */
function add({ world }: Asked, group: Group, names: readonly string[]): string[] {
  const known = names.map((name) => userOf(world, name, () => noUser(name)).username)
  const fresh = known.filter((name) => !isIn(group, name))
  if (fresh.length === 0)
    throw new Refusal(
      403,
      'forbidden_op',
      `can not join this group, reason:user: ${known.join(', ')} already in group: ${group.id}\n`,
    )
  if (group.members.size + 1 + fresh.length > group.mostMembers)
    throw new Refusal(403, 'exceed_limit', 'members size is greater than max user size !')
  for (const name of fresh) {
    group.members.add(name)
    world.callbacks.group(group.id, 'direct_joined', name)
  }
  return fresh
}

function remove({ world, at }: Asked) {
  const group = groupOf(world, at('id'))
  const names = at('names').split(',')
  if (names.length > MOST)
    throw new Refusal(400, 'invalid_parameter', `kickMember: kickMembers number more than maxSize : ${MOST}`)
  if (names.includes(group.owner))
    throw new Refusal(403, 'forbidden_op', 'forbidden operation on group owner!')
  if (!names.some((name) => group.members.has(name)))
    throw new Refusal(403, 'forbidden_op', `users [${names.join(',')}] are not members of this group!`)
  const data = names.map((user) => {
    const result = group.members.delete(user)
    if (result) world.callbacks.group(group.id, 'kick', user)
    return {
      result,
      action: 'remove_member',
      ...(result ? {} : { reason: `user: ${user} doesn't exist in group: ${group.id}` }),
      user,
      groupid: group.id,
    }
  })
  // One asks for one, several for a list.
  return { data: data.length === 1 ? data[0] : data }
}

function isIn({ owner, members }: Group, name: string): boolean {
  return owner === name || members.has(name)
}
