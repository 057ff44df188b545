import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts'
import { connectionString, withConnection } from './connection.ts'
import { requireOurs } from './migrate.ts'

/** The database that keeps the log, the sessions and the leases. */
export interface Database {
  readonly prisma: PrismaClient
  /** As it was given; `listen` opens its own connection with it. */
  readonly url: string
  close(): Promise<void>
}

export type Transaction = Prisma.TransactionClient

const CONNECTIONS = 10

/**
 * Opens a pool. The database must be migrated (see `migrate`) or empty; one that belongs to another application, is not
 * in UTF-8 or cannot be reached is an AppError, and nothing in it was changed.
 */
export async function openDatabase(url: string): Promise<Database> {
  await withConnection(url, requireOurs)
  const adapter = new PrismaPg({
    connectionString: connectionString(url),
    application_name: 'dolores',
    max: CONNECTIONS,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
  })
  const prisma = new PrismaClient({ adapter, transactionOptions: { maxWait: 5000, timeout: 15_000 } })
  return { prisma, url, close: () => prisma.$disconnect() }
}
