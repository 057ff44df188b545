import type { Staff } from '../../model/entry.ts'
import { NotPermitted } from '../failures.ts'
import type { Scene } from '../scene.ts'

type Places = Pick<Staff, 'memberships'>

/**
 * Where people belong decides who may edit them, and what their roles give them for their own departments: whoever changes it
 * neither gets more rights over them, nor gives them more than their own (T36).
 */
export function requireNoGain(scene: Scene, person: Staff, { memberships }: Places): void {
  const { authority } = scene
  const [before, after] = [idsOf(person), idsOf({ memberships })]
  if (authority.gainsOver(before, after))
    throw new NotPermitted(
      `You could do more with ${calledBy(scene, person)} there than you may now: ask an administrator of both places.`,
    )
  if (!authority.holdsForOwn(person.roleIds, before, after))
    throw new NotPermitted(
      `The roles of ${calledBy(scene, person)} would let them see or do more there than you may yourself.`,
    )
}

/** The name of a person, for callers whose administration shows them. */
export function calledBy({ administration }: Scene, { id }: Pick<Staff, 'id'>): string {
  return administration.staff(id)?.name ?? 'somebody whom you do not see'
}

function idsOf({ memberships }: Places): string[] {
  return memberships.map((m) => m.departmentId)
}
