import type { Database } from '../changelog/database.ts'

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
}
