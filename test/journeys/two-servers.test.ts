import { expect, it } from 'vitest'
import { LANE_TIMEOUT, runLane } from '../support/lane/lane.ts'
import { TWO_SERVERS } from '../support/lane/two-servers.ts'

it(
  '[I9] [C1] [C2] [K3] [D9] devices hop between two instances, one of them late and deaf: nobody can tell',
  async () => {
    for (const { versions, counts } of await runLane(TWO_SERVERS)) {
      expect(versions).toBeGreaterThan(20)
      expect(counts.get('stored')).toBeGreaterThan(20)
    }
  },
  LANE_TIMEOUT,
)
