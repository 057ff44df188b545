import { createHash, createHmac } from 'node:crypto'
import type { Database } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { deriveSecret } from './keys.ts'

export interface Invitation {
  readonly token: string
  readonly expiresAt: Date
}

const HOURS = 24

/**
 * One-time links with which people choose a password: 256 bits that are derived from a random seed and TOKEN_SECRET, of
 * which only the hash is kept, good for a day and once. A newer one replaces those before it.
 */
export class Invitations {
  readonly #db: Database
  readonly #key: Buffer

  constructor(db: Database, secret: string) {
    this.#db = db
    this.#key = deriveSecret(secret, 'invitation')
  }

  /** The token of a seed: whoever has the seed alone cannot tell it. */
  tokenOf(seed: string): string {
    return createHmac('sha256', this.#key).update(seed).digest('base64url')
  }

  async create(staffId: string, invitedBy: string, seed: string): Promise<Invitation> {
    const token = this.tokenOf(seed)
    const rows = await reaching(
      () => this.#db.prisma.$queryRaw<{ expiresAt: Date }[]>`
        INSERT INTO invitation (staff_id, token_hash, invited_by, expires_at)
        VALUES (${staffId}::uuid, ${hashOf(token)}, ${invitedBy}::uuid, clock_timestamp() + make_interval(hours => ${HOURS}::int))
        ON CONFLICT (staff_id) DO UPDATE SET token_hash = excluded.token_hash, invited_by = excluded.invited_by,
          expires_at = excluded.expires_at
        RETURNING expires_at AS "expiresAt"`,
    )
    return { token, expiresAt: rows[0]?.expiresAt ?? new Date() }
  }

  /** Spends it: of any number of requests with one token exactly one is answered whom it is for; all others null. */
  async take(token: string): Promise<string | null> {
    const rows = await reaching(
      () => this.#db.prisma.$queryRaw<{ staffId: string }[]>`
        DELETE FROM invitation WHERE token_hash = ${hashOf(token)} AND expires_at > clock_timestamp()
        RETURNING staff_id AS "staffId"`,
    )
    return rows[0]?.staffId ?? null
  }

  /** What was taken came to nothing: the link counts again, as long as no newer one does. */
  async giveBack(token: string, staffId: string): Promise<void> {
    await reaching(
      () => this.#db.prisma.$executeRaw`
        INSERT INTO invitation (staff_id, token_hash, invited_by, expires_at)
        VALUES (${staffId}::uuid, ${hashOf(token)}, ${staffId}::uuid, clock_timestamp() + interval '1 hour')
        ON CONFLICT DO NOTHING`,
    )
  }

  async forget(): Promise<void> {
    await this.#db.prisma.$executeRaw`DELETE FROM invitation WHERE expires_at < clock_timestamp()`
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
