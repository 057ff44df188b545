import { z } from 'zod'
import { anything, memberSchema, part, withData } from './answers.ts'
import { BATCH, failing, inBatches, type Partly } from './batches.ts'
import type { Caller, How } from './client.ts'
import { EasemobFailure } from './failure.ts'
import { readGroups } from './groups.ts'
import type { AccountId } from './ids.ts'

const PAGE = 1000
const membersSchema = withData(z.array(memberSchema))

export interface Member {
  readonly name: string
  readonly isOwner: boolean
}

/**
 * All members of a group, its owner among them. Easemob's documents disagree on how many a page may have: one that brings
 * nobody new is the last.
 */
export async function listMembers(easemob: Caller, group: string, how: How): Promise<Member[]> {
  const members = new Map<string, Member>()
  for (let page = 1; ; page++) {
    const { data } = await easemob.read(
      {
        method: 'GET',
        path: `/chatgroups/${part(group)}/users?pagenum=${page}&pagesize=${PAGE}`,
        family: 'groups',
        answer: membersSchema,
      },
      how,
    )
    const before = members.size
    for (const member of data) members.set(member.name, member)
    if (members.size === before) return [...members.values()]
  }
}

/**
 * Sees to it that accounts are members, without a notice in the group. Easemob refuses a batch of which one account does not
 * exist, and its code does not say which: the batch is halved until those stand alone.
 */
export function addMembers(
  easemob: Caller,
  group: string,
  accounts: readonly AccountId[],
  how: How,
): Promise<Partly<AccountId>> {
  const add = (batch: readonly AccountId[]) =>
    easemob.call(
      {
        method: 'POST',
        path: `/chatgroups/${part(group)}/users?need_notify=false`,
        json: { usernames: batch },
        family: 'groups',
        habits: {
          isRepeatable: true,
          settledBy: [{ status: 403, error: 'forbidden_op', text: 'already in group' }],
        },
        answer: anything,
      },
      how,
    )
  const addByHalves = async (
    batch: readonly AccountId[],
    isGroupThere: boolean,
  ): Promise<Partly<AccountId>> => {
    try {
      await add(batch)
      return { done: batch, failed: [] }
    } catch (error) {
      if (!(error instanceof EasemobFailure) || error.error !== 'resource_not_found') throw error
      // A group that is gone is refused with the code of an account that is.
      const isHopeless =
        batch.length === 1 || (!isGroupThere && (await readGroups(easemob, [group], how)).length === 0)
      if (isHopeless) return failing(batch, error)
      return await inBatches(batch, Math.ceil(batch.length / 2), (half) => addByHalves(half, true))
    }
  }
  return inBatches([...new Set(accounts)], BATCH, (batch) => addByHalves(batch, false))
}

/** Sees to it that accounts are no members. The owner cannot be removed, and keeps its batch from being: pass the group on. */
export function removeMembers(
  easemob: Caller,
  group: string,
  accounts: readonly AccountId[],
  how: How,
): Promise<Partly<AccountId>> {
  return inBatches([...new Set(accounts)], BATCH, async (batch) => {
    await easemob.call(
      {
        method: 'DELETE',
        path: `/chatgroups/${part(group)}/users/${batch.map(part).join(',')}`,
        family: 'groups',
        habits: {
          isRepeatable: true,
          settledBy: [{ status: 403, error: 'forbidden_op', text: 'are not members' }],
        },
        answer: anything,
      },
      how,
    )
    return { done: batch, failed: [] }
  })
}
