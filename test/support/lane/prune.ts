import pg from 'pg'
import { openDatabase } from '../../../src/changelog/database.ts'
import { prune } from '../../../src/changelog/prune.ts'
import type { Past } from './past.ts'

/** Forgets all but the newest versions, as if they had grown old. */
export async function prunePast(url: string, past: Past, keep: number): Promise<void> {
  await past.read()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(
      `UPDATE log_version SET committed_at = committed_at - interval '2 hours' WHERE version <= $1`,
      [past.head.version - keep],
    )
  } finally {
    await client.end()
  }
  const db = await openDatabase(url)
  try {
    await prune(db, { maxAgeDays: 3650, maxVersions: keep })
  } finally {
    await db.close()
  }
}
