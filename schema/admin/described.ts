import { ABILITIES } from '../../src/access/authority.ts'
import { ACTIONS } from '../../src/audit/actions.ts'
import { builder } from '../builder.ts'

interface Described {
  readonly name: string
  readonly description: string
}

/** A name that stands in data, where an enum cannot have it. */
export const DescribedName = builder.objectRef<Described>('DescribedName').implement({
  description: 'A name that this server knows, and what it means.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As it is written, for example `staff.write`.' }),
    description: t.exposeString('description', { description: 'What it means, in English.' }),
  }),
})

export const abilityNames = described(ABILITIES)
export const auditActions = described(ACTIONS)

function described(table: Readonly<Record<string, string>>): readonly Described[] {
  return Object.entries(table).map(([name, description]) => ({ name, description }))
}
