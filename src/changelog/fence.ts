import { AppError } from '../errors.ts'
import type { Sql, Statement } from './database.ts'

/** A right to do the leader's work. The token is higher than that of every earlier holder (L9). */
export interface LeaseToken {
  readonly name: string
  readonly token: bigint
}

/** Somebody else holds the lease now. */
export class LeaseLost extends AppError {
  constructor(name: string) {
    super('UNAVAILABLE', `Another instance has taken over the work "${name}".`)
    this.name = 'LeaseLost'
  }
}

const HOLDS: Statement = { name: 'holds_lease', text: 'SELECT holds_lease($1, $2) AS holds' }

/**
 * Locks the lease row until the transaction ends and then checks, on database time, that the token still holds (L9).
 * Throws LeaseLost.
 */
export async function lockLease(tx: Sql, { name, token }: LeaseToken): Promise<void> {
  const [row] = await tx.run<{ holds: boolean }>(HOLDS, [name, token])
  if (!row?.holds) throw new LeaseLost(name)
}
