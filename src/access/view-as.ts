import type { Staff } from '../model/entry.ts'
import type { Authority } from './authority.ts'
import { rolesOf, rulesOf } from './grant.ts'

/**
 * Whether a caller may look at the directory as somebody else (T39): with `access.explain` over that person, and only where
 * they would see nothing that they could not see in a way of their own, so that it is no way around a scope (T36).
 */
export function mayViewAs(authority: Authority, subject: Staff): boolean {
  if (subject.status !== 'ACTIVE' || subject.id === authority.staffId) return false
  if (!authority.showsStaff(subject) || !authority.over('access.explain', subject).isAll) return false
  if (authority.everywhere('staff.read') && authority.everywhere('department.read')) return true
  const { state, staffId } = authority
  const mine = rolesOf(state, staffId)
    .flatMap((role) => rulesOf(state, role))
    .filter((rule) => rule.scope === 'ORGANISATION')
  const theirs = rolesOf(state, subject.id).flatMap((role) => rulesOf(state, role))
  return theirs.every((rule) =>
    mine.some(
      (own) =>
        isWithin(rule.departmentTypeIds, own.departmentTypeIds) &&
        isWithin(rule.staffTypeIds, own.staffTypeIds) &&
        isWithin(rule.sensitiveFields, own.sensitiveFields),
    ),
  )
}

function isWithin(part: readonly string[], whole: readonly string[]): boolean {
  return part.every((one) => whole.includes(one))
}
