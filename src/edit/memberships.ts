import type { Membership } from '../model/entry.ts'
import type { FreshEntry } from '../directory/reader.ts'
import { Changes } from './changes.ts'

/** The attributes that carry memberships; in both, so that other tools find members by a plain id. */
export function membershipAttributes(
  memberships: readonly Membership[],
): Record<'dlrDepartment' | 'dlrMembership', string[]> {
  return {
    dlrDepartment: memberships.map((m) => m.departmentId),
    dlrMembership: memberships.map(({ departmentId, title, sortKey, isMain, isLeader }) =>
      JSON.stringify({ departmentId, title, sortKey, isMain, isLeader }),
    ),
  }
}

export function setMemberships(fresh: FreshEntry, memberships: readonly Membership[]): Changes {
  const { dlrDepartment, dlrMembership } = membershipAttributes(withOneMain(memberships))
  return new Changes(fresh).set('dlrDepartment', dlrDepartment).set('dlrMembership', dlrMembership)
}

/** Without one of the departments, or with another one in its place; who was in both is in it once. */
export function replaced(
  memberships: readonly Membership[],
  departmentIds: ReadonlySet<string>,
  byId: string | null,
): Membership[] {
  const kept = memberships.filter((m) => !departmentIds.has(m.departmentId))
  const left = memberships.find((m) => departmentIds.has(m.departmentId))
  if (byId === null || !left || kept.some((m) => m.departmentId === byId)) return withOneMain(kept)
  return withOneMain([...kept, { ...left, departmentId: byId, isLeader: false }])
}

/** Whoever belongs anywhere has one main department. */
export function withOneMain(memberships: readonly Membership[]): Membership[] {
  const main = memberships.find((m) => m.isMain) ?? memberships[0]
  return memberships.map((m) => ({ ...m, isMain: m === main }))
}
