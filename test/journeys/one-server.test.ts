import { expect, it } from 'vitest'
import { LANE_TIMEOUT, runLane } from '../support/lane/lane.ts'
import { ONE_SERVER } from '../support/lane/one-server.ts'

it(
  '[I1] [I2] [I3] [I4] [I5] [I6] [I7] [I8] [I10] [D2] [D7] [D10] [D11] [R1] [R2] [L1] [L7] [P3] [P4] a random history of LDAP edits: every copy is true at every moment',
  async () => {
    for (const { versions, counts } of await runLane(ONE_SERVER)) {
      expect(versions).toBeGreaterThan(40)
      expect(counts.get('stored')).toBeGreaterThan(40)
    }
  },
  LANE_TIMEOUT,
)
