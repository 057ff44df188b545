import { builder } from '../builder.ts'
import { cleanText } from '../text-input.ts'

export const MetadataInput = builder.inputType('MetadataInput', {
  description: 'A custom field to set.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'The key of the field definition.' }),
    value: t.string({ description: 'The new value; null or empty takes it away.' }),
  }),
})

/** Of an idempotency key. */
export const keySchema = cleanText(200).min(1).nullish()

/** Descriptions that stand on many inputs. */
export const TEXT = {
  key: 'The same key again gives the first answer again, and does nothing twice; kept for seven days. Up to 200 characters.',
  revision:
    'The `revision` that the caller has looked at; when it is another one by now the answer is a conflict.',
  metadata: 'Custom fields to set; those not named stay.',
  typeId: 'Id of its type.',
  afterId: 'The one behind which it comes; null for the first place, absent for the last.',
} as const
