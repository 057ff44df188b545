import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/changelog/migrate.ts'
import { serviceUser } from '../../src/local/child.ts'
import { PrivatePostgres } from '../../src/local/postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated database that `createDatabase` copies. */
    templateUrl: string
  }
}

/** One private PostgreSQL for the whole run. It does not wait for the disk: what must survive a crash starts its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'dolores-test-'))
  await chmod(dir, 0o711)
  const postgres = await PrivatePostgres.start({
    dir: join(dir, 'postgres'),
    user: serviceUser(),
    database: 'template_dolores',
    // A time zone of its own, so that every test shows that ours does not depend on it.
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '300', timezone: 'Asia/Shanghai' },
  })
  await migrate(postgres.url)
  project.provide('templateUrl', postgres.url)
  return async () => {
    await postgres.stop()
    await rm(dir, { recursive: true, force: true })
  }
}
