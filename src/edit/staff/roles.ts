import { z } from 'zod'
import { rulesOf } from '../../access/grant.ts'
import type { Role, Staff } from '../../model/entry.ts'
import { Changes } from '../changes.ts'
import type { Edit } from '../edit.ts'
import { EditRefused, InvalidInput, NotPermitted } from '../failures.ts'
import { idInput, parseInput, type Given } from '../input.ts'
import type { Scene } from '../scene.ts'

const schema = z.object({
  id: idInput,
  ifRevision: z.string().nullish(),
  roleIds: z.array(idInput).max(100, 'must be at most 100 roles'),
})

export type SetStaffRoles = Given<typeof schema>

/** Gives a person exactly these roles. Roles that the caller could not give stay what they are (T36). */
export function setStaffRoles(input: SetStaffRoles): Edit {
  return {
    name: 'staff.roles',
    input,
    locks: { shared: input.roleIds, exclusive: [input.id] },
    decide: async (scene) => {
      const { id, ifRevision, roleIds } = parseInput(schema, input)
      const { entry, fresh } = await scene.subject('staff', id, 'id')
      if (entry.status === 'TRASHED') throw new EditRefused('IN_TRASH')
      const wanted = new Set(roleIds)
      const changed = [
        ...roleIds.filter((role) => !entry.roleIds.includes(role)),
        ...entry.roleIds.filter((role) => !wanted.has(role)),
      ]
      // Nobody locks themself out by a slip: what is given back needs somebody else.
      if (id === scene.staffId && entry.roleIds.some((role) => !wanted.has(role)))
        throw new EditRefused('OWN_ACCOUNT')
      // A role that is gone may be taken away by whoever may assign any.
      const existing = changed.filter((role) => wanted.has(role) || scene.state.get('role', role))
      await requireMayAssign(scene, entry, existing, 'roleIds')
      scene.requireRevision('staff', id, ifRevision ?? null)
      return { steps: new Changes(fresh).set('dlrRole', [...wanted]).steps(), subject: { id } }
    },
  }
}

/**
 * Whether the caller may give these roles to the person, or take them away: the person is wholly in the scope, and nothing in
 * the roles is more than the caller has.
 */
export async function requireMayAssign(
  scene: Scene,
  person: Pick<Staff, 'memberships'>,
  roleIds: readonly string[],
  path: string,
): Promise<void> {
  if (!scene.authority.over('role.assign', person).isAll)
    throw new NotPermitted('Your administration does not cover giving roles to this person.')
  for (const [i, id] of roleIds.entries()) {
    const role = await scene.read('role', id)
    if (!role) throw InvalidInput.at(`${path}.${i}`, 'is no role')
    requireHolds(scene, role.entry, person)
  }
}

function requireHolds(scene: Scene, role: Role, { memberships }: Pick<Staff, 'memberships'>): void {
  const { authority, state } = scene
  const own = memberships.map((m) => m.departmentId)
  const isHeld =
    role.abilities.every((ability) => authority.holds(ability, own)) &&
    rulesOf(state, role).every((rule) => authority.holdsRule(rule, own))
  if (!isHeld)
    throw new NotPermitted(`The role ${role.name} lets people see or do more than you may yourself.`)
}
