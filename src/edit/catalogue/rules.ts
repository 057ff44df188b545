import { z } from 'zod'
import { FIELD_KEY } from '../../directory/attributes.ts'
import { ruleScopeSchema, type Rule } from '../../model/entry.ts'
import { Changes } from '../changes.ts'
import type { Edit } from '../edit.ts'
import { InvalidInput, NotPermitted } from '../failures.ts'
import { idInput, linesInput, nameInput, parseInput, type Given } from '../input.ts'
import type { Scene } from '../scene.ts'
import { added, existing, removal, requireFreeCatalogueName, requireMayWrite } from './entry.ts'

const typeIds = z.array(idInput).max(1000, 'must be at most 1000 types')
const sensitiveFields = z
  .array(z.string().regex(FIELD_KEY, 'must be the key of a field'))
  .max(200, 'must be at most 200 fields')
const createSchema = z.object({
  name: nameInput,
  description: linesInput.nullish(),
  departmentTypeIds: typeIds,
  staffTypeIds: typeIds,
  scope: ruleScopeSchema.default('ORGANISATION'),
  sensitiveFields: sensitiveFields.default([]),
})
const updateSchema = z.object({
  id: idInput,
  ifRevision: z.string().nullish(),
  name: nameInput.optional(),
  description: linesInput.nullish(),
  departmentTypeIds: typeIds.optional(),
  staffTypeIds: typeIds.optional(),
  scope: ruleScopeSchema.optional(),
  sensitiveFields: sensitiveFields.optional(),
})

export type CreateRule = Given<typeof createSchema>
export type UpdateRule = Given<typeof updateSchema>

export function createRule(input: CreateRule): Edit {
  return {
    name: 'rule.create',
    input,
    locks: { shared: [...input.departmentTypeIds, ...input.staffTypeIds], exclusive: ['rules'] },
    decide: async (scene) => {
      const { name, description, ...rule } = parseInput(createSchema, input)
      requireMayWrite(scene, 'rule')
      requireFreeCatalogueName(scene, 'rule', name, null)
      await requireGrantable(scene, rule)
      return added(scene, 'rule', {
        displayName: [name],
        description: description ? [description] : [],
        ...attributesOf(rule),
      })
    },
  }
}

/** Takes effect for everybody who holds it, on open sockets too (P3). */
export function updateRule(input: UpdateRule): Edit {
  return {
    name: 'rule.update',
    input,
    locks: {
      shared: [...(input.departmentTypeIds ?? []), ...(input.staffTypeIds ?? [])],
      exclusive: [input.id, 'rules'],
    },
    decide: async (scene) => {
      const { id, ifRevision, name, description, ...patch } = parseInput(updateSchema, input)
      requireMayWrite(scene, 'rule')
      const { entry, fresh } = await existing(scene, 'rule', id, ifRevision ?? null)
      if (name !== undefined) requireFreeCatalogueName(scene, 'rule', name, id)
      if (!scene.authority.holdsRule(entry, null))
        throw new NotPermitted('The rule shows more than you may see yourself: it is not yours to change.')
      const { departmentTypeIds, staffTypeIds, scope, sensitiveFields: fields } = entry
      await requireGrantable(
        scene,
        defined({ departmentTypeIds, staffTypeIds, scope, sensitiveFields: fields }, patch),
      )
      const attributes = attributesOf(patch)
      const changes = new Changes(fresh)
        .set('displayName', name)
        .set('description', description === '' ? null : description)
      for (const [attribute, values] of Object.entries(attributes)) changes.set(attribute, values)
      return { steps: changes.steps(), subject: { id } }
    },
  }
}

export const deleteRule = (input: { id: string; ifRevision?: string | null | undefined }) =>
  removal('rule', input)

type Granted = Pick<Rule, 'departmentTypeIds' | 'staffTypeIds' | 'scope' | 'sensitiveFields'>
type Patch = { [K in keyof Granted]?: Granted[K] | undefined }

function defined(rule: Granted, patch: Patch): Granted {
  return {
    departmentTypeIds: patch.departmentTypeIds ?? rule.departmentTypeIds,
    staffTypeIds: patch.staffTypeIds ?? rule.staffTypeIds,
    scope: patch.scope ?? rule.scope,
    sensitiveFields: patch.sensitiveFields ?? rule.sensitiveFields,
  }
}

/** Its types exist, its fields are in the catalogue, and it shows no more than the caller's own rules (T36). */
async function requireGrantable(scene: Scene, rule: Granted): Promise<void> {
  for (const [path, kind, ids] of [
    ['departmentTypeIds', 'departmentType', rule.departmentTypeIds],
    ['staffTypeIds', 'staffType', rule.staffTypeIds],
  ] as const) {
    for (const [i, id] of ids.entries())
      if (!(await scene.read(kind, id))) throw InvalidInput.at(`${path}.${i}`, 'is no such type')
  }
  const keys = new Set([...scene.state.all('fieldDefinition')].map((field) => field.key))
  for (const [i, key] of rule.sensitiveFields.entries())
    if (!keys.has(key)) throw InvalidInput.at(`sensitiveFields.${i}`, 'is no field of the catalogue')
  if (!scene.authority.holdsRule(rule, null))
    throw new NotPermitted('The rule would show more than you may see yourself.', beyondOwn(scene, rule))
}

/** The part of a rule that none of the caller's own rules contains; null when it is what the parts show together. */
function beyondOwn({ authority }: Scene, { scope, ...rule }: Granted): string | null {
  const nothing = { scope, departmentTypeIds: [], staffTypeIds: [], sensitiveFields: [] }
  const parts = Object.entries(rule).filter(
    ([part, values]) => !authority.holdsRule({ ...nothing, [part]: values }, null),
  )
  return parts[0]?.[0] ?? null
}

function attributesOf(rule: Patch): Record<string, string[]> {
  const given: Record<string, string[] | undefined> = {
    dlrDepartmentType: rule.departmentTypeIds && [...new Set(rule.departmentTypeIds)],
    dlrStaffType: rule.staffTypeIds && [...new Set(rule.staffTypeIds)],
    dlrScope: rule.scope && [rule.scope],
    dlrSensitiveField: rule.sensitiveFields && [...new Set(rule.sensitiveFields)],
  }
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, values]) => (values ? [[name, values]] : [])),
  )
}
