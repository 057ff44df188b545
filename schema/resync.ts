import type * as results from '../src/sync/results.ts'
import { builder } from './builder.ts'

const ResyncReason = builder.enumType('ResyncReason', {
  description: 'Why a copy has to be built anew (R1).',
  values: {
    PRUNED: { description: 'The history between the copy and today is no longer kept.' },
    DIVERGED: { description: 'History was replaced, or the version is not one that this caller was given.' },
    VIEW_CHANGED: { description: 'So much has changed that a snapshot is cheaper.' },
    CHECKSUM: { description: 'The client reported that its copy does not have our digest.' },
    SCHEMA: { description: 'Rows are made differently than when the version was given out.' },
  } as const,
})

export const Resync = builder.objectRef<results.Resync>('Resync').implement({
  description:
    'Take a snapshot. At once, before the delay, delete every row whose type, and the value of every field whose key, is not listed (R2).',
  fields: (t) => ({
    reason: t.expose('reason', { type: ResyncReason, description: 'Why.' }),
    delayMs: t.exposeInt('delayMs', {
      description: 'How long to wait before the snapshot, in milliseconds.',
    }),
    keepOld: t.exposeBoolean('keepOld', {
      description: 'Whether the rest of the old copy may be shown until the new one is complete.',
    }),
    departmentTypeIds: t.exposeIDList('departmentTypeIds', {
      description: 'Department types that the caller still sees.',
    }),
    staffTypeIds: t.exposeIDList('staffTypeIds', { description: 'Staff types that the caller still sees.' }),
    sensitiveFields: t.exposeStringList('sensitiveFields', {
      description: 'Sensitive fields that the caller still reads.',
    }),
    departmentFields: t.exposeStringList('departmentFields', {
      description:
        'Keys of all fields of departments that may still be shown, `description` and those of the catalogue: also one that was not sensitive when the copy was made may not be.',
    }),
    staffFields: t.exposeStringList('staffFields', {
      description:
        'Keys of all fields of people that may still be shown: `nickname`, `title`, `mobile`, `email` and those of the catalogue.',
    }),
  }),
})
