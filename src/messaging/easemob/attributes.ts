import { z } from 'zod'
import { anything, part } from './answers.ts'
import type { Caller, How } from './client.ts'
import type { AccountId } from './ids.ts'

/** Attributes that clients show beside messages; '' clears one. At most 2 KB in all. */
export interface Attributes {
  /** At most 64 characters. */
  readonly nickname?: string
  /** At most 256. */
  readonly avatarurl?: string
}

export async function setAttributes(
  easemob: Caller,
  account: AccountId,
  attributes: Attributes,
  how: How,
): Promise<void> {
  await easemob.call(
    {
      method: 'PUT',
      path: `/metadata/user/${part(account)}`,
      form: { ...attributes },
      family: 'attributes',
      habits: { isRepeatable: true },
      answer: anything,
    },
    how,
  )
}

const ATTRIBUTES_BATCH = 100
const attributesSchema = z.object({
  data: z.record(z.string(), z.object({ nickname: z.string().optional(), avatarurl: z.string().optional() })),
})

/** What clients show of accounts; those without attributes are missing. */
export async function readAttributes(
  easemob: Caller,
  accounts: readonly AccountId[],
  how: How,
): Promise<Map<string, Attributes>> {
  const found = new Map<string, Attributes>()
  for (let at = 0; at < accounts.length; at += ATTRIBUTES_BATCH) {
    const { data } = await easemob.read(
      {
        method: 'POST',
        path: '/metadata/user/get',
        json: {
          targets: accounts.slice(at, at + ATTRIBUTES_BATCH),
          properties: ['nickname', 'avatarurl'],
        },
        family: 'attributes',
        answer: attributesSchema,
      },
      how,
    )
    for (const [name, { nickname, avatarurl }] of Object.entries(data))
      found.set(name, {
        ...(nickname === undefined ? {} : { nickname }),
        ...(avatarurl === undefined ? {} : { avatarurl }),
      })
  }
  return found
}
