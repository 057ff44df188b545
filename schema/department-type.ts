import type { DepartmentType as Entry } from '../src/model/entry.ts'
import { builder } from './builder.ts'
import { Node } from './node.ts'

export const DepartmentType = builder.objectRef<Entry>('DepartmentType').implement({
  description: 'A kind of department; rules grant departments by it.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'For people to read.' }),
    description: t.exposeString('description', { nullable: true, description: 'What the type is for.' }),
  }),
})
