import fc from 'fast-check'
import { edit } from '../support/histories.ts'
import { card, queries } from '../support/search-edits.ts'
import type { Asked, Step } from './lane.ts'

const asked: fc.Arbitrary<Asked> = fc.record({
  viewer: fc.nat(11),
  query: queries,
  first: fc.constantFrom(100, 100, 3, 1, 0),
  only: fc.constantFrom(null, null, null, 'staff' as const, 'department' as const),
})

export const searchHistory: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    change: fc.oneof(
      { weight: 6, arbitrary: card },
      { weight: 3, arbitrary: edit },
      { weight: 1, arbitrary: edit.map((it) => ({ ...it, op: 'delete person' as const })) },
    ),
    isReplaced: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
    asked: fc.array(asked, { minLength: 1, maxLength: 6 }),
  }),
  { minLength: 4, maxLength: 20 },
)
