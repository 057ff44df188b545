import { startServer } from '../server.ts'
import { TEST_BASE } from '../slapd.ts'
import { foundingLdif } from './founding.ts'
import type { Lane } from './lane.ts'
import { prunePast } from './prune.ts'

/** Everything is allowed to everybody, and heartbeats come often: what is tested is what was said in between. */
export const SETTINGS = { MASS_DELETE_PERCENT: '100', HEARTBEAT_SECONDS: '1', LOG_LEVEL: 'warn' }

/** One instance over a slapd and a database; history is forgotten under its clients now and then (L7). */
export const ONE_SERVER: Lane = {
  name: 'one-server',
  faults: ['prune'],
  faultPercent: 6,
  turns: 150,
  lay: async (canaries) => {
    const server = await startServer({ ldif: foundingLdif(TEST_BASE, canaries), settings: SETTINGS })
    await server.until(() => server.instance.replica.version > 0)
    return {
      slapd: server.slapd,
      databaseUrl: server.database.url,
      urls: [server.url],
      canaries,
      fault: ({ b }, { past }) => prunePast(server.database.url, past, b % 12),
      log: () => server.lines,
      close: () => server.close(),
    }
  },
}
