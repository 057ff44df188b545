import type { Administration } from '../access/administration.ts'
import { InvalidInput, NotFound } from '../edit/failures.ts'
import { isId } from '../edit/scene.ts'
import { loginLock } from '../edit/staff/login.ts'
import type { State } from '../model/state.ts'
import { loginKey, normaliseText } from '../model/text.ts'
import type { ImportOptions } from './options.ts'
import type { Paths } from './paths.ts'
import type { RowKind } from './row.ts'

/** All that a row is decided on: what the caller administers now, and what the file says elsewhere. */
export interface Desk {
  readonly options: ImportOptions
  readonly administration: Administration
  readonly paths: Paths
  /** Who has a login by its key, whoever may see them; null: nobody. */
  readonly owners: ReadonlyMap<string, string | null>
  /** Whether edits that are not made yet touch something, by the names of locks. */
  readonly isPending: (lock: string) => boolean
  /** Whether a row after this one is about a person of the login. */
  readonly comesLater: (login: string, number: number) => boolean
}

/** Something that rows name. */
export type Found =
  | { readonly kind: 'found'; readonly id: string }
  /** It may come out of edits that are not made yet. */
  | { readonly kind: 'wait' }
  /** A later row is about it. */
  | { readonly kind: 'later' }

export function stateOf({ administration }: Desk): State {
  return administration.authority.state
}

/** Types by name or id; `path`: where the row says it. */
export function typeOf(desk: Desk, kind: RowKind, wanted: string, path: string): string {
  const all = kind === 'staff' ? stateOf(desk).all('staffType') : stateOf(desk).all('departmentType')
  const key = nameKey(wanted)
  const found = [...all].filter(({ id, name }) => id === wanted || nameKey(name) === key)
  if (found.length > 1) throw InvalidInput.at(path, 'is the name of several types: give the id')
  const [type] = found
  if (!type)
    throw InvalidInput.at(
      path,
      `is no type: give its whole name, as \`admin { types { name } }\` has it, or its id`,
    )
  return type.id
}

/** People by login or id. What a login is of is not told here to whoever may not know: edits do that. */
export function personOf(desk: Desk, wanted: string, number: number, path: string): Found {
  if (isId(wanted)) return { kind: 'found', id: wanted }
  const id = desk.owners.get(loginKey(wanted))
  if (id != null) return { kind: 'found', id }
  if (desk.isPending(loginLock(wanted))) return { kind: 'wait' }
  if (desk.comesLater(wanted, number)) return { kind: 'later' }
  throw new NotFound(path)
}

function nameKey(name: string): string {
  return normaliseText(name).normalize('NFKC').toLowerCase()
}
