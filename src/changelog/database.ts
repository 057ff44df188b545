import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts'
import { connectionString, withConnection } from './connection.ts'
import { requireOurs } from './migrate.ts'
import { attentive, SILENCE_MS } from './silence.ts'

/** The database that keeps the log, the sessions and the leases. */
export interface Database {
  readonly prisma: PrismaClient
  /** As it was given; `listen` opens its own connection with it. */
  readonly url: string
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
 * Opens a pool. No statement waits longer than SILENCE_MS for a sign of life: AppError UNAVAILABLE. The database must be migrated (see `migrate`) or empty; one that belongs to another application, is not
 * in UTF-8 or cannot be reached is an AppError, and nothing in it was changed.
 */
export async function openDatabase(url: string): Promise<Database> {
  await withConnection(url, requireOurs, attentive(SILENCE_MS))
  const adapter = new PrismaPg({
    connectionString: connectionString(url),
    application_name: 'dolores',
    max: CONNECTIONS,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: REST_MS,
    stream: attentive(SILENCE_MS),
    ...SERVER_LIMITS,
  })
  const prisma = new PrismaClient({ adapter, transactionOptions: { maxWait: 5000, timeout: 15_000 } })
  return { prisma, url, close: () => prisma.$disconnect() }
}
