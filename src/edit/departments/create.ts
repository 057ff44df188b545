import { z } from 'zod'
import type { Edit } from '../edit.ts'
import { InvalidInput } from '../failures.ts'
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
import type { Scene } from '../scene.ts'
import {
  freeRdn,
  keyAt,
  ouOf,
  parentOf,
  placeBelow,
  requireAll,
  requireFreeName,
  siblingsOf,
} from './place.ts'

const schema = z.object({
  name: nameInput,
  typeId: idInput,
  parentId: idInput.nullish().transform((id) => id ?? null),
  afterId: idInput.nullish(),
  description: linesInput.nullish(),
  metadata: metadataInput.nullish(),
  isDisabled: z.boolean().nullish(),
})

export type CreateDepartment = Given<typeof schema>

/** Makes a department: at the top, or below another one. */
export function createDepartment(input: CreateDepartment): Edit {
  return {
    name: 'department.create',
    input,
    locks: {
      shared: [input.typeId],
      exclusive: [input.parentId ?? 'top departments'],
    },
    decide: async (scene) => {
      const { name, typeId, parentId, afterId, description, metadata, isDisabled } = parseInput(schema, input)
      await parentOf(scene, parentId)
      requireAll(scene, parentId)
      await requireType(scene, typeId)
      requireFields(scene.state, 'DEPARTMENT', metadata ?? [])
      const siblings = siblingsOf(scene, parentId, null)
      requireFreeName(scene, siblings, name)
      const { key, steps } = await keyAt(scene, siblings, { parentId, afterId })
      const add = {
        kind: 'add' as const,
        at: placeBelow(scene, parentId),
        rdn: await freeRdn(scene, parentId, ouOf(name), name),
        attributes: {
          objectClass: ['organizationalUnit', 'dlrDepartmentEntry'],
          displayName: [name],
          dlrType: [typeId],
          dlrSort: [key],
          description: description ? [description] : [],
          dlrMeta: patchedMetadata([], metadata ?? []),
          dlrDisabled: isDisabled === true ? ['TRUE'] : [],
        },
      }
      return { steps: [...steps, add], subject: { step: steps.length } }
    },
  }
}

export async function requireType(scene: Scene, typeId: string): Promise<void> {
  const type = await scene.read('departmentType', typeId)
  if (!type) throw InvalidInput.at('typeId', 'is no type of departments')
}
