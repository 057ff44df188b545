import { builder } from '../builder.ts'

export const EntryStatus = builder.enumType('EntryStatus', {
  description: 'Whether an entry of the directory counts.',
  values: {
    ACTIVE: { description: 'It counts.' },
    DISABLED: { description: 'Kept, but shown in no view; a person cannot sign in.' },
    TRASHED: { description: 'In the trash: shown in no view, and can be restored.' },
  } as const,
})
