import { z } from 'zod'
import type { Staff } from '../../model/entry.ts'
import { Changes } from '../changes.ts'
import { emptied } from '../departments/restore.ts'
import type { Edit } from '../edit.ts'
import { EditRefused, NotFound, NotPermitted } from '../failures.ts'
import { idInput, parseInput, type Given } from '../input.ts'
import { setMemberships } from '../memberships.ts'
import type { Scene } from '../scene.ts'
import { binOf, movePersonTo, newBin } from '../trash.ts'
import { loginInput } from './fields.ts'
import { loginLock, requireFreeLogin, uidRdn } from './login.ts'

const deleteSchema = z.object({ id: idInput, ifRevision: z.string().nullish() })
export type DeleteStaff = Given<typeof deleteSchema>

/** Puts a person into the trash with everything: they sign in no more, and are in no view. */
export function deleteStaff(input: DeleteStaff): Edit {
  return {
    name: 'staff.delete',
    input,
    locks: { shared: [], exclusive: [input.id] },
    decide: async (scene) => {
      const { id, ifRevision } = parseInput(deleteSchema, input)
      const { entry, fresh } = await scene.subject('staff', id, 'id')
      if (entry.status === 'TRASHED') throw new EditRefused('IN_TRASH')
      requireMayRemove(scene, entry)
      scene.requireRevision('staff', id, ifRevision ?? null)
      const bin = newBin(scene, null)
      return { steps: [bin.make, movePersonTo(fresh, bin.place)], losses: [id], subject: { id } }
    },
  }
}

const restoreSchema = z.object({ id: idInput, login: loginInput.nullish() })
export type RestoreStaff = Given<typeof restoreSchema>

/** Takes a person out of the trash with everything; under another login where theirs is taken. */
export function restoreStaff(input: RestoreStaff): Edit {
  return {
    name: 'staff.restore',
    input,
    locks: { shared: [], exclusive: [input.id, ...(input.login == null ? [] : [loginLock(input.login)])] },
    decide: async (scene) => {
      const { id, login: wanted } = parseInput(restoreSchema, input)
      const { entry, fresh } = await scene.known('staff', id)
      if (entry.status !== 'TRASHED') {
        await scene.subject('staff', id, 'id')
        throw new EditRefused('NOT_IN_TRASH')
      }
      // Departments that are gone leave nothing of a person to those who looked after them.
      const memberships = entry.memberships.filter(({ departmentId }) => isThere(scene, departmentId))
      if (!scene.authority.over('staff.write', { memberships }).isAll) throw new NotFound('id', id)
      requireRank(scene, entry)
      const login = wanted ?? entry.login
      await requireFreeLogin(scene, login, id, 'login')
      const bin = await binOf(scene, fresh)
      const move = movePersonTo(fresh, { dn: scene.layout.people }, uidRdn(login))
      const left =
        memberships.length < entry.memberships.length
          ? setMemberships(fresh, memberships)
          : new Changes(fresh)
      return {
        steps: [...left.steps(), move, ...(await emptied(scene, bin, 1))],
        subject: { id },
      }
    },
  }
}

function isThere({ state }: Scene, departmentId: string): boolean {
  const department = state.get('department', departmentId)
  return department !== undefined && department.status !== 'TRASHED'
}

function requireMayRemove(scene: Scene, person: Staff): void {
  const { authority, staffId } = scene
  if (person.id === staffId) throw new EditRefused('OWN_ACCOUNT')
  if (!authority.over('staff.write', person).isAll)
    throw new NotPermitted('Your administration does not cover deleting this person.')
  requireRank(scene, person)
}

/** Nobody takes the account of an administrator away, or gives it back, who has not all their rights (T36). */
function requireRank({ authority }: Scene, person: Staff): void {
  if (!authority.outranks(person))
    throw new NotPermitted('This person may do more than you: ask an administrator who has all their rights.')
}
