import type { MetadataEntry as Entry } from '../src/model/entry.ts'
import { builder } from './builder.ts'

export const MetadataEntry = builder.objectRef<Entry>('MetadataEntry').implement({
  description: 'The value of a custom field, as the field catalogue defines it.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The key of the field definition.' }),
    value: t.exposeString('value', { description: 'The value, as text.' }),
  }),
})
