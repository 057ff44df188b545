import type { Database, Sql, Statement } from '../changelog/database.ts'

const APPEND: Statement = {
  name: 'audit_append',
  text: 'INSERT INTO audit (actor_id, action, detail) VALUES ($1, $2, $3)',
}

const APPEND_MANY: Statement = {
  name: 'audit_append_many',
  text: `
    INSERT INTO audit (actor_id, action, detail)
    SELECT $1, line.action, line.detail FROM jsonb_to_recordset($2::jsonb) AS line(action text, detail jsonb)`,
}

export interface AuditLine {
  readonly action: string
  readonly detail: Readonly<Record<string, string>>
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

  /** Many of one person, in their order, as part of a transaction. */
  async appendMany(tx: Sql, actorId: string, lines: readonly AuditLine[]): Promise<void> {
    if (lines.length > 0) await tx.run(APPEND_MANY, [actorId, JSON.stringify(lines)])
  }
}
