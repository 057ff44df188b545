import { z } from 'zod'
import { Changes } from '../changes.ts'
import type { Edit } from '../edit.ts'
import { idInput, linesInput, nameInput, parseInput, type Given } from '../input.ts'
import { added, existing, removal, requireFreeCatalogueName, requireMayWrite } from './entry.ts'

const appliesTo = z.enum(['DEPARTMENT', 'STAFF'])
const createSchema = z.object({ appliesTo, name: nameInput, description: linesInput.nullish() })
const updateSchema = z.object({
  id: idInput,
  ifRevision: z.string().nullish(),
  appliesTo,
  name: nameInput.optional(),
  description: linesInput.nullish(),
})

export type CreateType = Given<typeof createSchema>
export type UpdateType = Given<typeof updateSchema>

const kindOf = (of: 'DEPARTMENT' | 'STAFF') => (of === 'DEPARTMENT' ? 'departmentType' : 'staffType')

/** A new type is shown to nobody until a rule grants it: that is what hiding is. */
export function createType(input: CreateType): Edit {
  return {
    name: 'type.create',
    input,
    locks: { shared: [], exclusive: ['types'] },
    decide: async (scene) => {
      const { name, description, ...type } = parseInput(createSchema, input)
      const kind = kindOf(type.appliesTo)
      requireMayWrite(scene, kind)
      requireFreeCatalogueName(scene, kind, name, null)
      return added(scene, kind, {
        displayName: [name],
        description: description ? [description] : [],
        dlrAppliesTo: [type.appliesTo],
      })
    },
  }
}

export function updateType(input: UpdateType): Edit {
  return {
    name: 'type.update',
    input,
    locks: { shared: [], exclusive: [input.id, 'types'] },
    decide: async (scene) => {
      const { id, ifRevision, name, description, ...type } = parseInput(updateSchema, input)
      const kind = kindOf(type.appliesTo)
      requireMayWrite(scene, kind)
      const { fresh } = await existing(scene, kind, id, ifRevision ?? null)
      if (name !== undefined) requireFreeCatalogueName(scene, kind, name, id)
      const changes = new Changes(fresh)
        .set('displayName', name)
        .set('description', description === '' ? null : description)
      return { steps: changes.steps(), subject: { id } }
    },
  }
}

export function deleteType(input: {
  id: string
  appliesTo: 'DEPARTMENT' | 'STAFF'
  ifRevision?: string | null | undefined
}): Edit {
  return removal(kindOf(input.appliesTo), input)
}
