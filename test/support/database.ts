import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

export interface TestDatabase {
  readonly url: string
  /** Ends all its sessions and removes it. */
  drop(): Promise<void>
  /** Runs SQL as the superuser of the server. */
  sql<T extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<T[]>
}

/** A migrated database of one's own in the server of this run; `empty` has no tables at all. */
export async function createDatabase(kind: 'migrated' | 'empty' = 'migrated'): Promise<TestDatabase> {
  const template = inject('templateUrl')
  const name = `test_${randomBytes(8).toString('hex')}`
  await admin(`CREATE DATABASE ${name} TEMPLATE ${kind === 'empty' ? 'template0' : databaseOf(template)}`)
  const url = withDatabase(template, name)
  return {
    url,
    drop: async () => void (await admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
    sql: (text, values) => query(url, text, values),
  }
}

const databaseOf = (url: string) => new URL(url).pathname.slice(1)

function withDatabase(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.toString()
}

const admin = (sql: string) => query(withDatabase(inject('templateUrl'), 'postgres'), sql)

async function query<T extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<T[]> {
  const client = new pg.Client({ connectionString: url })
  // Our session may be among those that a test ends.
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<T>(text, [...values])).rows
  } finally {
    await client.end()
  }
}
