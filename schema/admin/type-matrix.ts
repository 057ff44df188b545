import type { SightByType as Row, SightOfType as Cell } from '../../src/access/type-matrix.ts'
import { FLAT_LIST } from '../arguments.ts'
import { builder } from '../builder.ts'

const SightOfType = builder.objectRef<Cell>('SightOfType').implement({
  description: 'How many people are shown what is of a type.',
  fields: (t) => ({
    typeId: t.exposeID('typeId', { description: 'One of `admin { types }`.' }),
    everywhere: t.exposeInt('everywhere', { description: 'So many see it in the whole organisation.' }),
    nearby: t.exposeInt('nearby', {
      description: 'So many more see it at and below their own departments alone.',
    }),
  }),
})

export const SightByType = builder.objectRef<Row>('SightByType').implement({
  description: 'What people of one type are shown, type by type.',
  fields: (t) => ({
    viewerTypeId: t.exposeID('viewerTypeId', {
      nullable: true,
      description: 'The type of those who look; null for people without one.',
    }),
    viewerCount: t.exposeInt('viewerCount', { description: 'How many they are.' }),
    sights: t.field({
      type: [SightOfType],
      description: 'What they are shown: all types of departments and staff.',
      complexity: FLAT_LIST,
      resolve: ({ sights }) => [...sights],
    }),
  }),
})
