import type { FieldDefinition as Entry } from '../src/model/entry.ts'
import { builder } from './builder.ts'
import { ChangeCategory } from './change-category.ts'
import { Node } from './node.ts'

export const FieldDefinition = builder.objectRef<Entry>('FieldDefinition').implement({
  description: 'An entry of the field catalogue: a custom field, or a built-in one that is marked sensitive.',
  interfaces: [Node],
  fields: (t) => ({
    key: t.exposeString('key', {
      description: 'The key of the metadata entry, or the name of the built-in field.',
    }),
    label: t.exposeString('label', { description: 'For people to read.' }),
    appliesTo: t.expose('appliesTo', { type: ChangeCategory, description: 'Which rows carry the field.' }),
    isSensitive: t.exposeBoolean('isSensitive', {
      description: 'Whether only rules that name the key let it be read; to everybody else it is absent.',
    }),
  }),
})
