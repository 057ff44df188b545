import { createHash } from 'node:crypto'
import type { Database } from '../changelog/database.ts'
import { loginKey } from '../model/text.ts'
import {
  ACCOUNT_RULE,
  ADDRESS_RULE,
  countFailure,
  forgive,
  KNOWN_RULE,
  networkOf,
  PAIR_RULE,
  remainingBlock,
  type Attempts,
  type BackOffRule,
} from './back-off.ts'

/** An attempt that was let through and counted as a failure until it turns out otherwise. */
export interface Attempt {
  /** Keys that were counted. */
  readonly keys: readonly string[]
  readonly pair: string
  readonly known: string
}

export type Admission =
  | { readonly kind: 'admitted'; readonly attempt: Attempt }
  | { readonly kind: 'blocked'; readonly remainingMs: number }

/** Where somebody has signed in is remembered for so long; from there the block of the whole account does not hold. */
const KNOWN_DAYS = 30

interface Row extends Attempts {
  readonly key: string
}

/** The back-off of sign-ins, shared by all instances through the database, on the database's clock. */
export class LoginAttempts {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Admits an attempt or says how long to wait. The login need not exist; what is stored are hashes. */
  async admit(login: string, address: string): Promise<Admission> {
    const account = loginKey(login)
    const network = networkOf(address)
    const pair = keyOf('pair', account, network)
    const known = keyOf('known', account, network)
    const strict = new Map<string, BackOffRule>([
      [pair, PAIR_RULE],
      [keyOf('address', network), ADDRESS_RULE],
      [keyOf('account', account), ACCOUNT_RULE],
    ])
    return this.#db.prisma.$transaction(async (tx) => {
      const keys = [...strict.keys()].sort()
      await tx.$executeRaw`
        INSERT INTO login_attempt (key, failures) SELECT k, 0 FROM unnest(${keys}::text[]) k
        ON CONFLICT DO NOTHING`
      const rows = await tx.$queryRaw<{ key: string; failures: number; blockedUntil: Date | null }[]>`
        SELECT key, failures, blocked_until AS "blockedUntil" FROM login_attempt
        WHERE key = ANY(${keys}::text[]) ORDER BY key FOR UPDATE`
      // Read after the lock: whoever was let in before us must not lie in our future.
      const [time] = await tx.$queryRaw<{ now: Date; isKnown: boolean }[]>`
        SELECT clock_timestamp() AS now,
          EXISTS (SELECT FROM login_attempt WHERE key = ${known} AND blocked_until > now()) AS "isKnown"`
      const now = time?.now.getTime() ?? 0
      // Neither a stranger elsewhere nor a colleague behind the same address keeps out whom we know here.
      const rules = time?.isKnown ? new Map([[pair, KNOWN_RULE]]) : strict
      const counted: Row[] = []
      let remainingMs = 0
      for (const { key, failures, blockedUntil } of rows) {
        const rule = rules.get(key)
        if (!rule) continue
        const attempts = { failures, blockedUntil: blockedUntil?.getTime() ?? 0 }
        remainingMs = Math.max(remainingMs, remainingBlock(attempts, now))
        counted.push({ key, ...countFailure(attempts, rule, now) })
      }
      if (remainingMs > 0) return { kind: 'blocked', remainingMs }
      await save(tx, counted)
      return { kind: 'admitted', attempt: { keys: counted.map((c) => c.key), pair, known } }
    })
  }

  /** The password was right. */
  async succeeded({ keys, pair, known }: Attempt): Promise<void> {
    await this.takeBack({ keys: keys.filter((k) => k !== pair) })
    await this.#db.prisma.$executeRaw`DELETE FROM login_attempt WHERE key = ${pair}`
    await this.#db.prisma.$executeRaw`
      INSERT INTO login_attempt (key, failures, blocked_until)
      VALUES (${known}, 0, now() + make_interval(days => ${KNOWN_DAYS}::int))
      ON CONFLICT (key) DO UPDATE SET blocked_until = excluded.blocked_until, updated_at = now()`
  }

  /** It was no failure of whoever tried: the directory did not answer, or the password was right. */
  async takeBack({ keys }: Pick<Attempt, 'keys'>): Promise<void> {
    await this.#db.prisma.$transaction(async (tx) => {
      const rows = await tx.$queryRaw<
        { key: string; failures: number; blockedUntil: Date | null; now: Date }[]
      >`
        SELECT key, failures, blocked_until AS "blockedUntil", now() AS now FROM login_attempt
        WHERE key = ANY(${[...keys]}::text[]) ORDER BY key FOR UPDATE`
      await save(
        tx,
        rows.map(({ key, failures, blockedUntil, now }) => ({
          key,
          ...forgive({ failures, blockedUntil: blockedUntil?.getTime() ?? 0 }, now.getTime()),
        })),
      )
    })
  }

  /** Deletes what no longer matters. */
  async forget(): Promise<void> {
    await this.#db.prisma.$executeRaw`
      DELETE FROM login_attempt WHERE GREATEST(blocked_until, updated_at) < now() - interval '1 day'`
  }
}

type Transaction = Pick<Database['prisma'], '$executeRaw'>

async function save(tx: Transaction, rows: readonly Row[]): Promise<void> {
  for (const { key, failures, blockedUntil } of rows) {
    await tx.$executeRaw`
      UPDATE login_attempt SET failures = ${failures}, blocked_until = ${new Date(blockedUntil)}, updated_at = now()
      WHERE key = ${key}`
  }
}

/** Keys are hashes: people type passwords into the field of the login. */
function keyOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
