import { builder } from '../builder.ts'

export const recursiveArg = builder.args((t) => ({
  recursive: t.boolean({
    defaultValue: false,
    description: 'Whether the departments below count too, each person once.',
  }),
}))
