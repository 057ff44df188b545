import { z } from 'zod'
import { anything, NOT_THERE, part, withData } from './answers.ts'
import { inBatches, type Partly } from './batches.ts'
import type { Caller, How } from './client.ts'
import type { AccountId } from './ids.ts'

const PAGE = 50
const pageSchema = withData(z.array(z.string())).extend({ cursor: z.string().optional() })

/**
 * Sees to it that `owner` gets no messages of these people. At most 500 for one owner; what this server sends in somebody's
 * name goes through all the same.
 */
export function blockAccounts(
  easemob: Caller,
  owner: AccountId,
  accounts: readonly AccountId[],
  how: How,
): Promise<Partly<AccountId>> {
  return inBatches([...new Set(accounts)], PAGE, async (batch) => {
    await easemob.call(
      {
        method: 'POST',
        path: `/users/${part(owner)}/blocks/users`,
        json: { usernames: batch },
        family: 'blocks',
        habits: { isRepeatable: true },
        answer: anything,
      },
      how,
    )
    return { done: batch, failed: [] }
  })
}

export async function unblockAccount(
  easemob: Caller,
  owner: AccountId,
  account: AccountId,
  how: How,
): Promise<void> {
  await easemob.call(
    {
      method: 'DELETE',
      path: `/users/${part(owner)}/blocks/users/${part(account)}`,
      family: 'blocks',
      habits: { isRepeatable: true, settledBy: NOT_THERE },
      answer: anything,
    },
    how,
  )
}

export async function listBlocked(easemob: Caller, owner: AccountId, how: How): Promise<string[]> {
  const names: string[] = []
  for (let cursor: string | undefined; ;) {
    const page: z.output<typeof pageSchema> = await easemob.read(
      {
        method: 'GET',
        path: `/users/${part(owner)}/blocks/users?pageSize=${PAGE}${cursor === undefined ? '' : `&cursor=${part(cursor)}`}`,
        family: 'blocks',
        answer: pageSchema,
      },
      how,
    )
    names.push(...page.data)
    cursor = page.cursor
    if (cursor === undefined || cursor === '') return names
  }
}
