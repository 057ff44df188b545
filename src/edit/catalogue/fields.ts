import { z } from 'zod'
import { FIELD_KEY } from '../../directory/attributes.ts'
import type { FieldDefinition } from '../../model/entry.ts'
import { Changes } from '../changes.ts'
import type { Edit } from '../edit.ts'
import { InvalidInput, NotPermitted } from '../failures.ts'
import { idInput, nameInput, parseInput, textInput, type Given } from '../input.ts'
import type { Scene } from '../scene.ts'
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
      // Values without a definition are shown to nobody (V5).
      if (!isSensitive && hasValues(scene, key, appliesTo))
        requireReads(scene, { key, appliesTo }, 'isSensitive')
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
      const { entry, fresh } = await existing(scene, 'fieldDefinition', id, ifRevision ?? null)
      if (entry.isSensitive && isSensitive === false) requireReads(scene, entry, 'isSensitive')
      if (label !== undefined) requireFreeCatalogueName(scene, 'fieldDefinition', label, id)
      const changes = new Changes(fresh)
        .set('displayName', label)
        .set('dlrSensitive', isSensitive === undefined ? undefined : isSensitive ? 'TRUE' : 'FALSE')
        .set('dlrSort', sortKey === '' ? null : sortKey)
      return { steps: changes.steps(), subject: { id } }
    },
  }
}

export function deleteField(input: { id: string; ifRevision?: string | null | undefined }): Edit {
  const edit = removal('fieldDefinition', input)
  return {
    ...edit,
    decide: async (scene) => {
      const plan = await edit.decide(scene)
      // Built-in fields without a definition are shown to everybody.
      const entry = scene.state.get('fieldDefinition', input.id)
      if (entry?.isSensitive === true) requireReads(scene, entry)
      return plan
    },
  }
}

type Key = Pick<FieldDefinition, 'key' | 'appliesTo'>

/** Nobody shows to all, themself among them, what they may not read of all (T36). */
function requireReads({ authority }: Scene, { key, appliesTo }: Key, part: string | null = null): void {
  if (authority.readsEverywhere(appliesTo === 'STAFF' ? 'staff.read' : 'department.read', key)) return
  throw new NotPermitted(
    `The field ${key} would be shown to more people, and you may not see it of everybody.`,
    part,
  )
}

function hasValues({ state }: Scene, key: string, appliesTo: Key['appliesTo']): boolean {
  const kind = appliesTo === 'STAFF' ? 'staff' : 'department'
  for (const { metadata } of state.all(kind)) if (metadata.some((one) => one.key === key)) return true
  return false
}
