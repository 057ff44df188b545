import { ACCESS_PARTS, type AccessPart } from '../../app/router.ts'
import type { Abilities } from '../abilities.ts'

/** Whoever gives or writes rights is told of roles and rules. */
const READS_RIGHTS = ['role.assign', 'role.write', 'rule.write']

/** What of the section is open: nothing is offered that the server would not show, or not let be done. */
export function openParts(abilities: Pick<Abilities, 'has' | 'everywhere'>): AccessPart[] {
  const readsRights = READS_RIGHTS.some((name) => abilities.has(name))
  const isOpen: Readonly<Record<AccessPart, boolean>> = {
    roles: readsRights,
    rules: readsRights,
    types: abilities.everywhere('type.write'),
    fields: abilities.everywhere('field.write'),
    matrix: readsRights,
    explain: abilities.has('access.explain'),
  }
  return ACCESS_PARTS.filter((part) => isOpen[part])
}
