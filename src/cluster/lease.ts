import { pause } from '../clock.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Database } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import type { LeaseToken } from '../changelog/fence.ts'

export interface HoldOptions {
  /** How long a holder that fell silent keeps the lease, in milliseconds. It is renewed three times as often. */
  readonly ttlMs: number
  readonly signal: AbortSignal
  readonly log: Logger
  /**
   * The work. `lost` aborts when the lease is or may be gone and when `signal` aborts; the work ends then. When it ends or
   * fails by itself, the lease is given back and striven for again.
   */
  readonly onHeld: (token: LeaseToken, lost: AbortSignal) => Promise<void>
}

/**
 * Strives for the lease until the signal aborts, and does the work whenever it is held. Time is the database's. A holder
 * that comes back under its own name takes over at once, with a new token; so the name must be unique among instances.
 */
export async function holdLease(db: Database, name: string, holder: string, o: HoldOptions): Promise<void> {
  const retryMs = Math.min(1000, o.ttlMs / 3)
  while (!o.signal.aborted) {
    const token = await acquireLease(db, name, holder, o.ttlMs).catch((error: unknown) => {
      o.log.warn({ lease: name, reason: messageOf(error) }, 'the lease could not be asked for')
      return null
    })
    if (token) await work(db, token, o)
    await pause(retryMs * (0.5 + Math.random()), o.signal)
  }
}

async function work(db: Database, token: LeaseToken, o: HoldOptions): Promise<void> {
  const end = new AbortController()
  const lost = AbortSignal.any([o.signal, end.signal])
  o.log.info({ lease: token.name, token: String(token.token) }, 'holding the lease')
  const renewing = renewUntil(db, token, o.ttlMs, lost).finally(() => end.abort())
  try {
    await o.onHeld(token, lost)
  } catch (error) {
    o.log.error({ lease: token.name, err: error }, 'the work under the lease failed')
  } finally {
    end.abort()
    await renewing
    await releaseLease(db, token).catch(() => {})
    o.log.info({ lease: token.name, token: String(token.token) }, 'the lease was given back')
  }
}

/** Resolves when the signal aborts, when another holder has come, and when the last success is `ttlMs` ago. */
async function renewUntil(
  db: Database,
  token: LeaseToken,
  ttlMs: number,
  signal: AbortSignal,
): Promise<void> {
  let deadline = performance.now() + ttlMs
  while (!signal.aborted) {
    await pause(ttlMs / 3, signal)
    if (signal.aborted) return
    const asked = performance.now()
    // When it was we who were late, the database still gets its time to answer.
    const patience = Math.max(deadline - asked, ttlMs / 3)
    const silence = new AbortController()
    const tooLate = pause(patience, AbortSignal.any([signal, silence.signal])).then(() => 'away' as const)
    const renewal = renewLease(db, token, ttlMs).catch(() => 'away' as const)
    const outcome = await Promise.race([renewal, tooLate])
    silence.abort()
    if (outcome === 'renewed' || outcome === 'busy') deadline = asked + ttlMs
    else if (outcome === 'lost' || performance.now() >= deadline) return
  }
}

/** The lease when it is free, has run out or is `holder`'s already; null when somebody else has it. */
export async function acquireLease(
  db: Database,
  name: string,
  holder: string,
  ttlMs: number,
): Promise<LeaseToken | null> {
  const rows = await reaching(async () => {
    await db.prisma.$executeRaw`
      INSERT INTO lease (name, holder, token, expires_at) VALUES (${name}, '', 0, to_timestamp(0)) ON CONFLICT DO NOTHING`
    // Whoever commits under the lease has its row locked; waiting for it would mean to steal from the living.
    return await db.prisma.$queryRaw<{ token: bigint }[]>`
      WITH free AS (
        SELECT name FROM lease
        WHERE name = ${name} AND (expires_at <= clock_timestamp() OR holder = ${holder}) FOR UPDATE SKIP LOCKED
      )
      UPDATE lease SET holder = ${holder}, token = token + 1,
        expires_at = clock_timestamp() + make_interval(secs => ${ttlMs / 1000})
      FROM free WHERE lease.name = free.name RETURNING token`
  })
  const [row] = rows
  return row ? { name, token: row.token } : null
}

/** What became of a renewal. `busy`: a transaction holds the row, mostly a long commit of our own; nobody can take it then. */
export type Renewal = 'renewed' | 'busy' | 'lost'

/** Lost only when another holder has come: one that ran out but that nobody took is still ours. */
export async function renewLease(db: Database, { name, token }: LeaseToken, ttlMs: number): Promise<Renewal> {
  return reaching(async () => {
    const count = await db.prisma.$executeRaw`
      WITH free AS (SELECT name FROM lease WHERE name = ${name} AND token = ${token} FOR UPDATE SKIP LOCKED)
      UPDATE lease SET expires_at = clock_timestamp() + make_interval(secs => ${ttlMs / 1000})
      FROM free WHERE lease.name = free.name`
    if (count > 0) return 'renewed'
    const row = await db.prisma.lease.findUnique({ where: { name }, select: { token: true } })
    return row?.token === token ? 'busy' : 'lost'
  })
}

/** Lets others have it at once. */
export async function releaseLease(db: Database, { name, token }: LeaseToken): Promise<void> {
  await reaching(
    () => db.prisma.$executeRaw`
      UPDATE lease SET expires_at = to_timestamp(0), holder = '' WHERE name = ${name} AND token = ${token}`,
  )
}

/** Whether somebody held the lease within the last `withinMs`, on database time. */
export async function isLeaseHeld(db: Database, name: string, withinMs = 0): Promise<boolean> {
  const rows = await reaching(
    () => db.prisma.$queryRaw<{ name: string }[]>`
      SELECT name FROM lease
      WHERE name = ${name} AND expires_at > clock_timestamp() - make_interval(secs => ${withinMs / 1000})`,
  )
  return rows.length > 0
}
