import { z } from 'zod'
import { compareText } from '../model/canonical.ts'
import type { Ability } from '../model/entry.ts'
import { FIELD_KEY, isUuid, Malformed, nameOf, type Attributes, type Draft } from './attributes.ts'

/** A scope that cannot be read must not become a wider one: the rule is then malformed and grants nothing. */
export function mapRule(a: Attributes, id: string): Draft {
  const scope = a.text('dlrScope')
  if (scope !== 'ORGANISATION' && scope !== 'OWN_SUBTREE') {
    throw new Malformed(`dlrScope must be ORGANISATION or OWN_SUBTREE, not ${JSON.stringify(scope)}`)
  }
  const fields = a.texts('dlrSensitiveField').filter((key) => {
    if (!FIELD_KEY.test(key)) a.report('dlrSensitiveField', key, 'is not a field key')
    return FIELD_KEY.test(key)
  })
  return {
    entry: {
      kind: 'rule',
      id,
      name: nameOf(a, 'cn'),
      description: a.lines('description'),
      departmentTypeIds: a.ids('dlrDepartmentType'),
      staffTypeIds: a.ids('dlrStaffType'),
      scope,
      sensitiveFields: [...new Set(fields)],
    },
    managerDn: null,
  }
}

export function mapRole(a: Attributes, id: string): Draft {
  return {
    entry: {
      kind: 'role',
      id,
      name: nameOf(a, 'cn'),
      description: a.lines('description'),
      ruleIds: a.ids('dlrRule'),
      abilities: abilities(a),
    },
    managerDn: null,
  }
}

const abilityValue = z
  .object({
    /** `*`: all abilities. */
    name: z.union([z.literal('*'), z.string().regex(/^[a-z][A-Za-z0-9.:_-]{0,63}$/)]),
    scope: z.enum(['ORGANISATION', 'OWN_SUBTREE', 'SUBTREE']),
    departmentId: z.string().toLowerCase().refine(isUuid).nullish(),
    fields: z.array(z.union([z.literal('*'), z.string().regex(FIELD_KEY)])).nullish(),
  })
  .refine((ability) => (ability.scope === 'SUBTREE') === (typeof ability.departmentId === 'string'))

/** Abilities without `fields` cover none. A value that is not one grants nothing and is reported. */
function abilities(a: Attributes): Ability[] {
  const found = a.json('dlrAbility').flatMap((value): Ability[] => {
    const parsed = abilityValue.safeParse(value)
    if (!parsed.success) {
      a.report('dlrAbility', JSON.stringify(value), 'is not an ability')
      return []
    }
    const { name, scope, departmentId, fields } = parsed.data
    return [
      {
        name,
        scope,
        departmentId: departmentId ?? null,
        fields: [...new Set(fields ?? [])].sort(compareText),
      },
    ]
  })
  return found.sort(
    (x, y) =>
      compareText(x.name, y.name) ||
      compareText(x.scope, y.scope) ||
      compareText(x.departmentId ?? '', y.departmentId ?? '') ||
      compareText(x.fields.join(), y.fields.join()),
  )
}
