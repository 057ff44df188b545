import fc from 'fast-check'
import { expect, it } from 'vitest'
import { searchHistory } from './histories.ts'
import { play } from './lane.ts'

it('[F1] [F2] [F3] [F4] [F5] [F6] [F7] [V5] [V9] finds and ranks what the rules say, whatever happens between', async () => {
  await fc.assert(
    fc.asyncProperty(searchHistory, async (steps) => {
      expect(await play(steps)).toBeNull()
    }),
    { numRuns: 120 },
  )
}, 300_000)
