import { rulesOf } from '../src/access/grant.ts'
import type { Role as Entry } from '../src/model/entry.ts'
import { SHORT_LIST } from './arguments.ts'
import { builder } from './builder.ts'
import { Node } from './node.ts'
import { Rule } from './rule.ts'

export const Role = builder.objectRef<Entry>('Role').implement({
  description: 'A set of rules and abilities that people hold. A caller reads their own roles only.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'For people to read.' }),
    description: t.exposeString('description', { nullable: true, description: 'What the role is for.' }),
    rules: t.field({
      type: [Rule],
      description: 'What the role lets its holders see.',
      complexity: SHORT_LIST,
      resolve: (role, _, { caller }) => rulesOf(caller.state, role),
    }),
  }),
})
