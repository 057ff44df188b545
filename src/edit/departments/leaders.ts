import { z } from 'zod'
import type { Edit } from '../edit.ts'
import { EditRefused, InvalidInput } from '../failures.ts'
import { idInput, parseInput, type Given } from '../input.ts'
import { setMemberships } from '../memberships.ts'
import type { Step } from '../step.ts'
import { requireKeys } from './update.ts'

const schema = z.object({
  id: idInput,
  staffIds: z.array(idInput).max(100, 'must be at most 100 people'),
})

export type SetLeaders = Given<typeof schema>

/** Says who leads a department: exactly these of its members. */
export function setDepartmentLeaders(input: SetLeaders): Edit {
  return {
    name: 'department.leaders',
    input,
    locks: { shared: [], exclusive: [input.id, ...input.staffIds] },
    decide: async (scene) => {
      const { id, staffIds } = parseInput(schema, input)
      const { entry } = await scene.subject('department', id, 'id')
      if (entry.status === 'TRASHED') throw new EditRefused('IN_TRASH')
      requireKeys(scene.authority.at('department.write', id), ['leaders'])
      const wanted = new Set(staffIds)
      const leading = [...scene.state.members(id)].filter((member) =>
        scene.state.get('staff', member)?.memberships.some((m) => m.departmentId === id && m.isLeader),
      )
      const steps: Step[] = []
      for (const staffId of new Set([...leading, ...staffIds])) {
        const person = await scene.read('staff', staffId)
        const isMember = person?.entry.memberships.some((m) => m.departmentId === id) === true
        if (!person || !isMember) {
          if (!wanted.has(staffId)) continue
          throw InvalidInput.at(`staffIds.${staffIds.indexOf(staffId)}`, 'is no member of the department')
        }
        const memberships = person.entry.memberships.map((m) =>
          m.departmentId === id ? { ...m, isLeader: wanted.has(staffId) } : m,
        )
        steps.push(...setMemberships(person.fresh, memberships).steps())
      }
      return { steps, subject: { id } }
    },
  }
}
