import { z } from 'zod'
import { ABILITIES, ALL, isAbilityName } from '../../access/authority.ts'
import { FIELD_KEY } from '../../directory/attributes.ts'
import type { Ability, Role } from '../../model/entry.ts'
import { Changes } from '../changes.ts'
import type { Edit } from '../edit.ts'
import { InvalidInput, NotPermitted } from '../failures.ts'
import { idInput, linesInput, nameInput, parseInput, type Given } from '../input.ts'
import type { Scene } from '../scene.ts'
import { STAFF_KEYS } from '../staff/fields.ts'
import { added, existing, removal, requireFreeCatalogueName, requireMayWrite } from './entry.ts'

/** Fields that abilities can name besides those of the catalogue. */
const BUILT_IN = [...STAFF_KEYS, 'name', 'description', 'type', 'leaders']

const abilityInput = z
  .object({
    name: z
      .string()
      .refine(
        (name) => name === ALL || isAbilityName(name),
        `must be ${ALL} or one of ${Object.keys(ABILITIES).join(', ')}`,
      ),
    scope: z.enum(['ORGANISATION', 'OWN_SUBTREE', 'SUBTREE']),
    departmentId: idInput.nullish().transform((id) => id ?? null),
    fields: z
      .array(z.union([z.literal(ALL), z.string().regex(FIELD_KEY, 'must be the key of a field, or *')]))
      .max(200, 'must be at most 200 fields'),
  })
  .refine((ability) => (ability.scope === 'SUBTREE') === (ability.departmentId !== null), {
    path: ['departmentId'],
    message: 'must be given with the scope SUBTREE, and with no other',
  })

const ruleIds = z.array(idInput).max(1000, 'must be at most 1000 rules')
const abilities = z.array(abilityInput).max(200, 'must be at most 200 abilities')
const createSchema = z.object({
  name: nameInput,
  description: linesInput.nullish(),
  ruleIds: ruleIds.default([]),
  abilities: abilities.default([]),
})
const updateSchema = z.object({
  id: idInput,
  ifRevision: z.string().nullish(),
  name: nameInput.optional(),
  description: linesInput.nullish(),
  ruleIds: ruleIds.optional(),
  abilities: abilities.optional(),
})

export type CreateRole = Given<typeof createSchema>
export type UpdateRole = Given<typeof updateSchema>

export function createRole(input: CreateRole): Edit {
  return {
    name: 'role.create',
    input,
    locks: { shared: referencesOf(input), exclusive: ['roles'] },
    decide: async (scene) => {
      const { name, description, ...role } = parseInput(createSchema, input)
      requireMayWrite(scene, 'role')
      requireFreeCatalogueName(scene, 'role', name, null)
      await requireGrantable(scene, role)
      return added(scene, 'role', {
        displayName: [name],
        description: description ? [description] : [],
        dlrRule: [...new Set(role.ruleIds)],
        dlrAbility: role.abilities.map(abilityValue),
      })
    },
  }
}

/** Takes effect for everybody who holds it. What somebody adds or takes away must be their own; the rest may stay. */
export function updateRole(input: UpdateRole): Edit {
  return {
    name: 'role.update',
    input,
    locks: { shared: referencesOf(input), exclusive: [input.id, 'roles'] },
    decide: async (scene) => {
      const { id, ifRevision, name, description, ...patch } = parseInput(updateSchema, input)
      requireMayWrite(scene, 'role')
      const { entry, fresh } = await existing(scene, 'role', id, ifRevision ?? null)
      if (name !== undefined) requireFreeCatalogueName(scene, 'role', name, id)
      await requireGrantable(scene, patch, entry)
      requireHeld(scene, entry, patch)
      const changes = new Changes(fresh)
        .set('displayName', name)
        .set('description', description === '' ? null : description)
        .set('dlrRule', patch.ruleIds && [...new Set(patch.ruleIds)])
        .set('dlrAbility', patch.abilities?.map(abilityValue))
      return { steps: changes.steps(), subject: { id } }
    },
  }
}

export const deleteRole = (input: { id: string; ifRevision?: string | null | undefined }) =>
  removal('role', input)

interface Referring {
  readonly ruleIds?: readonly string[] | null | undefined
  readonly abilities?: readonly { readonly departmentId?: string | null | undefined }[] | null | undefined
}

function referencesOf(input: Referring): string[] {
  const departments = (input.abilities ?? []).flatMap(({ departmentId }) => departmentId ?? [])
  return [...new Set([...(input.ruleIds ?? []), ...departments])]
}

interface Rights {
  readonly ruleIds?: readonly string[] | undefined
  readonly abilities?: readonly Ability[] | undefined
}

/** Nobody puts into a role what they do not have themselves (T36); what is in it already may stay. */
async function requireGrantable(
  scene: Scene,
  { ruleIds: rules = [], abilities: given = [] }: Rights,
  before: Pick<Role, 'ruleIds' | 'abilities'> = { ruleIds: [], abilities: [] },
): Promise<void> {
  for (const [i, id] of rules.entries()) {
    if (before.ruleIds.includes(id)) continue
    const rule = await scene.read('rule', id)
    if (!rule) throw InvalidInput.at(`ruleIds.${i}`, 'is no rule')
    if (!scene.authority.holdsRule(rule.entry, null))
      throw new NotPermitted(
        `The rule ${rule.entry.name} shows more than you may see yourself.`,
        `ruleIds.${i}`,
      )
  }
  const old = new Set(before.abilities.map(abilityValue))
  const known = new Set([...BUILT_IN, ...[...scene.state.all('fieldDefinition')].map(({ key }) => key)])
  for (const [i, ability] of given.entries()) {
    if (old.has(abilityValue(ability))) continue
    if (ability.departmentId !== null)
      await scene.subject('department', ability.departmentId, `abilities.${i}.departmentId`)
    for (const [j, key] of ability.fields.entries())
      if (key !== ALL && !known.has(key))
        throw InvalidInput.at(
          `abilities.${i}.fields.${j}`,
          'is no field of the catalogue, and none that is built in',
        )
    if (!scene.authority.holds(ability, null))
      throw new NotPermitted(
        `You do not have the ability ${ability.name} for all of that yourself.`,
        `abilities.${i}`,
      )
  }
}

/** Nobody takes away from all who hold a role what they could not give any of them (T36); a rule that is gone is free to go. */
function requireHeld(
  { state, authority }: Scene,
  entry: Role,
  { ruleIds: rules, abilities: given }: Rights,
): void {
  const left = given && new Set(given.map(abilityValue))
  const taken = left ? entry.abilities.filter((ability) => !left.has(abilityValue(ability))) : []
  const gone = rules ? entry.ruleIds.filter((id) => !rules.includes(id)) : []
  const areHeld = {
    ruleIds: gone
      .flatMap((id) => state.get('rule', id) ?? [])
      .every((rule) => authority.holdsRule(rule, null)),
    abilities: taken.every((ability) => authority.holds(ability, null)),
  }
  for (const [path, isHeld] of Object.entries(areHeld))
    if (!isHeld)
      throw new NotPermitted(
        'The role lets people see or do more than you may yourself: that is not yours to take away.',
        path,
      )
}

function abilityValue({ name, scope, departmentId, fields }: Ability): string {
  return JSON.stringify({ name, scope, departmentId, fields: [...new Set(fields)].sort() })
}
