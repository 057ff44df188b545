import { z } from 'zod'
import { anything, groupRowSchema, groupSchema, NOT_THERE, part, withData } from './answers.ts'
import type { Caller, How } from './client.ts'
import { EasemobFailure, type Reason } from './failure.ts'
import type { AccountId } from './ids.ts'

export interface Group {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly description: string
  /** The key that it was made with; null for a group that we have not made. */
  readonly key: string | null
}

export interface NewGroup {
  /** Ours alone, by which it is found again when the answer to its making was lost. */
  readonly key: string
  /** At most 128 characters. */
  readonly name: string
  /** At most 512. */
  readonly description: string
  readonly owner: AccountId
  /** Bounded by the plan that was bought. */
  readonly mostMembers: number
}

const PERHAPS = new Set<Reason>(['UNCERTAIN', 'UNREADABLE'])
/** How many of the newest groups are looked through for one whose making was not answered. */
const NEWEST = 100

const customSchema = z.object({ dolores: z.string() })

/**
 * Makes a group of its owner alone and answers its id. Easemob knows no idempotency: what was perhaps made is looked for
 * by its key before it is made again, and so is what `how.isRepeated` says was tried. Where Easemob is still at the first
 * when it is looked for, there may be two; whoever compares the groups with ours finds both by the key.
 */
export async function createGroup(easemob: Caller, group: NewGroup, how: How): Promise<string> {
  const { key, name, description, owner, mostMembers } = group
  let isPerhapsThere = how.isRepeated === true
  for (let lost = 0; ; lost++) {
    const found = isPerhapsThere ? await findByKey(easemob, key, owner, how) : null
    if (found !== null) return found
    try {
      const done = await easemob.call(
        {
          method: 'POST',
          path: '/chatgroups',
          json: {
            groupname: name,
            description,
            public: false,
            owner,
            members: [],
            maxusers: mostMembers,
            allowinvites: false,
            membersonly: true,
            // Whom the company adds is in.
            invite_need_confirm: false,
            custom: JSON.stringify({ dolores: key }),
          },
          family: 'groups',
          habits: { isRepeatable: false },
          answer: withData(z.object({ groupid: z.string() })),
        },
        how,
      )
      if (done.kind === 'done') return done.data.data.groupid
    } catch (error) {
      if (!(error instanceof EasemobFailure) || !PERHAPS.has(error.reason) || lost >= 2) throw error
      isPerhapsThere = true
    }
  }
}

/** The newest of our groups with this key, among the newest of all; null when it is not there. */
async function findByKey(easemob: Caller, key: string, owner: AccountId, how: How): Promise<string | null> {
  const { groups } = await listGroups(easemob, null, NEWEST, how)
  // Here alone the owner's name has the app's before it.
  const ids = groups
    .filter((row) => row.owner === owner || row.owner.endsWith(`_${owner}`))
    .map(({ id }) => id)
  const found = await readGroups(easemob, ids, how)
  return found.find((group) => group.key === key)?.id ?? null
}

/** A page of all groups, the newest first; `next` is null on the last. The owner is `org#app_name`. */
export async function listGroups(
  easemob: Caller,
  cursor: string | null,
  limit: number,
  how: How,
): Promise<{ readonly groups: readonly { id: string; owner: string }[]; readonly next: string | null }> {
  const { data, cursor: next } = await easemob.read(
    {
      method: 'GET',
      path: `/chatgroups?limit=${limit}${cursor === null ? '' : `&cursor=${part(cursor)}`}`,
      family: 'groups',
      answer: withData(z.array(groupRowSchema)).extend({ cursor: z.string().optional() }),
    },
    how,
  )
  return { groups: data.map(({ groupid, owner }) => ({ id: groupid, owner })), next: next ?? null }
}

/** Those that exist of up to 100 groups. */
export async function readGroups(easemob: Caller, ids: readonly string[], how: How): Promise<Group[]> {
  if (ids.length === 0) return []
  const done = await easemob.call(
    {
      method: 'GET',
      path: `/chatgroups/${ids.map(part).join(',')}`,
      family: 'groups',
      // Where none exists. Of several, those that do not stand among the others, as something else.
      habits: { isRepeatable: true, settledBy: NOT_THERE },
      answer: withData(z.array(z.union([groupSchema, z.unknown().transform(() => null)]))),
    },
    how,
  )
  const rows = done.kind === 'done' ? done.data.data : []
  return rows.flatMap((row) =>
    row === null
      ? []
      : [
          {
            id: row.id,
            name: row.name,
            owner: row.owner,
            description: row.description,
            key: keyOf(row.custom),
          },
        ],
  )
}

export async function updateGroup(
  easemob: Caller,
  id: string,
  change: { readonly name?: string; readonly description?: string; readonly mostMembers?: number },
  how: How,
): Promise<void> {
  const { name, description, mostMembers } = change
  await put(easemob, id, { groupname: name, description, maxusers: mostMembers }, [], how)
}

/** To one of its members; the owner before stays one. */
export async function transferGroup(easemob: Caller, id: string, owner: AccountId, how: How): Promise<void> {
  const isAlready = { status: 403, error: 'forbidden_op', text: 'are the same' }
  await put(easemob, id, { newowner: owner }, [isAlready], how)
}

/** One that is not there is no failure. */
export async function deleteGroup(easemob: Caller, id: string, how: How): Promise<void> {
  await easemob.call(
    {
      method: 'DELETE',
      path: `/chatgroups/${part(id)}`,
      family: 'groups',
      habits: { isRepeatable: true, settledBy: NOT_THERE },
      answer: anything,
    },
    how,
  )
}

const JOINED_PAGE = 20
const joinedSchema = z.object({
  entities: z.array(z.object({ groupId: z.string(), name: z.string().catch('') })),
})

/** Ids of all groups that an account is in. */
export async function joinedGroups(easemob: Caller, account: AccountId, how: How): Promise<string[]> {
  const ids: string[] = []
  for (let page = 0; ; page++) {
    const { entities } = await easemob.read(
      {
        method: 'GET',
        path: `/chatgroups/user/${part(account)}?pagesize=${JOINED_PAGE}&pagenum=${page}`,
        family: 'joined',
        answer: joinedSchema,
      },
      how,
    )
    const fresh = entities.map(({ groupId }) => groupId).filter((id) => !ids.includes(id))
    ids.push(...fresh)
    if (fresh.length === 0) return ids
  }
}

async function put(
  easemob: Caller,
  id: string,
  json: Readonly<Record<string, unknown>>,
  settledBy: readonly { status: number; error: string; text: string }[],
  how: How,
): Promise<void> {
  await easemob.call(
    {
      method: 'PUT',
      path: `/chatgroups/${part(id)}`,
      json,
      family: 'groups',
      habits: { isRepeatable: true, settledBy },
      answer: anything,
    },
    how,
  )
}

function keyOf(custom: string): string | null {
  try {
    return customSchema.parse(JSON.parse(custom)).dolores
  } catch {
    return null
  }
}
