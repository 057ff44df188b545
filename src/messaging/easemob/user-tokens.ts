import { z } from 'zod'
import type { Caller } from './client.ts'
import { EasemobFailure, whileWanted } from './failure.ts'
import type { AccountId } from './ids.ts'
import type { Time } from './time.ts'

/** What a client of one person gets in with. */
export interface UserToken {
  readonly token: string
  /** How long it lives from now, in seconds. */
  readonly lifeSeconds: number
}

export interface UserTokensOptions {
  readonly easemob: Caller
  readonly time: Time
  readonly signal: AbortSignal
  /** How long they shall live. */
  readonly lifeSeconds?: number
}

const LIFE_SECONDS = 3600
const grantedSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

/**
 * Tokens by which people's clients speak for them alone: short-lived, and made without any password. Whether somebody may
 * have one is asked before. An account that is missing is made with its first token; questions for one person share one
 * answer, since of two who make an account within a second Easemob turns one away.
 */
export class UserTokens {
  readonly #o: Required<UserTokensOptions>
  readonly #asking = new Map<AccountId, Promise<UserToken>>()

  constructor(options: UserTokensOptions) {
    this.#o = { lifeSeconds: LIFE_SECONDS, ...options }
  }

  /** Rejects with an `EasemobFailure`. */
  get(account: AccountId, signal: AbortSignal): Promise<UserToken> {
    const asking = this.#asking.get(account) ?? this.#ask(account).finally(() => this.#asking.delete(account))
    this.#asking.set(account, asking)
    return whileWanted(asking, signal)
  }

  async #ask(account: AccountId): Promise<UserToken> {
    const { easemob, lifeSeconds, signal } = this.#o
    const done = await easemob.call(
      {
        method: 'POST',
        path: '/token',
        json: { grant_type: 'inherit', username: account, autoCreateUser: true, ttl: lifeSeconds },
        family: 'token',
        habits: { isRepeatable: true },
        answer: grantedSchema,
      },
      { lane: 'interactive', signal },
    )
    if (done.kind === 'settled') throw new EasemobFailure('UNREADABLE')
    return { token: done.data.access_token, lifeSeconds: done.data.expires_in }
  }
}
