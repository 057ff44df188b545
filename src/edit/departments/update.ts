import { z } from 'zod'
import { Changes } from '../changes.ts'
import type { Edit } from '../edit.ts'
import { EditRefused, NotPermitted } from '../failures.ts'
import {
  idInput,
  linesInput,
  metadataInput,
  nameInput,
  parseInput,
  patchedMetadata,
  requireFields,
  type Given,
} from '../input.ts'
import { requireType } from './create.ts'
import { requireAll, requireFreeName, siblingsOf } from './place.ts'

const schema = z.object({
  id: idInput,
  ifRevision: z.string().nullish(),
  name: nameInput.optional(),
  description: linesInput.nullish(),
  typeId: idInput.optional(),
  isDisabled: z.boolean().optional(),
  metadata: metadataInput.nullish(),
})

export type UpdateDepartment = Given<typeof schema>

/** Renames, describes, retypes, disables or enables a department, and sets its custom fields: one write. */
export function updateDepartment(input: UpdateDepartment): Edit {
  return {
    name: 'department.update',
    input,
    locks: { shared: input.typeId == null ? [] : [input.typeId], exclusive: [input.id] },
    decide: async (scene) => {
      const { id, ifRevision, ...patch } = parseInput(schema, input)
      const { entry, fresh } = await scene.subject('department', id, 'id')
      if (entry.status === 'TRASHED') throw new EditRefused('IN_TRASH')
      const fields = scene.authority.at('department.write', id)
      const keys = [
        ...(patch.name === undefined ? [] : ['name']),
        ...(patch.description === undefined ? [] : ['description']),
        ...(patch.typeId === undefined ? [] : ['type']),
        ...(patch.metadata ?? []).map(({ key }) => key),
      ]
      requireKeys(fields, keys)
      if (patch.isDisabled !== undefined) requireAll(scene, id)
      scene.requireRevision('department', id, ifRevision ?? null)
      if (patch.typeId !== undefined) await requireType(scene, patch.typeId)
      requireFields(scene.state, 'DEPARTMENT', patch.metadata ?? [])
      if (patch.name !== undefined) requireFreeName(scene, siblingsOf(scene, entry.parentId, id), patch.name)
      const changes = new Changes(fresh)
        .set('displayName', patch.name)
        .set('description', patch.description === '' ? null : patch.description)
        .set('dlrType', patch.typeId)
        .set('dlrDisabled', patch.isDisabled === undefined ? undefined : patch.isDisabled ? 'TRUE' : null)
        .set('dlrMeta', patch.metadata ? patchedMetadata(fresh.values('dlrMeta'), patch.metadata) : undefined)
      return { steps: changes.steps(), losses: patch.isDisabled === true ? [id] : [], subject: { id } }
    },
  }
}

/** The abilities must cover each field that is to change. */
export function requireKeys(fields: { has(key: string): boolean }, keys: readonly string[]): void {
  const missing = keys.filter((key) => !fields.has(key))
  if (missing.length > 0)
    throw new NotPermitted(`Your administration does not cover changing ${missing.join(', ')} here.`)
}
