import type { Database } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { readSource } from '../changelog/nodes.ts'
import { isLeaseHeld } from '../cluster/lease.ts'
import { AppError } from '../errors.ts'
import { parseSource } from './source.ts'

/** The lease under which one instance projects. */
export const PROJECTOR_LEASE = 'projector'

/** How long a projector that fell silent keeps the lease, in milliseconds. */
export const LEASE_MS = 5000

/** A projector that was not heard of for so long is dead (L1), in milliseconds. */
const ALIVE_MS = 10_000

/** What every instance can know of the projector, wherever it runs. */
export interface ProjectorHealth {
  readonly isAlive: boolean
  /** Why it takes nothing from the directory and waits (L6, L9); null when it does not. */
  readonly stopped: string | null
  readonly reconciledAt: Date | null
}

/** Throws AppError UNAVAILABLE while the database is away. */
export async function projectorHealth(db: Database): Promise<ProjectorHealth> {
  const [isAlive, { stopped, reconciledAt }] = await Promise.all([
    isLeaseHeld(db, PROJECTOR_LEASE, ALIVE_MS - LEASE_MS),
    readSource(db),
  ])
  return { isAlive, stopped, reconciledAt }
}

/** Asked before a request writes to the directory (L1): throws AppError UNAVAILABLE when nobody would carry it into the log. */
export async function requireProjector(db: Database): Promise<void> {
  const { isAlive, stopped } = await projectorHealth(db)
  if (stopped !== null) {
    throw new AppError(
      'UNAVAILABLE',
      'Changes are not taken just now: the directory waits for an administrator. Ask one to run `npm run sync`.',
    )
  }
  if (!isAlive) {
    throw new AppError('UNAVAILABLE', 'Changes are not taken just now. Try again in a moment.')
  }
}

export interface LeftOut {
  readonly id: string
  /** Its name below the entry above it. */
  readonly rdn: string
  readonly problems: readonly string[]
}

/** Entries of the directory that are malformed and therefore not in the log: how many, and the first of them. */
export async function leftOut(db: Database, limit: number): Promise<{ count: number; first: LeftOut[] }> {
  const where = { source: { path: ['kind'], equals: 'malformed' } }
  const count = await db.prisma.node.count({ where })
  const rows = await db.prisma.node.findMany({ where, orderBy: { rdn: 'asc' }, take: limit })
  const first = rows.map(({ id, rdn, source }) => {
    const mapped = parseSource(source)
    return { id, rdn, problems: mapped?.kind === 'malformed' ? mapped.problems : [] }
  })
  return { count, first }
}

/** Makes the projector compare everything with the directory, at once or as soon as there is one. */
export async function requestReconcile(db: Database): Promise<void> {
  await reaching(() => db.prisma.source.update({ where: { id: 1 }, data: { reconciledAt: null } }))
}
