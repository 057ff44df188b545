import { subjectOf } from '../sdk/subject.ts'
import { SignedOut, type Account, type Session } from './session.ts'

/**
 * A token of the account and of nobody else, null when there is none: who has signed in meanwhile has a copy of their own, and
 * nothing of theirs comes into this one (T118). `refused`: one that the server takes no more.
 */
export async function accountToken(
  session: Pick<Session, 'token' | 'refuse'>,
  account: Pick<Account, 'staffId'>,
  refused: string | null,
): Promise<string | null> {
  if (refused !== null) session.refuse(refused)
  try {
    const token = await session.token()
    return subjectOf(token) === account.staffId ? token : null
  } catch (error) {
    if (error instanceof SignedOut) return null
    throw error
  }
}
