import { randomUUID } from 'node:crypto'
import type { Callbacks } from './callbacks.ts'
import type { Tokens } from './tokens.ts'
import { Refusal } from './answer.ts'

/** What the app has, as Easemob keeps it. */
export interface User {
  readonly uuid: string
  readonly username: string
  readonly created: number
  modified: number
  activated: boolean
  /** Only to know whether a password is right. */
  password: string | null
  attributes: Map<string, string>
  readonly blocks: Set<string>
  /** How often its connections were ended. */
  kicks: number
}

export interface Group {
  readonly id: string
  readonly created: number
  modified: number
  name: string
  description: string
  avatar: string
  custom: string
  owner: string
  isPublic: boolean
  isDisabled: boolean
  membersOnly: boolean
  allowInvites: boolean
  inviteNeedConfirm: boolean
  mostMembers: number
  /** Without the owner. */
  readonly members: Set<string>
}

export interface StoredMessage {
  readonly id: string
  readonly at: number
  readonly from: string
  readonly to: string
  readonly chat: 'chat' | 'groupchat'
  readonly type: string
  readonly body: Readonly<Record<string, unknown>>
  readonly ext: Readonly<Record<string, unknown>>
  isRecalled: boolean
}

/** What may be bought more of. */
export interface Plan {
  users: number
  groups: number
  membersPerGroup: number
  /** The documents have 1000, and elsewhere 100. */
  membersPerPage: number
}

export interface World {
  readonly org: string
  readonly app: string
  readonly appKey: string
  readonly uuid: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly users: Map<string, User>
  readonly groups: Map<string, Group>
  readonly messages: StoredMessage[]
  readonly plan: Plan
  readonly tokens: Tokens
  readonly callbacks: Callbacks
  /** Where the files of the history lie. */
  readonly fileBase: () => string
  readonly nextId: () => string
}

export function userOf(world: World, name: string, refusal: () => Refusal): User {
  const user = world.users.get(name.toLowerCase())
  if (!user) throw refusal()
  return user
}

export function addUser(world: World, username: string, password: string | null): User {
  if (world.users.size >= world.plan.users)
    throw new Refusal(429, 'resource_limited', 'the number of users has reached the limit of the plan')
  const now = world.now()
  const user: User = {
    uuid: randomUUID(),
    username,
    created: now,
    modified: now,
    activated: true,
    password,
    attributes: new Map(),
    blocks: new Set(),
    kicks: 0,
  }
  world.users.set(username, user)
  return user
}

/** How a user looks in answers. */
export function entityOf({ uuid, created, modified, username, activated }: User) {
  return { uuid, type: 'user', created, modified, username, activated }
}

export function groupOf(world: World, id: string): Group {
  const group = world.groups.get(id)
  if (!group) throw new Refusal(404, 'resource_not_found', `grpID ${id} does not exist!`)
  return group
}

/** Names are at most 64 bytes of `[a-z0-9_.-]`; capitals are folded. */
export function legalName(name: string): string {
  const folded = name.toLowerCase()
  if (Buffer.byteLength(folded) > 64) throw new Refusal(400, 'illegal_argument', 'USERNAME_TOO_LONG')
  if (!/^[a-z0-9_.-]+$/.test(folded))
    throw new Refusal(400, 'illegal_argument', `username ${name} is not legal`)
  return folded
}
