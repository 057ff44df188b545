import { formatRdn } from '../../directory/names.ts'
import { loginKey } from '../../model/text.ts'
import { InvalidInput } from '../failures.ts'
import type { Scene } from '../scene.ts'

/** Locks on logins begin with it. */
export const LOGIN_LOCK = 'login '

/** What edits hold that give somebody a login. */
export function loginLock(login: string): string {
  return LOGIN_LOCK + loginKey(login)
}

export function uidRdn(login: string): string {
  return formatRdn([{ type: 'uid', value: login }])
}

/**
 * Nobody else has the login. Who has it is told only where the caller administers that person; otherwise that it cannot be
 * used, and no more (T29).
 */
export async function requireFreeLogin(
  scene: Scene,
  login: string,
  self: string | null,
  path: string,
): Promise<void> {
  const found = await scene.reader.byLogin(login)
  const [other] = found.filter(({ id }) => id !== self)
  if (!other) return
  const shown = scene.administration.staff(other.id)
  throw InvalidInput.at(path, shown ? `is the login of ${shown.name}` : 'cannot be used: choose another one')
}
