import { isScope, type Scope } from '../access/employ.ts'
import type { Database } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { Prisma, type Integration as Row, type IntegrationToken } from '../generated/prisma/client.ts'

/** One token, as it is kept: its hash, and what may be shown of it. */
export type Token = IntegrationToken

/** An integration with its tokens, the newest first. */
export interface Integration {
  readonly id: string
  readonly name: string
  readonly description: string
  /** The account whose view and abilities it has. */
  readonly staffId: string
  readonly scopes: readonly Scope[]
  readonly createdBy: string
  readonly createdAt: Date
  readonly tokens: readonly Token[]
}

/** A token that is good as far as the table says, with what it stands for. */
export interface LiveToken extends Pick<Token, 'id' | 'prefix' | 'hash' | 'issuedBy' | 'expiresAt'> {
  /** `2026-11-27`; null: never. */
  readonly lastUsedOn: string | null
  readonly integration: Pick<Integration, 'id' | 'name' | 'staffId' | 'scopes'>
}

export interface NewIntegration extends Pick<
  Integration,
  'id' | 'name' | 'description' | 'staffId' | 'scopes' | 'createdBy'
> {
  readonly key: string | null
}

export type NewToken = Pick<Token, 'id' | 'integrationId' | 'prefix' | 'hash' | 'issuedBy' | 'expiresAt'>

/** Tokens that ended are shown for so long. */
const KEPT_DAYS = 30
const DAY_MS = 86_400_000
/** Of Prisma: what has to be unique is there already. */
const UNIQUE = 'P2002'
/** Channel on which changes of integrations and their tokens are announced; a hint, the tables are the truth. */
export const INTEGRATION_CHANNEL = 'dolores_integration'

const WITH_TOKENS = {
  tokens: { orderBy: [{ createdAt: 'desc' as const }, { id: 'asc' as const }] },
}

/** Integrations and their tokens in the database. Whatever changes is announced to all instances. */
export class IntegrationStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** All, by name. */
  async all(): Promise<Integration[]> {
    const rows = await reaching(() =>
      this.#db.prisma.integration.findMany({ orderBy: { name: 'asc' }, include: WITH_TOKENS }),
    )
    return rows.map(integrationOf)
  }

  async byId(id: string): Promise<Integration | null> {
    const row = await reaching(() =>
      this.#db.prisma.integration.findUnique({ where: { id }, include: WITH_TOKENS }),
    )
    return row && integrationOf(row)
  }

  async token(id: string): Promise<Token | null> {
    return await reaching(() => this.#db.prisma.integrationToken.findUnique({ where: { id } }))
  }

  /** The integration, or the one that was made with the same key before; null when the name is taken. */
  async create(made: NewIntegration): Promise<Integration | null> {
    const { id, createdBy, key } = made
    return await reaching(async () => {
      const data = { ...made, scopes: [...made.scopes] }
      await this.#db.prisma.integration.createMany({ data, skipDuplicates: true })
      const where = key === null ? { id } : { createdBy, key, name: made.name }
      const row = await this.#db.prisma.integration.findFirst({ where, include: WITH_TOKENS })
      return row && integrationOf(row)
    })
  }

  /** Sets what can be edited, if that is still what it was; `taken`: the name is another one's. */
  async update(
    { id, ...was }: Pick<Integration, 'id' | 'name' | 'description' | 'scopes'>,
    next: Pick<Integration, 'name' | 'description' | 'scopes'>,
  ): Promise<'done' | 'changed' | 'taken'> {
    const { name, description, scopes } = was
    const where = { id, name, description, scopes: { equals: [...scopes] } }
    const data = { name: next.name, description: next.description, scopes: [...next.scopes] }
    try {
      const { count } = await reaching(() => this.#db.prisma.integration.updateMany({ where, data }))
      await this.#announce()
      return count > 0 ? 'done' : 'changed'
    } catch (error) {
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === UNIQUE) return 'taken'
      throw error
    }
  }

  async delete(id: string): Promise<boolean> {
    const { count } = await reaching(() => this.#db.prisma.integration.deleteMany({ where: { id } }))
    await this.#announce()
    return count > 0
  }

  /** Adds a token; `replaced`: one that ends at the given time instead, if that is sooner. */
  async addToken(
    token: NewToken,
    replaced: { readonly id: string; readonly endsAt: Date } | null,
  ): Promise<void> {
    const { prisma } = this.#db
    await reaching(() =>
      prisma.$transaction([
        prisma.integrationToken.create({ data: token }),
        prisma.integrationToken.updateMany({
          where: { id: replaced?.id ?? token.id, expiresAt: { gt: replaced?.endsAt ?? token.expiresAt } },
          data: { expiresAt: replaced?.endsAt ?? token.expiresAt },
        }),
      ]),
    )
    await this.#announce()
  }

  /** False when it had ended before. */
  async revokeToken(id: string, now: Date): Promise<boolean> {
    const where = { id, revokedAt: null, expiresAt: { gt: now } }
    const { count } = await reaching(() =>
      this.#db.prisma.integrationToken.updateMany({ where, data: { revokedAt: now } }),
    )
    await this.#announce()
    return count > 0
  }

  /** All tokens that are good as far as the tables say; `prefix`: the one that is known by it. */
  async live(now: Date, prefix?: string): Promise<LiveToken[]> {
    const where = {
      revokedAt: null,
      expiresAt: { gt: now },
      ...(prefix === undefined ? {} : { prefix }),
    }
    const rows = await reaching(() =>
      this.#db.prisma.integrationToken.findMany({ where, include: { integration: true } }),
    )
    return rows.map(({ integration, ...row }) => ({
      ...row,
      lastUsedOn: row.lastUsedOn && dayOf(row.lastUsedOn),
      integration: { ...integration, scopes: integration.scopes.filter(isScope) },
    }))
  }

  /** Writes down that tokens were used on a day. */
  async used(ids: readonly string[], day: string): Promise<void> {
    await this.#db.prisma.integrationToken.updateMany({
      where: { id: { in: [...ids] } },
      data: { lastUsedOn: new Date(day) },
    })
  }

  /** Forgets tokens that ended long ago. */
  async forget(now: Date): Promise<void> {
    const before = { lt: new Date(now.getTime() - KEPT_DAYS * DAY_MS) }
    await this.#db.prisma.integrationToken.deleteMany({
      where: { OR: [{ expiresAt: before }, { revokedAt: before }] },
    })
  }

  async #announce(): Promise<void> {
    await reaching(() => this.#db.prisma.$executeRaw`SELECT pg_notify(${INTEGRATION_CHANNEL}, '')`)
  }
}

/** In UTC. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}

function integrationOf({ scopes, ...row }: Row & { readonly tokens: readonly Token[] }): Integration {
  return { ...row, scopes: scopes.filter(isScope) }
}
