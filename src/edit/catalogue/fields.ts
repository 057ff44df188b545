import { z } from 'zod'
import { FIELD_KEY } from '../../directory/attributes.ts'
import { Changes } from '../changes.ts'
import type { Edit } from '../edit.ts'
import { InvalidInput } from '../failures.ts'
import { idInput, nameInput, parseInput, textInput, type Given } from '../input.ts'
import { added, existing, removal, requireFreeCatalogueName, requireMayWrite } from './entry.ts'

const createSchema = z.object({
  key: z.string().regex(FIELD_KEY, 'must be letters, digits, . _ and -, and begin with a letter'),
  label: nameInput,
  appliesTo: z.enum(['DEPARTMENT', 'STAFF']),
  isSensitive: z.boolean().default(false),
  sortKey: textInput(256).nullish(),
})
const updateSchema = z.object({
  id: idInput,
  ifRevision: z.string().nullish(),
  label: nameInput.optional(),
  isSensitive: z.boolean().optional(),
  sortKey: textInput(256).nullish(),
})

export type CreateField = Given<typeof createSchema>
export type UpdateField = Given<typeof updateSchema>

export function createField(input: CreateField): Edit {
  return {
    name: 'field.create',
    input,
    locks: { shared: [], exclusive: ['fields'] },
    decide: async (scene) => {
      const { key, label, appliesTo, isSensitive, sortKey } = parseInput(createSchema, input)
      requireMayWrite(scene, 'fieldDefinition')
      for (const field of scene.state.all('fieldDefinition'))
        if (field.appliesTo === appliesTo && field.key === key)
          throw InvalidInput.at('key', 'is taken by another field')
      requireFreeCatalogueName(scene, 'fieldDefinition', label, null)
      return added(scene, 'fieldDefinition', {
        displayName: [label],
        dlrKey: [key],
        dlrAppliesTo: [appliesTo],
        dlrSensitive: [isSensitive ? 'TRUE' : 'FALSE'],
        dlrSort: sortKey ? [sortKey] : [],
      })
    },
  }
}

/** The key stays: values are kept under it. */
export function updateField(input: UpdateField): Edit {
  return {
    name: 'field.update',
    input,
    locks: { shared: [], exclusive: [input.id, 'fields'] },
    decide: async (scene) => {
      const { id, ifRevision, label, isSensitive, sortKey } = parseInput(updateSchema, input)
      requireMayWrite(scene, 'fieldDefinition')
      const { fresh } = await existing(scene, 'fieldDefinition', id, ifRevision ?? null)
      if (label !== undefined) requireFreeCatalogueName(scene, 'fieldDefinition', label, id)
      const changes = new Changes(fresh)
        .set('displayName', label)
        .set('dlrSensitive', isSensitive === undefined ? undefined : isSensitive ? 'TRUE' : 'FALSE')
        .set('dlrSort', sortKey === '' ? null : sortKey)
      return { steps: changes.steps(), subject: { id } }
    },
  }
}

export const deleteField = (input: { id: string; ifRevision?: string | null | undefined }) =>
  removal('fieldDefinition', input)
