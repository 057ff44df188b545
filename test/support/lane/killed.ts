import { foundingLdif } from './founding.ts'
import type { Lane } from './lane.ts'
import { Mortals } from './mortal.ts'
import { TEST_BASE } from '../slapd.ts'

/** kill -9 of the server, of slapd, of PostgreSQL and of all three, in the middle of edits, answers and pushes. */
export const KILLED: Lane = {
  name: 'killed',
  faults: ['server', 'directory', 'directory', 'database', 'database', 'everything'],
  faultPercent: 14,
  turns: 36,
  lay: async (canaries) => {
    const mortals = await Mortals.start(foundingLdif(TEST_BASE, canaries))
    return {
      slapd: mortals.slapd,
      databaseUrl: mortals.databaseUrl,
      urls: [mortals.url],
      canaries,
      fault: ({ act }) => {
        switch (act) {
          case 'server':
            return mortals.server()
          case 'directory':
            return mortals.directory()
          case 'database':
            return mortals.database()
          default:
            return mortals.everything()
        }
      },
      log: () => mortals.lines,
      close: () => mortals.stop(),
    }
  },
}
