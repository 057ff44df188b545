import type { Duplex } from 'node:stream'
import pg from 'pg'
import { AppError, messageOf } from '../errors.ts'
import { isAway } from './failure.ts'

/** Parameters that Prisma knows and pg does not. */
const PRISMA_ONLY = ['schema', 'connection_limit', 'pool_timeout', 'pgbouncer']

/**
 * The connection string for pg: every session runs in UTC, without which timestamps are written and read hours off on a
 * server with another time zone. `settings` of the session hold where the URL brings none of its own. Throws AppError for
 * a URL that cannot be used.
 */
export function connectionString(url: string, settings: Readonly<Record<string, number>> = {}): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (!parsed)
    throw new AppError('BAD_USER_INPUT', 'DATABASE_URL is not a URL such as postgresql://dolores@db/dolores.')
  const schema = parsed.searchParams.get('schema')
  if (schema !== null && schema !== 'public')
    throw new AppError(
      'BAD_USER_INPUT',
      'DATABASE_URL names a schema. Give Dolores a database of its own instead.',
    )
  for (const name of PRISMA_ONLY) parsed.searchParams.delete(name)
  const options = parsed.searchParams.get('options')
  // Of several the last one holds.
  const defaults = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  parsed.searchParams.set(
    'options',
    [...defaults, ...(options ? [options] : []), '-c TimeZone=UTC'].join(' '),
  )
  return parsed.toString()
}

/**
 * Runs work on a connection of its own, then closes it. That the server cannot be reached or does not let us in is an
 * AppError that says which server, without the password. `stream` makes the socket, when it is not to be a plain one.
 */
export async function withConnection<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
  stream?: () => Duplex,
): Promise<T> {
  const client = new pg.Client({
    connectionString: connectionString(url),
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    ...(stream && { stream }),
  })
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (cause) {
    await client.end().catch(() => {})
    throw refusal(url, cause)
  }
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

function refusal(url: string, cause: unknown): AppError {
  const { hostname, port, searchParams, pathname } = new URL(url)
  const server = searchParams.get('host') ?? `${hostname}${port ? `:${port}` : ''}`
  const away = isAway(cause)
    ? `The database at ${server} does not answer`
    : `The database at ${server} refuses us`
  return new AppError(
    'UNAVAILABLE',
    `${away} (${pathname.slice(1)}: ${messageOf(cause) || 'no connection'}). Check DATABASE_URL, and that PostgreSQL runs.`,
    { cause },
  )
}
