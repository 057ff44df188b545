import type { Database, Sql, Statement } from '../changelog/database.ts'

const APPEND: Statement = {
  name: 'audit_append',
  text: 'INSERT INTO audit (actor_id, action, detail) VALUES ($1, $2, $3)',
}

/** What is written down for good: who did what. Never a secret, and no more of a person than their id. */
export class AuditLog {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async write(
    actorId: string | null,
    action: string,
    detail: Readonly<Record<string, string>>,
  ): Promise<void> {
    await this.#db.prisma.audit.create({ data: { actorId, action, detail } })
  }

  /** The same as part of a transaction. */
  async append(
    tx: Sql,
    actorId: string | null,
    action: string,
    detail: Readonly<Record<string, string>>,
  ): Promise<void> {
    await tx.run(APPEND, [actorId, action, JSON.stringify(detail)])
  }
}
