import { numberIn, numberOf, Refusal, textIn, textsIn, type Fields } from './answer.ts'
import type { Asked, Endpoint } from './endpoint.ts'
import { groupOf, userOf, type Group, type World } from './world.ts'

/** Groups (design/easemob.md, 3). */
export const GROUP_ENDPOINTS: readonly Endpoint[] = [
  { method: 'POST', path: '/chatgroups', family: 'group:create', handle: create },
  { method: 'PUT', path: '/chatgroups/:id', family: 'group:update', handle: update },
  {
    method: 'GET',
    path: '/chatgroups',
    family: 'group:list',
    handle: ({ world, query }) => {
      const limit = numberOf(query, 'limit', 10, 1000)
      const all = [...world.groups.values()].reverse()
      const from = Number(query.get('cursor') ?? 0)
      const data = all.slice(from, from + limit).map((group) => ({
        owner: `${world.appKey}_${group.owner}`,
        groupid: group.id,
        affiliations: group.members.size + 1,
        type: 'group',
        lastModified: String(group.modified),
        groupname: group.name,
      }))
      return {
        data,
        count: data.length,
        ...(from + limit < all.length ? { cursor: String(from + limit) } : {}),
      }
    },
  },
  {
    method: 'GET',
    path: '/chatgroups/:ids',
    family: 'group:get',
    handle: ({ world, at }) => {
      const ids = at('ids').split(',')
      const [only] = ids
      if (ids.length === 1 && only !== undefined) groupOf(world, only)
      const data = ids.map((id) => {
        const group = world.groups.get(id)
        return group ? detailsOf(group) : { id, error: "group id doesn't exist" }
      })
      return { data, count: data.length }
    },
  },
  {
    method: 'DELETE',
    path: '/chatgroups/:id',
    family: 'group:delete',
    handle: ({ world, at }) => {
      const { id } = groupOf(world, at('id'))
      world.groups.delete(id)
      return { data: { success: true, groupid: id } }
    },
  },
  {
    method: 'POST',
    path: '/chatgroups/:id/disable',
    family: 'group:disable',
    handle: ({ world, at }) => ({ data: { disabled: (groupOf(world, at('id')).isDisabled = true) } }),
  },
  {
    method: 'POST',
    path: '/chatgroups/:id/enable',
    family: 'group:disable',
    handle: ({ world, at }) => ({ data: { disabled: (groupOf(world, at('id')).isDisabled = false) } }),
  },
  {
    method: 'GET',
    path: '/chatgroups/user/:u',
    family: 'joined',
    handle: ({ world, at, query }) => {
      const { username } = userOf(world, at('u'), () => noUser(at('u')))
      const size = numberOf(query, 'pagesize', 5, 20)
      const page = numberOf(query, 'pagenum', 0, 1_000_000)
      const all = [...world.groups.values()].filter((g) => g.owner === username || g.members.has(username))
      const entities = all.slice(page * size, page * size + size).map((group) => ({
        ...detailsOf(group),
        groupId: group.id,
      }))
      return { entities, total: all.length }
    },
  },
]

export const noUser = (name: string) =>
  new Refusal(404, 'resource_not_found', `username ${name} doesn't exist!`)

function detailsOf(group: Group) {
  return {
    id: group.id,
    name: group.name,
    avatar: group.avatar,
    description: group.description,
    membersonly: group.membersOnly,
    allowinvites: group.allowInvites,
    maxusers: group.mostMembers,
    owner: group.owner,
    created: group.created,
    custom: group.custom,
    mute: false,
    affiliations_count: group.members.size + 1,
    disabled: group.isDisabled,
    affiliations: [...[...group.members].map((member) => ({ member })), { owner: group.owner }],
    public: group.isPublic,
  }
}

function create({ world, fields }: Asked) {
  const name = textIn(fields, 'groupname')
  if (name === null || name === '') throw missing('groupname')
  if (typeof fields['public'] !== 'boolean')
    throw new Refusal(400, 'invalid_parameter', 'group must contain public field!')
  const owner = textIn(fields, 'owner')
  if (owner === null || owner === '') throw missing('owner')
  if ((textIn(fields, 'avatar')?.length ?? 0) > 1024)
    throw new Refusal(400, 'invalid_parameter', 'avatar length is too big')
  const members = new Set(
    (textsIn(fields, 'members') ?? []).map((m) => userOf(world, m, () => noUser(m)).username),
  )
  const user = userOf(world, owner, () => noUser(owner))
  const mostMembers = Math.min(numberIn(fields, 'maxusers') ?? 200, world.plan.membersPerGroup)
  members.delete(user.username)
  if (members.size + 1 > mostMembers)
    throw new Refusal(403, 'exceed_limit', 'members size is greater than max user size !')
  if (world.groups.size >= world.plan.groups)
    throw new Refusal(403, 'exceed_limit', `appKey:${world.appKey} has create too many groups!`)
  const now = world.now()
  const group: Group = {
    id: world.nextId(),
    created: now,
    modified: now,
    name,
    description: textIn(fields, 'description') ?? '',
    avatar: textIn(fields, 'avatar') ?? '',
    custom: textIn(fields, 'custom') ?? '',
    owner: user.username,
    isPublic: fields['public'],
    isDisabled: false,
    membersOnly: fields['membersonly'] === true,
    allowInvites: !fields['public'] && fields['allowinvites'] === true,
    inviteNeedConfirm: fields['invite_need_confirm'] !== false,
    mostMembers,
    members,
  }
  world.groups.set(group.id, group)
  world.callbacks.group(group.id, 'create', group.owner)
  return { data: { groupid: group.id } }
}

const UPDATABLE = new Set([
  'groupname',
  'avatar',
  'description',
  'maxusers',
  'membersonly',
  'allowinvites',
  'invite_need_confirm',
  'public',
  'custom',
])

function update({ world, at, fields }: Asked) {
  const group = groupOf(world, at('id'))
  const newOwner = textIn(fields, 'newowner')
  if (newOwner !== null) return transfer(world, group, newOwner)
  const wrong = Object.keys(fields).filter((name) => !UPDATABLE.has(name))
  if (wrong.length > 0)
    throw new Refusal(400, 'invalid_parameter', `some of [${wrong.join(',')}] are not valid fields`)
  apply(group, fields)
  group.modified = world.now()
  world.callbacks.group(group.id, 'update', group.owner)
  return { data: Object.fromEntries(Object.keys(fields).map((name) => [name, true])) }
}

function apply(group: Group, fields: Fields): void {
  group.name = textIn(fields, 'groupname') ?? group.name
  group.avatar = textIn(fields, 'avatar') ?? group.avatar
  group.description = textIn(fields, 'description') ?? group.description
  group.custom = textIn(fields, 'custom') ?? group.custom
  group.mostMembers = numberIn(fields, 'maxusers') ?? group.mostMembers
  if (typeof fields['membersonly'] === 'boolean') group.membersOnly = fields['membersonly']
  if (typeof fields['public'] === 'boolean') group.isPublic = fields['public']
}

function transfer(world: World, group: Group, name: string) {
  if (name === group.owner) throw new Refusal(403, 'forbidden_op', 'new owner and old owner are the same')
  if (!group.members.has(name))
    throw new Refusal(403, 'forbidden_op', `user: ${name} doesn't exist in group: ${group.id}`)
  group.members.delete(name)
  group.members.add(group.owner)
  group.owner = name
  // As Easemob spells it.
  world.callbacks.group(group.id, 'assing_owner', name)
  return { data: { newowner: true } }
}

function missing(name: string): Refusal {
  return new Refusal(400, 'invalid_parameter', `${name} must be provided`)
}
