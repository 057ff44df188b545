import { randomUUID } from 'node:crypto'
import type { Database } from '../changelog/database.ts'
import {
  formatRefreshToken,
  hashSecret,
  newRefreshToken,
  parseRefreshToken,
  sameHash,
  Successors,
} from './refresh-tokens.ts'

/** A session that is not refreshed for this long ends. */
export const SESSION_DAYS = 30
/** Within this time after a refresh, the token that was spent by it answers the same successor once more. */
export const RETRY_GRACE_MS = 10_000

/** Sessions that are listed at most; anybody may sign in as often as they like. */
export const MAX_LISTED = 100

/** Where a request came from, as the list of sessions shows it. */
export interface Device {
  readonly address: string
  readonly userAgent: string | null
}

export interface SessionInfo {
  readonly id: string
  readonly createdAt: Date
  readonly lastUsedAt: Date
  readonly expiresAt: Date
  readonly address: string
  readonly userAgent: string
}

export type Rotation =
  | {
      readonly kind: 'rotated'
      readonly staffId: string
      readonly sessionId: string
      readonly refreshToken: string
    }
  /** A spent token came back: the session is over for everybody who holds a token of it (T94). */
  | { readonly kind: 'reused'; readonly staffId: string; readonly sessionId: string }
  | { readonly kind: 'invalid' }

/** A session that ended before its time, with the moment by the database's clock. */
export interface Ended {
  readonly id: string
  readonly revokedAt: Date
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Channel on which ended sessions are announced; a hint, the table is the truth. */
export const SESSION_CHANNEL = 'dolores_session'

/** The sessions in the database. Only hashes of refresh tokens are stored. Times are the database's own. */
export class Sessions {
  readonly #db: Database
  readonly #successors: Successors

  constructor(db: Database, secret: string) {
    this.#db = db
    this.#successors = new Successors(secret)
  }

