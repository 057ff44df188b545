import { expect, it } from 'vitest'
import { LANE_TIMEOUT, runLane } from '../support/lane/lane.ts'
import { RESTORED } from '../support/lane/restored.ts'

it(
  '[R1] [R2] [C1] [C2] [L9] [T53] [T87] a database restored to an older dump and written on: newer copies are told, and come to the truth',
  async () => {
    for (const { counts } of await runLane(RESTORED)) {
      expect(counts.get('stored')).toBeGreaterThan(10)
    }
  },
  LANE_TIMEOUT,
)
