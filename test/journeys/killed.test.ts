import { expect, it } from 'vitest'
import { KILLED } from '../support/lane/killed.ts'
import { LANE_TIMEOUT, runLane } from '../support/lane/lane.ts'

it(
  '[L1] [L2] [K1] [T76] server, slapd and PostgreSQL killed with -9 in any order under edits: nothing missed, nothing doubled, nothing told wrong',
  async () => {
    for (const { counts } of await runLane(KILLED)) {
      expect(counts.get('stored')).toBeGreaterThan(10)
    }
  },
  LANE_TIMEOUT,
)
