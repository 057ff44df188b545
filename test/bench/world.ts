import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../src/changelog/migrate.ts'
import { serviceUser } from '../../src/local/child.ts'
import { PrivatePostgres } from '../../src/local/postgres.ts'

/** A migrated PostgreSQL of the bench's own, as durable as a production one unless settings say otherwise. */
export async function startDatabase(
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'dolores-bench-'))
  await chmod(dir, 0o711)
  const postgres = await PrivatePostgres.start({ dir: join(dir, 'postgres'), user: serviceUser(), settings })
  await migrate(postgres.url)
  return {
    url: postgres.url,
    stop: async () => {
      await postgres.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
