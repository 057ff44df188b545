import { z } from 'zod'
import { search } from '../src/access/search.ts'
import { normaliseText } from '../src/model/text.ts'
import { countSchema, listCost, waitForArg } from './arguments.ts'
import { builder } from './builder.ts'
import { typeOf } from './node.ts'
import { Department, Staff } from './refs.ts'
import { DEFAULT_PAGE } from './paging.ts'

const MAX_QUERY = 200

const SearchHit = builder.unionType('SearchHit', {
  description: 'What a search can find.',
  types: [Staff, Department],
  resolveType: typeOf,
})

builder.queryField('search', (t) =>
  t.withAuth({ signedIn: true }).field({
    type: [SearchHit],
    description:
      'People and departments whom the caller sees, best first: by name, nickname, pinyin, initials, login, title, the last four or more digits of the mobile number, and department name.',
    complexity: ({ first }) => listCost(first ?? DEFAULT_PAGE),
    args: {
      query: t.arg.string({
        required: true,
        description: `What to look for, at most ${MAX_QUERY} characters; blank finds nothing.`,
        validate: z.string().max(MAX_QUERY, `must have at most ${MAX_QUERY} characters`),
      }),
      first: t.arg.int({
        defaultValue: DEFAULT_PAGE,
        description: 'How many hits at most: 0 to 100.',
        validate: countSchema.nullish(),
      }),
      ...waitForArg,
    },
    resolve: (_, { query, first, waitFor }, { caller }) =>
      caller.ask(waitFor, (view) =>
        search(view, normaliseText(query), first ?? DEFAULT_PAGE).map(({ row }) => row),
      ),
  }),
)
