import { builder } from './builder.ts'

export const ChangeCategory = builder.enumType('ChangeCategory', {
  description: 'The two kinds of rows.',
  values: {
    DEPARTMENT: { description: 'A department.' },
    STAFF: { description: 'A person.' },
  } as const,
})
