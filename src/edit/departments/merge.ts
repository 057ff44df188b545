import type { Edit } from '../edit.ts'
import { deleteDepartment } from './delete.ts'

export interface MergeDepartment {
  readonly id: string
  readonly intoId: string
  readonly ifRevision?: string | null | undefined
}

/** Everything in a department goes to another one, and the department into the trash. */
export function mergeDepartment(input: MergeDepartment): Edit {
  const { id, intoId, ifRevision } = input
  const { locks, decide } = deleteDepartment({ id, ifRevision, contents: 'MOVE', moveToId: intoId })
  return {
    name: 'department.merge',
    input,
    locks,
    decide: async (scene) => ({ ...(await decide(scene)), subject: { id: intoId } }),
  }
}
