import { pause } from '../../../src/clock.ts'
import { startServer } from '../server.ts'
import { freePort, TEST_BASE } from '../slapd.ts'
import { Backup } from './backup.ts'
import { foundingLdif } from './founding.ts'
import type { Lane } from './lane.ts'
import { SETTINGS } from './one-server.ts'

/** A database that is set back to an older dump, under a server that runs or one that was stopped, and is written on. */
export const RESTORED: Lane = {
  name: 'restored',
  faults: ['back up', 'restore', 'restore and start'],
  faultPercent: 12,
  turns: 70,
  lay: async (canaries) => {
    const settings = { ...SETTINGS, PORT: String(await freePort()) }
    const first = await startServer({ ldif: foundingLdif(TEST_BASE, canaries), settings })
    await first.until(() => first.instance.replica.version > 0)
    const { slapd, database } = first
    const backup = new Backup(database.url)
    let server = first
    return {
      slapd,
      databaseUrl: database.url,
      urls: [first.url],
      canaries,
      fault: async ({ act }, { past, judge }) => {
        if (act === 'back up' || !backup.isTaken) return backup.take()
        judge.restored()
        if (act === 'restore') {
          await backup.restore(past)
          // Within a second the instance finds out (C2); from then on it answers from the new history.
          do {
            await pause(20)
            await past.read()
          } while (!past.isCurrent(positionOf(server.instance.replica)))
        } else {
          await server.closeInstance()
          await backup.restore(past)
          server = await startServer({ slapd, database, settings })
        }
      },
      log: () => server.lines,
      close: async () => {
        await server.closeInstance()
        await first.close()
      },
    }
  },
}

const positionOf = ({ version, hash }: { version: number; hash: string }) => ({
  version,
  hash: hash.slice(0, 16),
})
