import { accountsSchema, anything, NOT_THERE, part, registeredSchema } from './answers.ts'
import { BATCH, inBatches, type Partly } from './batches.ts'
import type { Caller, How } from './client.ts'
import { EasemobFailure } from './failure.ts'
import type { AccountId } from './ids.ts'
import type { Sign } from './policy.ts'

/** An account as Easemob has it; not each is one of ours. */
export interface Account {
  readonly name: string
  readonly isActive: boolean
}

const TAKEN = { status: 400, error: 'duplicate_unique_property_exists' }
const GONE: readonly Sign[] = [...NOT_THERE, { status: 400, error: 'management', text: 'does not exist' }]

/**
 * Sees to it that accounts exist. Easemob demands passwords: each is made of `secret` (up to 64 characters that nobody can
 * guess), is sent once and kept nowhere. People get in with tokens alone.
 */
export function ensureAccounts(
  easemob: Caller,
  accounts: readonly AccountId[],
  secret: () => string,
  how: How,
): Promise<Partly<AccountId>> {
  return inBatches([...new Set(accounts)], BATCH, async (batch) => {
    const done = await easemob.call(
      {
        method: 'POST',
        path: '/users',
        json: batch.map((username) => ({ username, password: secret() })),
        family: 'users',
        habits: { isRepeatable: true, settledBy: batch.length === 1 ? [TAKEN] : [] },
        answer: registeredSchema,
      },
      how,
    )
    if (done.kind === 'settled') return { done: batch, failed: [] }
    // The codes do not tell whether one is there already; the words do.
    const reasons = new Map(
      done.data.data
        .filter(({ registerUserFailReason }) => !registerUserFailReason.includes('already exists'))
        .map(({ username, registerUserFailReason }) => [username, registerUserFailReason]),
    )
    return {
      done: batch.filter((item) => !reasons.has(item)),
      failed: batch.flatMap((item) => {
        const description = reasons.get(item)
        return description === undefined
          ? []
          : [{ item, failure: new EasemobFailure('REFUSED', { description }) }]
      }),
    }
  })
}

/** Null when there is no such account. */
export async function findAccount(easemob: Caller, account: AccountId, how: How): Promise<Account | null> {
  const done = await easemob.call(
    {
      method: 'GET',
      path: `/users/${part(account)}`,
      family: 'users',
      habits: { isRepeatable: true, settledBy: GONE },
      answer: accountsSchema,
    },
    how,
  )
  const [entity] = done.kind === 'done' ? done.data.entities : []
  return entity ? { name: entity.username, isActive: entity.activated } : null
}

/** A page of all accounts, in the order of their making; `next` is null on the last. */
export async function listAccounts(
  easemob: Caller,
  cursor: string | null,
  how: How,
): Promise<{ readonly accounts: readonly Account[]; readonly next: string | null }> {
  const { entities, cursor: next } = await easemob.read(
    {
      method: 'GET',
      path: `/users?limit=100${cursor === null ? '' : `&cursor=${part(cursor)}`}`,
      family: 'users',
      answer: accountsSchema,
    },
    how,
  )
  return {
    accounts: entities.map(({ username, activated }) => ({ name: username, isActive: activated })),
    next: next ?? null,
  }
}

/** With it go all groups that it owns: pass them on first. */
export async function deleteAccount(easemob: Caller, account: AccountId, how: How): Promise<void> {
  await act(easemob, 'DELETE', `/users/${part(account)}`, how, GONE)
}

/** Ends its connections at once, and no token lets it in until it is enabled. One that is not there is no failure. */
export async function disableAccount(easemob: Caller, account: AccountId, how: How): Promise<void> {
  await act(easemob, 'POST', `/users/${part(account)}/deactivate`, how, GONE)
}

export async function enableAccount(easemob: Caller, account: AccountId, how: How): Promise<void> {
  await act(easemob, 'POST', `/users/${part(account)}/activate`, how)
}

/** Ends the connections of all its devices; with a token that lives they may come back. */
export async function endConnections(easemob: Caller, account: AccountId, how: How): Promise<void> {
  await act(easemob, 'GET', `/users/${part(account)}/disconnect`, how, GONE)
}

async function act(
  easemob: Caller,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  how: How,
  settledBy: readonly Sign[] = [],
): Promise<void> {
  await easemob.call(
    { method, path, family: 'users', habits: { isRepeatable: true, settledBy }, answer: anything },
    how,
  )
}
