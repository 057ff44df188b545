import type { Edit } from '../edit.ts'
import { NotFound } from '../failures.ts'
import { Changes } from '../changes.ts'

/** Disables somebody whose leave date has come; the calendar asks for it, nobody's rights. */
export function leave(id: string, today: string): Edit {
  return {
    name: 'staff.leave',
    input: { id, today },
    locks: { shared: [], exclusive: [id] },
    decide: async (scene) => {
      const subject = await scene.read('staff', id)
      if (!subject) throw new NotFound('id')
      const { entry, fresh } = subject
      const steps = hasLeft(entry, today) ? new Changes(fresh).set('dlrDisabled', 'TRUE').steps() : []
      return { steps, losses: [id], subject: { id } }
    },
  }
}

/** `today`: YYYY-MM-DD where the company is. */
export function hasLeft(
  person: { readonly status: string; readonly leaveDate: string | null },
  today: string,
): boolean {
  return person.status === 'ACTIVE' && person.leaveDate !== null && person.leaveDate <= today
}
