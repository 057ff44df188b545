import type { Staff } from '../model/entry.ts'
import type { Authority } from './authority.ts'
import { mayViewAs } from './view-as.ts'

/**
 * What the token of an integration is for. `directory.read`: to read what its account sees, and to follow it.
 * `directory.admin`: also to administer as far as the abilities of the account go.
 */
export const SCOPES = ['directory.read', 'directory.admin'] as const
export type Scope = (typeof SCOPES)[number]

export function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text)
}

/**
 * Whether a caller may hold a token that acts as an account (T97): with `integration.write` for the whole organisation, only
 * as an account of which they may see everything, and, where it administers, one that can do and see no more than they (T36).
 * It is asked when a token is made and each time it is used, of whom it was shown to: who loses a right loses it there too.
 */
export function mayEmploy(authority: Authority, account: Staff, scopes: readonly Scope[]): boolean {
  if (!authority.everywhere('integration.write') || !mayViewAs(authority, account)) return false
  return !scopes.includes('directory.admin') || authority.mayTakeOver(account)
}
