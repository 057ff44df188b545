import { z } from 'zod'
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

const SearchCategory = builder.enumType('SearchCategory', {
  description: 'The two kinds of what a search can find.',
  values: {
    DEPARTMENT: { value: 'department', description: 'A department.' },
    STAFF: { value: 'staff', description: 'A person.' },
  } as const,
})

builder.queryField('search', (t) =>
  t.withAuth({ signedIn: true }).field({
    type: [SearchHit],
    description:
      'People and departments whom the caller sees, best first: by name, nickname, login, mail, pinyin and initials (`zhangsan`, `zhangs`, `zs`, all readings of a character), the last four or more digits of the mobile number, title, and department. Several words may each match another field.',
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
      only: t.arg({
        type: SearchCategory,
        description: 'Only people or only departments; both when absent.',
      }),
      ...waitForArg,
    },
    resolve: async (_, { query, first, only, waitFor }, { caller, sync }) => {
      await caller.reach(waitFor)
      const hits = await sync.search(caller.signedIn.staffId, {
        query: normaliseText(query),
        first: first ?? DEFAULT_PAGE,
        only: only ?? null,
      })
      return hits.map(({ row }) => row)
    },
  }),
)
