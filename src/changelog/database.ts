import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts'
import { connectionString, withConnection } from './connection.ts'
import { requireOurs } from './migrate.ts'
import { attentive, SILENCE_MS } from './silence.ts'

/** A statement that runs so often that it is prepared once a connection and goes past Prisma. */
export interface Statement {
  /** Unique among all statements. */
  readonly name: string
  /** With `$1`, `$2`, … for the values. */
  readonly text: string
}

/** The pool or one transaction. Of numbers those in a bigint come as text. */
export interface Sql {
  run<R extends object>(statement: Statement, values: readonly unknown[]): Promise<R[]>
}

/** The database that keeps the log, the sessions and the leases. */
export interface Database extends Sql {
  readonly prisma: PrismaClient
  /** As it was given; `listen` opens its own connection with it. */
  readonly url: string
  /** Commits when the work is done, takes everything back when it throws. */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>
  /** All that the work reads is as of one moment. */
  snapshot<T>(work: (tx: Sql) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export type Transaction = Prisma.TransactionClient

const CONNECTIONS = 10
/** A resting connection is closed well before its silence would be taken for a dead line. */
const REST_MS = SILENCE_MS / 2
/** The server ends what its client has given up, and with it the locks that stand in the way of others (L9). */
const SERVER_LIMITS = {
  idle_in_transaction_session_timeout: SILENCE_MS,
  statement_timeout: 3 * SILENCE_MS,
} as const

/**
 * Opens a pool. No statement waits longer than SILENCE_MS for a sign of life: AppError UNAVAILABLE. The database must be
 * migrated (see `migrate`) or empty; one that belongs to another application, is not in UTF-8 or cannot be reached is an
 * AppError, and nothing in it was changed.
 */
export async function openDatabase(url: string): Promise<Database> {
  await withConnection(url, requireOurs, attentive(SILENCE_MS))
  const pool = new pg.Pool({
    connectionString: connectionString(url, SERVER_LIMITS),
    application_name: 'dolores',
    max: CONNECTIONS,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: REST_MS,
    stream: attentive(SILENCE_MS),
  })
  // Whoever uses a connection next is told that it broke.
  pool.on('error', () => {})
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    transactionOptions: { maxWait: 5000, timeout: 15_000 },
  })
  return {
    prisma,
    url,
    ...sqlOf(pool),
    transaction: (work) => transaction(pool, 'BEGIN', work),
    snapshot: (work) => transaction(pool, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work),
    close: async () => {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}

function sqlOf(client: Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>): Sql {
  return {
    run: async <R extends object>({ name, text }: Statement, values: readonly unknown[]) =>
      (await client.query<R>({ name, text, values: [...values] })).rows,
  }
}

async function transaction<T>(pool: pg.Pool, begin: string, work: (tx: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  const ignore = () => {}
  client.on('error', ignore)
  let isBroken = false
  try {
    await client.query(begin)
    const result = await work(sqlOf(client))
    await client.query('COMMIT')
    return result
  } catch (error) {
    isBroken = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    )
    throw error
  } finally {
    client.off('error', ignore)
    client.release(isBroken)
  }
}
