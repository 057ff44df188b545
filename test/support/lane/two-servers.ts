import { startServer } from '../server.ts'
import { TEST_BASE } from '../slapd.ts'
import { foundingLdif } from './founding.ts'
import type { Lane } from './lane.ts'
import { SETTINGS } from './one-server.ts'
import { PostgresProxy } from './postgres-proxy.ts'
import { prunePast } from './prune.ts'

/** Two instances on one database, between which devices hop at random; what the second one reads comes late. */
export const TWO_SERVERS: Lane = {
  name: 'two-servers',
  faults: ['lag', 'lag', 'lag', 'deafen', 'cut', 'prune'],
  faultPercent: 15,
  turns: 120,
  lay: async (canaries) => {
    const first = await startServer({ ldif: foundingLdif(TEST_BASE, canaries), settings: SETTINGS })
    await first.until(() => first.instance.replica.version > 0)
    const { slapd, database } = first
    const proxy = await PostgresProxy.before(database.url)
    const second = await startServer({
      slapd,
      database: { ...database, url: proxy.url },
      settings: SETTINGS,
    })
    return {
      slapd,
      databaseUrl: database.url,
      urls: [first.url, second.url],
      canaries,
      fault: async ({ act, b }, { past }) => {
        switch (act) {
          case 'lag':
            return proxy.lag(b)
          case 'deafen':
            proxy.isDeaf = b % 3 > 0
            return
          case 'cut':
            return proxy.cut()
          case 'prune':
            return prunePast(database.url, past, b % 12)
        }
      },
      log: () => [...first.lines.slice(-10), ...second.lines.slice(-10)],
      close: async () => {
        await second.close()
        proxy.close()
        await first.close()
      },
    }
  },
}