  async create(staffId: string, device: Device): Promise<{ id: string; refreshToken: string }> {
    const id = randomUUID()
    const token = newRefreshToken(id)
    await this.#db.prisma.$executeRaw`
      INSERT INTO session (id, staff_id, family_secret_hash, refresh_hash, created_at, last_used_at, expires_at, address, user_agent)
      VALUES (${id}::uuid, ${staffId}::uuid, ${hex(token.family)}, ${hex(token.generation)}, now(), now(),
              now() + make_interval(days => ${SESSION_DAYS}::int), ${device.address}, ${device.userAgent ?? ''})`
    return { id, refreshToken: formatRefreshToken(token) }
  }

  /** Spends a refresh token. Of any number of requests with the same token exactly one rotates; the others get its result. */
  async rotate(text: string, device: Device): Promise<Rotation> {
    const token = parseRefreshToken(text)
    if (!token) return { kind: 'invalid' }
    const spent = hex(token.generation)
    const successor = this.#successors.after(token)
    const rotated = await this.#db.prisma.$queryRaw<{ staffId: string }[]>`
      UPDATE session
      SET refresh_hash = ${hex(successor.generation)}, previous_refresh_hash = ${spent}, last_used_at = now(),
          expires_at = now() + make_interval(days => ${SESSION_DAYS}::int),
          address = ${device.address}, user_agent = ${device.userAgent ?? ''}
      WHERE id = ${token.sessionId}::uuid AND family_secret_hash = ${hex(token.family)} AND refresh_hash = ${spent}
        AND revoked_at IS NULL AND expires_at > now()
      RETURNING staff_id AS "staffId"`
    const [row] = rotated
    if (row) return rotation(row.staffId, token.sessionId, formatRefreshToken(successor))
    const [session] = await this.#db.prisma.$queryRaw<
      { staffId: string; familySecretHash: string; isRetry: boolean }[]
    >`
      SELECT staff_id AS "staffId", family_secret_hash AS "familySecretHash",
             previous_refresh_hash IS NOT DISTINCT FROM ${spent}
               AND last_used_at > now() - make_interval(secs => ${RETRY_GRACE_MS / 1000}::float) AS "isRetry"
      FROM session
      WHERE id = ${token.sessionId}::uuid AND revoked_at IS NULL AND expires_at > now()`
    // Somebody who merely knows the id of a session must not be able to end it.
    if (!session || !sameHash(Buffer.from(session.familySecretHash, 'hex'), hashSecret(token.family))) {
      return { kind: 'invalid' }
    }
    const { staffId } = session
    if (session.isRetry) return rotation(staffId, token.sessionId, formatRefreshToken(successor))
    return { kind: 'reused', staffId, sessionId: token.sessionId }
  }

  /** The session that a refresh token is or once was of, whether it was spent or not; null for what is none of ours. */
  async holds(text: string): Promise<string | null> {
    const token = parseRefreshToken(text)
    if (!token) return null
    const { sessionId, family } = token
    const found = await this.#db.prisma.session.findFirst({
      where: { id: sessionId, familySecretHash: hex(family) },
      select: { id: true },
    })
    return found?.id ?? null
  }

  /** Ends a session, of this person when one is given, and tells all instances; false when there is none that lives. */
  async revoke(sessionId: string, staffId: string | null): Promise<boolean> {
    if (!UUID.test(sessionId)) return false
    const ended = await this.#db.prisma.$queryRaw<{ id: string }[]>`
      UPDATE session SET revoked_at = clock_timestamp()
      WHERE id = ${sessionId}::uuid AND staff_id = COALESCE(${staffId}::uuid, staff_id)
        AND revoked_at IS NULL AND expires_at > now()
      RETURNING id`
    await this.#announce(ended)
    return ended.length > 0
  }

  /** Ends every session of these people; answers which. */
  async revokeAll(staffIds: readonly string[]): Promise<readonly string[]> {
    const ended = await this.#db.prisma.$queryRaw<{ id: string }[]>`
      UPDATE session SET revoked_at = clock_timestamp()
      WHERE staff_id = ANY(${[...staffIds]}::uuid[]) AND revoked_at IS NULL AND expires_at > now()
      RETURNING id`
    await this.#announce(ended)
    return ended.map((s) => s.id)
  }

  /** Sessions of a person that live, the one used last first, the first hundred. */
  async list(staffId: string): Promise<readonly SessionInfo[]> {
    return this.#db.prisma.session.findMany({
      where: { staffId, revokedAt: null, expiresAt: { gt: new Date() } },
      orderBy: [{ lastUsedAt: 'desc' }, { id: 'asc' }],
      take: MAX_LISTED,
      select: {
        id: true,
        createdAt: true,
        lastUsedAt: true,
        expiresAt: true,
        address: true,
        userAgent: true,
      },
    })
  }

  /** People who have a session that lives. */
  async holders(): Promise<readonly string[]> {
    const rows = await this.#db.prisma.$queryRaw<{ staffId: string }[]>`
      SELECT DISTINCT staff_id AS "staffId" FROM session WHERE revoked_at IS NULL AND expires_at > now()`
    return rows.map((r) => r.staffId)
  }

  /** Sessions that were ended within the last `seconds`. */
  async endedWithin(seconds: number): Promise<readonly Ended[]> {
    return this.#db.prisma.$queryRaw<Ended[]>`
      SELECT id, revoked_at AS "revokedAt" FROM session
      WHERE revoked_at > now() - make_interval(secs => ${seconds}::float)`
  }

  /** Forgets sessions that ended long ago. */
  async forget(): Promise<void> {
    await this.#db.prisma.$executeRaw`
      DELETE FROM session WHERE LEAST(expires_at, revoked_at) < now() - interval '7 days'`
  }

  async #announce(ended: readonly unknown[]): Promise<void> {
    if (ended.length > 0) await this.#db.prisma.$executeRaw`SELECT pg_notify(${SESSION_CHANNEL}, '')`
  }
}

function rotation(staffId: string, sessionId: string, refreshToken: string): Rotation {
  return { kind: 'rotated', staffId, sessionId, refreshToken }
}

function hex(secret: Buffer): string {
  return hashSecret(secret).toString('hex')
}
