import type { DirectoryClient, News, StaffRow } from 'dolores/sdk'
import type { Pool, PoolClient } from 'pg'

const CREATE = `CREATE TABLE IF NOT EXISTS people (
  id text PRIMARY KEY, login text NOT NULL, name text NOT NULL, title text, mobile text, departments text[] NOT NULL)`
const PUT = `INSERT INTO people (id, login, name, title, mobile, departments) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (id) DO UPDATE SET (login, name, title, mobile, departments) = ($2, $3, $4, $5, $6)`

const valuesOf = (row: StaffRow) => [
  row.id,
  row.login,
  row.name,
  row.title,
  row.mobile,
  row.memberships.map(({ departmentId }) => departmentId),
]

/** Keeps the table `people` at what the client shows: each change whole, in one transaction, in order. */
export async function keepTable(client: DirectoryClient, pool: Pool, onError: (error: unknown) => void) {
  await pool.query(CREATE)
  let tail = Promise.resolve()
  const write = (act: (db: PoolClient) => Promise<void>) => {
    tail = tail.then(() => inTransaction(pool, act)).catch(onError)
  }
  const replaceAll = (people: readonly StaffRow[]) =>
    write(async (db) => {
      await db.query('DELETE FROM people')
      for (const row of people) await db.query(PUT, valuesOf(row))
    })
  const stop = client.onNews((news: News) => {
    // Rows change in place: what is to be written is taken out at once.
    if (news.kind === 'reset') return replaceAll([...(news.rows?.staff.values() ?? [])])
    const { changes } = news
    write(async (db) => {
      for (const { category, id, after } of changes) {
        if (category !== 'STAFF') continue
        if (after) await db.query(PUT, valuesOf(after))
        else await db.query('DELETE FROM people WHERE id = $1', [id])
      }
    })
  })
  if (client.rows) replaceAll([...client.rows.staff.values()])
  return { stop, settled: () => tail }
}

async function inTransaction(pool: Pool, act: (db: PoolClient) => Promise<void>): Promise<void> {
  const db = await pool.connect()
  try {
    await db.query('BEGIN')
    await act(db)
    await db.query('COMMIT')
  } catch (error) {
    await db.query('ROLLBACK')
    throw error
  } finally {
    db.release()
  }
}
