import type { StaffType as Entry } from '../src/model/entry.ts'
import { builder } from './builder.ts'
import { Node } from './node.ts'

export const StaffType = builder.objectRef<Entry>('StaffType').implement({
  description: 'A kind of staff; rules grant people by it.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'For people to read.' }),
    description: t.exposeString('description', { nullable: true, description: 'What the type is for.' }),
  }),
})
